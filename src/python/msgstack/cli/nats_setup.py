"""nats-setup: make a host's NATS match the stack file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from msgstack.cli.main import run
from msgstack.cli.setup import program

if TYPE_CHECKING:
    from msgstack.cli.component import Component


def nats() -> Component:
    """What this program sets up; imported when a verb needs it."""
    from msgstack.cli.nats import NATS

    return NATS


def main() -> None:
    """The program."""
    group = program("nats-setup", "Install and run NATS with JetStream on this host.", nats)
    sys.exit(run(group, "nats-setup"))


if __name__ == "__main__":
    main()
