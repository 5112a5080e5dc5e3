"""Waiting that can be stopped: twice a second it is told what is waited for, and whoever is told may raise.

Nothing here waits in one piece: neither for time to pass, nor for a program, nor for a call that blocks.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from subprocess import Popen
from subprocess import TimeoutExpired
from types import TracebackType
from typing import Final
from typing import Generic
from typing import Self
from typing import TypeVar

from msgstack.resource.event import Progress
from msgstack.resource.event import Say

T = TypeVar("T")
TICK: Final = 0.5  # seconds between two words about the same wait; the first comes when it has lasted so long
SLICE: Final = 0.1  # seconds that a thread may wait before it looks whether anybody wants its answer
AHEAD: Final = 4  # items read before they are asked for


def steps(what: str, seconds: float | None, say: Say, every: float = 0.05) -> Iterator[None]:
    """At once, then after each pause of `every` seconds, until `seconds` have gone by (never, for None).

    Meanwhile `say` gets Progress in seconds. Whoever finds what is waited for leaves the loop; the loop's own end means
    that the time is over. The step at the very end is given, so that the last look comes after the last pause.
    """
    began = told = time.monotonic()
    while True:
        yield
        now = time.monotonic()
        if seconds is not None and now - began >= seconds:
            return
        if now - told >= TICK:
            told = now
            say(Progress(what, int(now - began), None if seconds is None else int(seconds), "s"))
        time.sleep(every if seconds is None else min(every, max(0.0, began + seconds - now)))


def pause(what: str, seconds: float, say: Say) -> None:
    """Let this time pass."""
    for _ in steps(what, seconds, say):
        pass


def output(process: Popen[str], what: str, seconds: float, say: Say) -> tuple[str, str]:
    """What a program prints, both streams, once it has ended. Raises TimeoutExpired if it doesn't within `seconds`."""
    for _ in steps(what, seconds, say, 0):
        try:
            return process.communicate(timeout=SLICE)
        except TimeoutExpired:
            continue
    raise TimeoutExpired(process.args, seconds)


def answered(call: Callable[[], T], what: str, seconds: float | None, say: Say) -> T:
    """The answer of a call that blocks, made in a thread; `seconds` is how long it may take, for whoever is told.

    If `say` raises, the call is left alone: it must do no harm when it ends later.
    """
    began = time.monotonic()
    with Ahead(call() for _ in range(1)) as answers:
        for answer in answers:
            if answer is not None:
                return answer[0]
            say(Progress(what, int(time.monotonic() - began), None if seconds is None else int(seconds), "s"))
    raise AssertionError("a call answers or raises")


class Ahead(Generic[T]):
    """The items of a source that blocks, read by a thread: each in a tuple, and None whenever none came for a while.

    What the source raises is raised to the reader. Leaving the block early ends the thread; `hang_up` is called then,
    and must make the source return.
    """

    def __init__(self, source: Iterable[T], hang_up: Callable[[], object] = lambda: None) -> None:
        self._source = source
        self._hang_up = hang_up
        self._items: queue.Queue[tuple[T] | BaseException | None] = queue.Queue(AHEAD)
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._read, name="ahead", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._left.set()
        if self._thread.is_alive():
            self._hang_up()
            self._thread.join(2 * SLICE)

    def __iter__(self) -> Iterator[tuple[T] | None]:
        while True:
            try:
                item = self._items.get(timeout=TICK)
            except queue.Empty:
                yield None
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item

    def _read(self) -> None:
        try:
            for item in self._source:
                if not self._put((item,)):
                    return
            self._put(None)
        except BaseException as error:  # noqa: BLE001  told to the thread that waits
            self._put(error)

    def _put(self, item: tuple[T] | BaseException | None) -> bool:
        """Whether anybody still wants it."""
        while not self._left.is_set():
            try:
                self._items.put(item, timeout=SLICE)
            except queue.Full:
                continue
            return True
        return False
