"""Ctrl-C while something waits: a real signal, and the wait told of as a run tells of it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

import pytest

from msgstack.engine.apply import stoppable
from msgstack.errors import Exit
from msgstack.errors import InterruptedRun
from msgstack.host.interrupt import interruptible
from msgstack.resource.event import Event
from msgstack.resource.event import Say

SECONDS = 3.0  # after the signal, until the run has ended


def ended_by_ctrl_c(work: Callable[[Say], object], after: float = 0.8) -> tuple[InterruptedRun, list[Event]]:
    """Begin `work`, interrupt it, and hold that it ends soon and with Ctrl-C's code: its error, and what was told."""
    told: list[Event] = []
    timer = threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT))
    with pytest.raises(InterruptedRun) as raised, interruptible() as stop:
        timer.start()
        began = time.monotonic()
        try:
            work(stoppable(told.append, stop))
        finally:
            timer.cancel()
            took = time.monotonic() - began
    assert after < took < after + SECONDS
    assert raised.value.code == Exit.INTERRUPTED
    return raised.value, told
