"""Run inside a host, as whose service it is: `service.py MANAGER MODE STEP [REVISION]`. Prints what it found, as JSON.

It drives the driver of services alone, with a small web server, by the program's own code in PYTHONPATH.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from msgstack.errors import MsgstackError
from msgstack.host.service.driver import ServiceDriver
from msgstack.resource.event import Warned
from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode
from msgstack.resource.kinds import Service
from services.install import Install

PORT = 8222
USER = "msgstack"


def install(manager: Manager, mode: Mode) -> Install:
    home = Path.home()
    root = Path("/opt/msgstack") if mode is Mode.SYSTEM else home / ".local/share/msgstack"
    made = Install(root, manager=manager)
    user = USER if mode is Mode.SYSTEM else None
    made.facts = replace(
        made.facts, mode=mode, user=home.name, service_user=user, home=home, config_home=home / ".config"
    )
    made.driver = ServiceDriver(made.facts)
    made.port = PORT
    return made


def wanted(made: Install, revision: str) -> Service:
    want = made.want(revision, memory_max=100 * 2**20)
    if want.spec.user is not None:
        for folder in want.spec.writable:
            shutil.chown(folder, want.spec.user)
    return want


def main() -> None:
    step, revision = sys.argv[3], (*sys.argv[4:], "r1")[0]
    made = install(Manager(sys.argv[1]), Mode(sys.argv[2]))
    want = wanted(made, revision)
    found: object = None
    try:
        if step == "apply":
            found = made.apply(want)
        elif step == "remove":
            made.remove(want)
        elif step in ("start", "stop", "restart"):
            getattr(made.driver, step)(want, made.said.append)
    except MsgstackError as error:
        found = f"{error} {error.why}"
    process = made.driver.process(want)
    hints = [event.fix for event in made.said if isinstance(event, Warned)]
    print(json.dumps({"found": found, "running": process.running, "pid": process.pid, "hints": hints}))  # noqa: T201


if __name__ == "__main__":
    main()
