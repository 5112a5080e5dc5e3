"""./pants: what it says when something is missing, what it runs, and that it sets up once however often it is called.

The shell part runs as it is, with a stand-in for the set-up, which takes minutes; its own parts run as they are.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from build import tree
from launcher import pythons
from launcher import set_up

Done = subprocess.CompletedProcess[str]
# What the launcher uses of a POSIX system; PATH holds nothing else, so no Python of this machine.
POSIX = ("cat", "cmp", "dirname", "mv", "readlink", "sh")
SET_UP = """
import os, pathlib, sys, time
tools = pathlib.Path(sys.argv[1], ".tools")
(tools / "bin").mkdir(parents=True, exist_ok=True)
with open(tools / "calls", "a") as calls:
    calls.write("official=" + os.environ["MSGSTACK_OFFICIAL_LAUNCHER"] + "\\n")
for name, text in {"pants": "#!/bin/sh\\necho ran $PWD: $@\\n", "python3.11": "#!/bin/sh\\n"}.items():
    draft = tools / "bin" / (name + str(os.getpid()))
    draft.write_text(text)
    draft.chmod(0o755)
    draft.replace(tools / "bin" / name)
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with the real ./pants and a stand-in for the set-up; usual places of Python hidden."""
    root = tmp_path / "clone"
    (root / "build-support" / "launcher").mkdir(parents=True)
    (root / "3rdparty" / "python").mkdir(parents=True)
    text = (tree.ROOT / "pants").read_text()
    assert ":/usr/local/bin:/usr/bin:/opt/homebrew/bin" in text
    script(root / "pants", text.replace(":/usr/local/bin:/usr/bin:/opt/homebrew/bin", ""))
    (root / "build-support" / "launcher" / "__init__.py").touch()
    (root / "build-support" / "launcher" / "set_up.py").write_text(SET_UP)
    (root / "3rdparty" / "python" / "ship.lock").write_text("click==1\n")
    return root


def script(at: Path, text: str) -> Path:
    at.parent.mkdir(parents=True, exist_ok=True)
    at.write_text(text)
    at.chmod(at.stat().st_mode | stat.S_IXUSR)
    return at


def path_of(folder: Path, *before: Path, python: bool = True) -> str:
    """A PATH with little more than a POSIX shell, and the Python that builds unless told otherwise."""
    folder.mkdir(exist_ok=True)
    for name in POSIX:
        link(folder / name, shutil.which(name) or name)
    if python:
        link(folder / "python3.11", os.path.realpath(sys.executable))
    return ":".join(map(str, (*before, folder)))


def link(at: Path, target: str) -> None:
    if not at.is_symlink():
        at.symlink_to(target)


def run(clone: Path, path: str, *arguments: str, by: Path | None = None, cwd: Path | None = None, **more: str) -> Done:
    environment = {"PATH": path, "HOME": str(clone.parent / "home"), **more}
    command = [str(by or clone / "pants"), *arguments]
    return subprocess.run(
        command, cwd=cwd or clone, env=environment, text=True, capture_output=True, timeout=60, check=False
    )


def calls(clone: Path) -> list[str]:
    at = clone / ".tools" / "calls"
    return at.read_text().splitlines() if at.exists() else []


def test_no_usable_python_is_one_sentence(clone: Path, tmp_path: Path) -> None:
    script(tmp_path / "shims" / "python3.11", "#!/bin/sh\necho 'pyenv: python3.11: command not found' >&2\nexit 127\n")
    done = run(clone, path_of(tmp_path / "bin", tmp_path / "shims", python=False), "test")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("pants: building needs Python 3.11") and done.stderr.count("\n") == 1
    assert not calls(clone)


def test_a_dead_stand_in_is_passed_over(clone: Path, tmp_path: Path) -> None:
    script(tmp_path / "shims" / "python3.11", "#!/bin/sh\nexit 127\n")
    done = run(clone, path_of(tmp_path / "bin", tmp_path / "shims"), "list", "::")
    assert (done.returncode, done.stdout) == (0, f"ran {clone}: list ::\n")


def test_pyenv_is_looked_into(clone: Path, tmp_path: Path) -> None:
    home = tmp_path / "home" / ".pyenv" / "versions" / "3.11.7" / "bin"
    home.mkdir(parents=True)
    link(home / "python3.11", os.path.realpath(sys.executable))
    assert run(clone, path_of(tmp_path / "bin", python=False)).returncode == 0


def test_it_sets_up_once_and_again_when_a_lock_changes(clone: Path, tmp_path: Path) -> None:
    path = path_of(tmp_path / "bin")
    for _ in range(3):
        assert run(clone, path).returncode == 0
    assert len(calls(clone)) == 1
    (clone / "3rdparty" / "python" / "ship.lock").write_text("click==2\n")
    assert run(clone, path).returncode == 0 and len(calls(clone)) == 2
    (clone / ".tools" / "bin" / "python3.11").unlink()
    assert run(clone, path).returncode == 0 and len(calls(clone)) == 3


def test_a_link_to_it_and_another_directory_make_no_difference(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "p").symlink_to("../clone/pants")
    done = run(clone, path_of(tmp_path / "bin"), "roots", by=tmp_path / "elsewhere" / "p", cwd=tmp_path / "elsewhere")
    assert (done.returncode, done.stdout) == (0, f"ran {clone}: roots\n")


def test_itself_on_the_path_is_no_official_launcher(clone: Path, tmp_path: Path) -> None:
    assert run(clone, path_of(tmp_path / "bin", clone)).returncode == 0
    assert calls(clone) == ["official="]


def test_the_official_launcher_is_offered_to_the_set_up(clone: Path, tmp_path: Path) -> None:
    official = script(tmp_path / "official" / "pants", "#!/bin/sh\nexit 0\n")
    assert run(clone, path_of(tmp_path / "bin", official.parent)).returncode == 0
    assert calls(clone) == [f"official={official}"]


def test_a_directory_that_pants_can_not_take_is_said(clone: Path, tmp_path: Path) -> None:
    spaced = tmp_path / "my clone"
    clone.rename(spaced)
    done = run(spaced, path_of(tmp_path / "bin"))
    assert done.returncode == 3 and "move this clone" in done.stderr and done.stderr.count("\n") == 1


@pytest.fixture
def where(tmp_path: Path) -> set_up.Layout:
    lock = tmp_path / "3rdparty" / "python"
    lock.mkdir(parents=True)
    (lock / "pants.lock").write_text("")
    (tmp_path / ".tools").mkdir()
    return set_up.Layout(tmp_path, os.open(tmp_path / ".tools" / "lock", os.O_CREAT | os.O_RDWR))


def test_the_official_launcher_is_used_where_it_gives_this_pants(where: set_up.Layout) -> None:
    official = script(where.root / "official", f"#!/bin/sh\necho {pythons.PANTS_VERSION}\n")
    set_up.provide_pants(where, str(official))
    assert (where.tools / "bin" / "pants").resolve() == official


@pytest.mark.parametrize("text", ["exit 127", "echo 2.16.0", "echo 2.17.1; exit 1"])
def test_without_launcher_and_python_one_sentence(
    text: str, where: set_up.Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    official = script(where.root / "official", f"#!/bin/sh\n{text}\n")
    for name, value in {"PATH": str(where.root / "bin"), "HOME": str(where.root), "PYENV_ROOT": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(pythons, "USUAL", ())
    with pytest.raises(set_up.SetUpError, match="Pants 2.17.1 runs on Python 3.7 to 3.9 and none that runs was found"):
        set_up.provide_pants(where, str(official))


def test_what_was_cut_short_is_made_again(where: set_up.Layout) -> None:
    made = []

    def cut_short() -> None:
        made.append("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        set_up.once(where, "thing", "key", cut_short)
    for key in ("key", "key", "other key"):
        set_up.once(where, "thing", key, lambda: made.append("whole"))
    assert made == ["half", "whole", "whole"]


HOLD = """
import sys, time
from pathlib import Path
from launcher import set_up
with set_up.only_one(Path(sys.argv[1])):
    print("in", time.monotonic(), flush=True)
    time.sleep(0.5)
    print("out", time.monotonic(), flush=True)
"""


def test_two_at_once_take_turns(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(tree.ROOT / "build-support")}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60) for process in both]
    spans = sorted([float(line.split()[1]) for line in out.splitlines()] for out, _ in said)
    assert spans[0][1] <= spans[1][0]
    assert "another ./pants is setting up" in said[0][1] + said[1][1]


def test_it_starts_fast_once_it_is_set_up(clone: Path, tmp_path: Path) -> None:
    path = path_of(tmp_path / "bin")
    run(clone, path)
    began = time.monotonic()
    assert run(clone, path).returncode == 0
    assert time.monotonic() - began < 1, "a shell and a comparison take milliseconds"
