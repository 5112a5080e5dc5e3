"""A run that is given one service to install, as a set-up program runs: `apply.py ROOT TEMPER READY_SECONDS`.

It ends with the code of its error, after its words: what, why, what holds and what to do, a line each.
"""

from __future__ import annotations

import sys
from pathlib import Path

from msgstack.cli.progress import amount
from msgstack.engine.apply import apply
from msgstack.engine.plan import Plan
from msgstack.errors import MsgstackError
from msgstack.host.interrupt import interruptible
from msgstack.resource.event import Event
from msgstack.resource.event import Progress
from msgstack.resource.kinds import Service
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.service.spec import Ready
from services.install import Install


def say(event: Event) -> None:
    text = f"{event.what}: {amount(event)}" if isinstance(event, Progress) else str(event)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    root, temper, seconds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    install = Install(root)
    want = install.want(ready=Ready(url=f"http://127.0.0.1:{install.port}/healthz", seconds=seconds))
    install.temper(temper)
    plan = Plan("nats", (Change(Action.CREATE, want, Absent()),))
    try:
        with interruptible() as stop:
            apply(plan, {Service: install.driver}, say, stop)
    except MsgstackError as error:
        sys.stdout.write("\n".join((error.what, error.why, error.holds, error.fix, "")))
        return int(error.code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
