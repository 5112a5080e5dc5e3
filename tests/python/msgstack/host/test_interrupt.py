"""Ctrl-C and SIGTERM: the first asks, the second ends."""

from __future__ import annotations

import os
import signal
import time

import pytest

from msgstack.errors import Exit
from msgstack.errors import InterruptedRun
from msgstack.host.interrupt import interruptible


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.TERMINATED)])
def test_the_first_signal_asks_and_gives_its_code(number: int, code: Exit) -> None:
    told: list[str] = []
    before = signal.getsignal(number)
    with pytest.raises(InterruptedRun) as raised, interruptible(lambda: told.append("stopping")) as stop:
        assert not stop()
        os.kill(os.getpid(), number)
        assert stop()
        raise InterruptedRun("interrupted")
    assert (raised.value.code, told) == (code, ["stopping"])
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_second_signal_ends_the_process_at_once(number: int) -> None:
    child = os.fork()
    if child == 0:
        with interruptible():
            os.kill(os.getpid(), number)
            os.kill(os.getpid(), number)
            time.sleep(30)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == number


def test_without_a_signal_nothing_changes() -> None:
    with interruptible() as stop:
        assert not stop()
