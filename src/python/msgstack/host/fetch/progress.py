"""Progress events, at most a few in a second however fast the bytes come."""

from __future__ import annotations

import time
from typing import Final

from msgstack.resource.event import Progress
from msgstack.resource.event import Say

EVERY_SECONDS: Final = 0.1


class Meter:
    """Tells `say` how far one piece of work is: now and then while it goes on, and always at its end."""

    def __init__(self, what: str, say: Say, total: int | None = None) -> None:
        self.what = what
        self.total = total
        self._say = say
        self._next = 0.0

    def at(self, done: int) -> None:
        """`done` bytes so far."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + EVERY_SECONDS
            self._say(Progress(self.what, done, self.total))

    def end(self, done: int) -> None:
        """All `done` bytes are there; a total that nobody declared is known now."""
        self._say(Progress(self.what, done, self.total if self.total is not None else done))
