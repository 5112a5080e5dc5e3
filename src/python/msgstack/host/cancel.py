"""Ctrl-C and SIGTERM for work of asyncio, apart from `interrupt`: importing asyncio costs more than most verbs take."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from collections.abc import Sequence
from typing import Any
from typing import TypeVar

from msgstack.errors import Exit
from msgstack.errors import InterruptedRun
from msgstack.host.interrupt import SIGNALS

T = TypeVar("T")


async def until_told(work: Coroutine[Any, Any, T]) -> T:
    """Await `work`. The first signal cancels it, and its clean-up is waited for; the second ends the process.

    Raises InterruptedRun with the signal's code. To be run as the whole of an event loop in the main thread.
    """
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
    told: list[signal.Signals] = []

    def tell(number: signal.Signals) -> None:
        told.append(number)
        for one in SIGNALS:
            loop.remove_signal_handler(one)
            signal.signal(one, signal.SIG_DFL)
        task.cancel()

    for one in SIGNALS:
        loop.add_signal_handler(one, tell, one)
    try:
        return await task
    except asyncio.CancelledError:
        raise interrupted(told) from None


def interrupted(told: Sequence[signal.Signals]) -> InterruptedRun:
    error = InterruptedRun("interrupted", "", "run it again for the answers that are missing")
    error.code = Exit.TERMINATED if signal.SIGTERM in told else Exit.INTERRUPTED
    return error
