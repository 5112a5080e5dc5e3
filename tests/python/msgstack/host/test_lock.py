"""The lock: held by one, named by the other, released by death, and written by nobody."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from interrupting import ended_by_ctrl_c
from msgstack.errors import MsgstackError
from msgstack.host.lock import held
from msgstack.resource.event import Progress
from msgstack.resource.event import Say


@contextmanager
def holder(root: Path) -> Iterator[int]:
    """Another process that holds the lock until it is killed; its pid."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        with held(root):
            os.write(tell, b"x")
            signal.pause()
    try:
        assert os.read(told, 1) == b"x"
        yield child
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(told)
        os.close(tell)


def test_it_names_the_holder(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    with holder(tmp_path) as pid, pytest.raises(MsgstackError) as raised, held(tmp_path):
        raise AssertionError("two hold it")
    assert str(raised.value).startswith(f"another program works on {tmp_path}: the lock is held by ")
    assert f"(pid {pid}, for " in raised.value.why
    assert shlex.quote(sys.orig_argv[-1]) in raised.value.why, "the command is told as it was typed"


def test_a_holder_that_dies_releases_it(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    with holder(tmp_path):
        pass
    with held(tmp_path):
        pass


def test_it_waits_as_long_as_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    with holder(tmp_path) as pid:
        threading.Timer(0.5, os.kill, (pid, signal.SIGKILL)).start()
        began = time.monotonic()
        with held(tmp_path, wait=30):
            assert 0.4 < time.monotonic() - began < 20


def test_waiting_ends_with_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "other").touch()

    def wait(say: Say) -> None:
        with held(tmp_path, wait=60, say=say):
            raise AssertionError("two hold it")

    with holder(tmp_path) as pid:
        error, told = ended_by_ctrl_c(wait)
    assert f"(pid {pid}, for " in error.why
    assert isinstance(told[0], Progress)
    assert (told[0].done, told[0].total, told[0].unit) == (0, 60, "s")


def test_taking_it_again_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    with held(tmp_path):
        pass
    before = [(path.name, path.stat()) for path in (tmp_path, *sorted(tmp_path.iterdir()))]
    with held(tmp_path):
        pass
    after = [(path.name, path.stat()) for path in (tmp_path, *sorted(tmp_path.iterdir()))]
    assert [(name, stat[:9], stat.st_mtime_ns) for name, stat in before] == [
        (name, stat[:9], stat.st_mtime_ns) for name, stat in after
    ]


def test_programs_that_the_holder_starts_do_not_hold_it(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    with held(tmp_path):
        child = os.fork()
        if child == 0:
            signal.pause()
    try:
        with held(tmp_path):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_root_into_which_nothing_came_is_gone_with_its_parents(tmp_path: Path) -> None:
    root = tmp_path / "a" / "b" / "root"
    with held(root):
        assert root.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_a_root_that_was_there_stays(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with held(root):
        pass
    assert root.is_dir()


def test_who_waits_for_a_root_that_is_removed_gets_a_new_one(tmp_path: Path) -> None:
    """The lock of a file that nobody finds any more is worth nothing."""
    root = tmp_path / "root"
    told, tell = os.pipe()
    with held(root):
        child = os.fork()
        if child == 0:
            with held(root, wait=30):
                (root / "mine").touch()
            os._exit(0)
        time.sleep(0.3)
    assert os.waitpid(child, 0)[1] == 0
    assert (root / "mine").exists()
    os.close(told)
    os.close(tell)
