"""Waiting: in small steps, told twice a second, and ended by whoever is told."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from msgstack.errors import InterruptedRun
from msgstack.host.wait import AHEAD
from msgstack.host.wait import Ahead
from msgstack.host.wait import answered
from msgstack.host.wait import output
from msgstack.host.wait import pause
from msgstack.host.wait import steps
from msgstack.resource.event import Event
from msgstack.resource.event import Progress


def quiet(event: Event) -> None:
    """Nobody listens."""


def stop(event: Event) -> None:
    """What an interrupted run answers to whatever it is told."""
    raise InterruptedRun("interrupted")


@contextmanager
def program(seconds: float) -> Iterator[subprocess.Popen[str]]:
    """Says that it has begun, and after a while that it ends."""
    text = f"import time; print('begun', flush=True); time.sleep({seconds}); print('ended')"
    words = [sys.executable, "-S", "-c", text]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_a_program() -> None:
    with program(20) as process:
        output(process, "a program", 60, stop)


def read_from_what_is_silent() -> None:
    with Ahead(iter(threading.Event().wait, None)) as items:
        for _ in items:
            stop(Progress("", 0))


WAITS: dict[str, Callable[[], object]] = {
    "time": lambda: pause("time", 60, stop),
    "a call": lambda: answered(lambda: time.sleep(20), "a call", 60, stop),
    "a program": wait_for_a_program,
    "a source": read_from_what_is_silent,
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_every_wait_is_ended_by_who_is_told(wait: Callable[[], object]) -> None:
    began = time.monotonic()
    with pytest.raises(InterruptedRun):
        wait()
    assert time.monotonic() - began < 2


def test_a_wait_tells_what_it_waits_for_and_how_long() -> None:
    told: list[Event] = []
    pause("the kettle", 2.2, told.append)
    assert [event for event in told if isinstance(event, Progress)][:2] == [
        Progress("the kettle", 0, 2, "s"),
        Progress("the kettle", 1, 2, "s"),
    ]
    assert len(told) in (3, 4)


def test_a_short_wait_needs_no_word_and_lasts_as_long_as_it_is_told() -> None:
    began = time.monotonic()
    pause("a moment", 0.2, stop)
    assert 0.2 <= time.monotonic() - began < 0.45


def test_the_last_look_comes_after_the_time() -> None:
    began = time.monotonic()
    looks = [time.monotonic() - began for _ in steps("it", 0.2, quiet, 0.15)]
    assert looks[0] < 0.1
    assert looks[-1] >= 0.2


def test_a_program_that_ends_is_heard() -> None:
    with program(0.3) as process:
        assert output(process, "it", 20, quiet) == ("begun\nended\n", "")


def test_a_program_has_its_time() -> None:
    with program(20) as process, pytest.raises(subprocess.TimeoutExpired):
        output(process, "it", 0.3, quiet)


def test_an_answer_and_a_failure_come_through() -> None:
    assert answered(lambda: None, "it", None, quiet) is None
    with pytest.raises(ZeroDivisionError):
        answered(lambda: 1 // 0, "it", None, quiet)


def test_all_items_come_in_order_then_the_end() -> None:
    with Ahead(range(100)) as items:
        assert [item[0] for item in items if item] == list(range(100))


def test_not_everything_is_read_ahead_and_leaving_ends_the_thread() -> None:
    read: list[int] = []

    def source() -> Iterator[int]:
        for number in range(1000):
            read.append(number)
            yield number

    with Ahead(source()) as items:
        assert next(iter(items)) == (0,)
        time.sleep(0.3)
    assert 1 < len(read) <= AHEAD + 2
    assert not [one for one in threading.enumerate() if one is items._thread]


def test_leaving_hangs_up() -> None:
    hung_up = threading.Event()
    with Ahead(iter(hung_up.wait, True), hung_up.set) as items:
        assert next(iter(items)) is None
    assert not items._thread.is_alive()
