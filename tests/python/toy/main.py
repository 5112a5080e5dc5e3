"""The toy's program: `python -m toy.main HOME install SPEC` or `… HOME remove [PURGE]`. Prints what it made."""

from __future__ import annotations

import sys
from pathlib import Path

from msgstack.errors import MsgstackError
from toy.program import install
from toy.program import remove
from toy.world import Spec
from toy.world import World


def main(home: str, verb: str, argument: str = "") -> int:
    world = World(Path(home))
    try:
        outcome = install(world, Spec.parse(argument)) if verb == "install" else remove(world, argument.split())
    except MsgstackError as error:
        sys.stdout.write(f"{error}\n{error.fix}\n{error.holds}\n")
        return int(error.code)
    sys.stdout.write(f"{outcome.count} changes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
