"""Runs in a process of their own, killed at a chosen point: SIGKILL, so nothing is cleaned up."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHANGING = {"os.rename", "os.mkdir", "os.symlink", "os.remove", "os.rmdir", "os.chmod", "os.chown", "os.link"}
WRITING = os.O_WRONLY | os.O_RDWR


def killed(run: Callable[[], object], home: Path, at: int) -> bool:
    """Run `run` in a child that is killed right before its step number `at` (from 0) on something below `home`.

    False if it came to its end before that: then all its steps are counted. Steps are Python's audit events.
    """
    child = os.fork()
    if child == 0:
        _in_child(run, home, at)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.waitstatus_to_exitcode(status) == 0, "the run failed by itself: see the error above"
    return False


def _in_child(run: Callable[[], object], home: Path, at: int) -> None:
    seen = -1

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if _is_step(event, arguments, str(home)):
            seen += 1
            if seen == at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    code = 1
    try:
        run()
        code = 0
    except BaseException as error:  # noqa: BLE001 (the child must never go on as a second test run)
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        os._exit(code)


def _is_step(event: str, arguments: tuple[Any, ...], home: str) -> bool:
    if event == "open":
        path, _mode, flags = arguments
        return bool(flags & WRITING) and str(path).startswith(home)
    return event in CHANGING and any(str(argument).startswith(home) for argument in arguments[:2])
