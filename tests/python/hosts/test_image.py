"""The shared root is built once, whole or not at all, whoever else builds at the same time.

debootstrap is replaced by a recorded program on the PATH: what is tested is what surrounds it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hosts.harness.command import HostError
from hosts.harness.host import SOURCES
from hosts.harness.image import Recipe
from hosts.harness.image import image
from hosts.harness.wait import until

pytestmark = [pytest.mark.root, pytest.mark.usefixtures("able")]

DEBOOTSTRAP = """#!/bin/sh
for word; do case "$word" in */.building-*) root=$word;; esac; done
echo built >> {log}
mkdir -p $root/etc/systemd/system $root/var/log $root/var/cache/apt/archives $root/var/lib/apt/lists
echo shared > $root/etc/machine-id
{then}
"""
BUILD = (
    "import sys; from pathlib import Path; from hosts.harness.image import image; print(image(under=Path(sys.argv[1])))"
)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recorded debootstrap that succeeds; the file has a line for each time it ran."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    return debootstrap(tmp_path, "sleep 0.3")


def debootstrap(tmp_path: Path, then: str) -> Path:
    """Put a debootstrap on the PATH that fills the root and then does that."""
    program, log = tmp_path / "bin/debootstrap", tmp_path / "log"
    program.parent.mkdir(exist_ok=True)
    program.write_text(DEBOOTSTRAP.format(log=log, then=then))
    program.chmod(0o755)
    return log


def builder(under: Path) -> subprocess.Popen[str]:
    """Another program that wants the same root."""
    env = {**os.environ, "PYTHONPATH": str(SOURCES)}
    return subprocess.Popen((sys.executable, "-c", BUILD, str(under)), env=env, stdout=subprocess.PIPE, text=True)


def test_a_root_is_built_once_and_has_no_identity(tmp_path: Path, log: Path) -> None:
    root = image(under=tmp_path)
    assert image(under=tmp_path) == root
    assert log.read_text() == "built\n"
    assert not (root / "etc/machine-id").exists()
    assert (root / "etc/systemd/system/apt-daily.timer").readlink() == Path("/dev/null")


def test_other_packages_or_another_suite_are_another_root(tmp_path: Path, log: Path) -> None:
    recipe = Recipe()
    recipes = (recipe, replace(recipe, suite="trixie"), replace(recipe, packages=(*recipe.packages, "gnupg")))
    assert len({image(wanted, tmp_path) for wanted in recipes}) == len(recipes)
    assert recipe.digest == replace(recipe, packages=tuple(reversed(recipe.packages))).digest


def test_two_that_want_it_at_once_build_it_once(tmp_path: Path, log: Path) -> None:
    answers = {done.communicate(timeout=60)[0] for done in [builder(tmp_path), builder(tmp_path)]}
    assert answers == {f"{image(under=tmp_path)}\n"}
    assert log.read_text() == "built\n"


def test_a_failed_build_says_why_and_is_never_used(tmp_path: Path, log: Path) -> None:
    debootstrap(tmp_path, "echo no mirror >&2; exit 1")
    with pytest.raises(HostError, match="no mirror"):
        image(under=tmp_path)
    assert list((tmp_path / "hosts").glob("bookworm-*")) == []
    debootstrap(tmp_path, "true")
    assert (image(under=tmp_path) / "etc").is_dir()
    assert list((tmp_path / "hosts").glob(".building-*")) == []


def test_a_killed_build_is_never_used_and_leaves_no_process(tmp_path: Path, log: Path) -> None:
    debootstrap(tmp_path, f"echo $$ > {tmp_path}/inner; exec sleep 1000")
    killed = builder(tmp_path)
    until(lambda: (tmp_path / "inner").exists(), 20, "the build to get under way")
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    debootstrap(tmp_path, "true")
    assert (image(under=tmp_path) / "etc").is_dir()
    assert list((tmp_path / "hosts").glob(".building-*")) == []
    until(lambda: not _running(str(tmp_path)), 20, "debootstrap to end with its builder")


def _running(word: str) -> list[str]:
    """The processes whose environment or arguments name that word, other than this one."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.name != str(os.getpid()) and word in (process / "environ").read_text(errors="replace"):
                found.append((process / "cmdline").read_text())
        except OSError:
            continue  # it ended while we looked
    return found
