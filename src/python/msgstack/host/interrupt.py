"""Ctrl-C and SIGTERM: the first asks the run to stop where it is safe, the second ends it at once."""

from __future__ import annotations

import signal
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from msgstack.errors import Exit
from msgstack.errors import InterruptedRun

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Interrupt:
    """Whether the run was asked to stop. Callable, so that it is what `engine.apply.apply` calls `stop`."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self.tell = tell
        self.signal: int | None = None

    def __call__(self) -> bool:
        return self.signal is not None

    def receive(self, number: int, _frame: FrameType | None) -> None:
        """The handler. The next signal meets the system's own: it ends the process."""
        self.signal = number
        for one in SIGNALS:
            signal.signal(one, signal.SIG_DFL)
        self.tell()


@contextmanager
def interruptible(tell: Callable[[], None] = lambda: None) -> Iterator[Interrupt]:
    """Within, the first signal sets a flag and calls `tell`. An InterruptedRun that leaves gets the signal's code.

    Only the main thread can enter (signal.signal). What waits for a person should be outside: it would wait on.
    """
    interrupt = Interrupt(tell)
    before = {number: signal.signal(number, interrupt.receive) for number in SIGNALS}
    try:
        yield interrupt
    except InterruptedRun as error:
        error.code = Exit.TERMINATED if interrupt.signal == signal.SIGTERM else Exit.INTERRUPTED
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
