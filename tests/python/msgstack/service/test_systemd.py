"""systemd's own tools have no complaint about a rendered unit, and score what it may do."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode
from msgstack.service.spec import ServiceSpec
from msgstack.service.systemd import unit
from services.specs import facts
from services.specs import spec

MOST_EXPOSED = 14  # tenths of systemd's score


@pytest.fixture
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd-analyze is not here: install systemd")
    return found


def written(made: ServiceSpec, tmp_path: Path) -> Path:
    """The unit in a file, with a start script where it says."""
    script = Path(made.command[0])
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    path = tmp_path / f"{made.name}.service"
    path.write_text(unit(made, "0123456789ab"))
    return path


def made_spec(mode: Mode, root: Path, jit: bool = False) -> ServiceSpec:
    made = spec(facts(Manager.SYSTEMD, mode, root=root))
    return replace(made, jit=jit, success_codes=(1, 143), after=("msgstack-pulsar",))


@pytest.mark.parametrize("folder", ["plain", "with blank, 100% and 'quotes'"])
@pytest.mark.parametrize("mode", list(Mode))
def test_verify_is_silent(analyze: str, tmp_path: Path, mode: Mode, folder: str) -> None:
    path = written(made_spec(mode, tmp_path / folder), tmp_path)
    manager = "--user" if mode is Mode.USER else "--system"
    words, env = [analyze, manager, "--man=no", "verify", str(path)], {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=env)
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "msgstack" in line]
    assert (done.returncode, ours) == (0, []), done.stderr


def test_verify_does_find_faults(analyze: str, tmp_path: Path) -> None:
    path = written(made_spec(Mode.SYSTEM, tmp_path / "root"), tmp_path)
    path.write_text(path.read_text().replace("[Install]", "RestartStep=9\n\n[Install]"))
    done = subprocess.run([analyze, "--man=no", "verify", path], capture_output=True, text=True, check=False)
    assert "RestartStep" in done.stderr


@pytest.mark.parametrize("jit", [False, True])
def test_a_system_unit_is_hardly_exposed(analyze: str, tmp_path: Path, jit: bool) -> None:
    path = written(made_spec(Mode.SYSTEM, tmp_path / "root", jit), tmp_path)
    words: list[str | Path] = [analyze, "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", "security", path]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_a_server_without_code_of_its_own_making_is_denied_to_make_it(tmp_path: Path) -> None:
    units = [unit(made_spec(Mode.SYSTEM, tmp_path, jit), "0") for jit in (False, True)]
    assert ["MemoryDenyWriteExecute=yes" in text for text in units] == [True, False]


@pytest.mark.parametrize(("root", "protect"), [("/opt/msgstack", "yes"), ("/home/ada/m", "read-only")])
def test_a_root_among_homes_stays_visible(root: str, protect: str) -> None:
    assert f"ProtectHome={protect}\n" in unit(made_spec(Mode.SYSTEM, Path(root)), "0")
