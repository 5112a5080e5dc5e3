"""How a packaged program starts: on each Python here, without a fitting one, and after its Python was removed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import programs
from launcher import pythons
from msgstack.version import VERSION

FITTING = ("3.11", "3.12", "3.13", "3.14")
TOO_OLD = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10")
NAMES = ("nats-setup", "verify")
# The places that a start looks at beside PATH, hidden from it by a name of the same length.
USUAL = b"/usr/local/bin:/usr/bin:/opt/homebrew/bin"
NOWHERE = b"/nonexistent".ljust(len(USUAL), b"x")


def start(
    program: Path, home: Path, *, by: str | None = None, path: str = "/usr/bin:/bin"
) -> subprocess.CompletedProcess[str]:
    command = [*([by] if by else []), str(program), "--version"]
    return subprocess.run(
        command, env={"HOME": str(home), "PATH": path}, text=True, capture_output=True, timeout=100, check=False
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_program_says_its_version(name: str, tmp_path: Path) -> None:
    program = programs.path(name)
    for _ in ("unpacking", "unpacked"):
        done = start(program, tmp_path)
        assert (done.returncode, done.stderr) == (0, "") and VERSION in done.stdout


def test_every_python_here_that_fits_starts_it(tmp_path: Path) -> None:
    fitting = [python for minor in FITTING if (python := pythons.runs_at_all(minor))]
    assert fitting, "the Python of the build itself fits"
    for number, python in enumerate(fitting):
        home = tmp_path / str(number)
        only = link(home / "bin", python, "python3")
        done = start(hidden(programs.path("verify"), home), home, by="/bin/sh", path=str(only))
        assert done.returncode == 0 and VERSION in done.stdout, python


def hidden(program: Path, folder: Path) -> Path:
    """The same program on a machine whose usual places have no Python."""
    copy = folder / program.name
    copy.write_bytes(program.read_bytes().replace(USUAL, NOWHERE, 1))
    copy.chmod(0o755)
    return copy


def link(folder: Path, target: str, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).symlink_to(target)
    return folder


def fake_python(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("name", NAMES)
def test_no_python_is_said_in_words(name: str, tmp_path: Path) -> None:
    done = start(hidden(programs.path(name), tmp_path), tmp_path, by="/bin/sh", path="/nonexistent")
    assert done.returncode == 3 and not done.stdout
    assert done.stderr.startswith(f"{name}.pex: needs CPython 3.11, 3.12, 3.13 or 3.14, and none that runs was found.")
    assert "Install one" in done.stderr


def test_a_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    fake_python(tmp_path / "bin", "python3", "echo 3.9.18; exit 1")
    done = start(hidden(programs.path("verify"), tmp_path), tmp_path, by="/bin/sh", path=str(tmp_path / "bin"))
    assert done.returncode == 3 and f"found: {tmp_path}/bin/python3 (3.9.18)." in done.stderr


def test_a_dead_stand_in_is_passed_over(tmp_path: Path) -> None:
    fake_python(tmp_path / "bin", "python3.11", "echo 'pyenv: python3.11: command not found' >&2; exit 127")
    done = start(programs.path("verify"), tmp_path, path=f"{tmp_path}/bin:/usr/bin:/bin:{os.environ['PATH']}")
    assert (done.returncode, done.stderr) == (0, "") and VERSION in done.stdout


def test_an_old_python_hands_over_or_says_so(tmp_path: Path) -> None:
    program = programs.path("verify")
    alone = hidden(program, tmp_path)
    for old in [python for version in TOO_OLD if (python := pythons.runs_at_all(version))]:
        done = start(program, tmp_path / "home", by=old, path=os.environ["PATH"])
        assert (done.returncode, done.stderr) == (0, "") and VERSION in done.stdout, old
        done = start(alone, tmp_path / "other home", by=old, path="/nonexistent")
        assert done.returncode == 3 and "Traceback" not in done.stderr, old
        assert "needs CPython 3.11" in done.stderr, old


def test_a_program_outlives_the_python_it_was_unpacked_with(tmp_path: Path) -> None:
    program = programs.path("verify")
    assert start(program, tmp_path).returncode == 0
    unpacked = [place for place in tmp_path.rglob("bin/python") if place.is_symlink() and "venvs" in place.parts]
    assert unpacked
    for place in unpacked:
        place.unlink()
        place.symlink_to(tmp_path / "removed")
    done = start(program, tmp_path)
    assert (done.returncode, done.stderr) == (0, "") and VERSION in done.stdout
