"""What is rendered for each manager, mode and instance, byte for byte. `golden/` has a folder a case.

MSGSTACK_GOLDEN=write writes them anew: look at the diff before it is committed.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode
from msgstack.service.definition import generation_files
from msgstack.service.definition import service
from msgstack.service.start import Start
from msgstack.service.start import start_script
from services.specs import facts
from services.specs import spec

GOLDEN = Path(__file__).with_name("golden")
CASES = [
    ("systemd-system", Manager.SYSTEMD, Mode.SYSTEM, "default", Path("/root")),
    ("systemd-user", Manager.SYSTEMD, Mode.USER, "default", Path("/home/ada")),
    ("systemd-user-instance", Manager.SYSTEMD, Mode.USER, "blue", Path("/home/ada")),
    ("launchd-system", Manager.LAUNCHD, Mode.SYSTEM, "default", Path("/var/root")),
    ("launchd-user", Manager.LAUNCHD, Mode.USER, "default", Path("/Users/ada")),
    ("launchd-user-instance", Manager.LAUNCHD, Mode.USER, "blue", Path("/Users/ada")),
    ("supervisord-system", Manager.SUPERVISORD, Mode.SYSTEM, "default", Path("/root")),
    ("supervisord-user", Manager.SUPERVISORD, Mode.USER, "default", Path("/home/ada")),
    ("supervisord-user-spaces", Manager.SUPERVISORD, Mode.USER, "default", Path("/home/a d'a 100%")),
    ("systemd-user-spaces", Manager.SYSTEMD, Mode.USER, "default", Path("/home/a d'a 100%")),
]


@pytest.mark.parametrize(("name", "manager", "mode", "instance", "home"), CASES, ids=[case[0] for case in CASES])
def test_rendered_files_are_the_golden_ones(name: str, manager: Manager, mode: Mode, instance: str, home: Path) -> None:
    rendered = _rendered(manager, mode, instance, home)
    if os.environ.get("MSGSTACK_GOLDEN") == "write":
        _write(GOLDEN / name, rendered)
    golden = {file.name: file.read_text(encoding="utf-8") for file in sorted((GOLDEN / name).iterdir())}
    assert rendered == golden, f"golden/{name} differs: MSGSTACK_GOLDEN=write writes it anew"


def _rendered(manager: Manager, mode: Mode, instance: str, home: Path) -> dict[str, str]:
    host = facts(manager, mode, home)
    made = spec(host, instance)
    files = {str(path): text for path, text in service(made, host, "0123456789ab").definition}
    files |= {str(made.root / "nats/current" / file.path): file.content for file in generation_files(made, host)}
    files.pop(str(made.root / "nats/current/service/memory_wall.py"), None)  # a program of its own, with its own test
    start = Start(("/opt/x y/nats-server", "-c", "conf"), {"GOMEMLIMIT": "400MiB"})
    files[made.command[0]] = start_script(made, start, "0123456789ab")
    return {path.strip("/").replace("/", "+"): text for path, text in sorted(files.items())}


def _write(folder: Path, files: dict[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
