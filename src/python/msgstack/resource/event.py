"""What a run tells whoever watches it. Pure values; only the command line turns them into text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Work of known or unknown length goes on. `done` and `total` are in `unit` (bytes by default)."""

    what: str
    done: int
    total: int | None = None
    unit: str = "B"


@dataclass(frozen=True)
class Note:
    """Something worth a line: a cache hit, a source that could not be reached, a retry."""

    text: str


@dataclass(frozen=True)
class Warned:
    """Something that a user should act on, though the run goes on."""

    text: str
    fix: str = ""


@dataclass(frozen=True)
class Began:
    """A change of the plan is being made."""

    key: str
    text: str


@dataclass(frozen=True)
class Ended:
    """A change of the plan is made, `seconds` after it began."""

    key: str
    seconds: float


Event = Progress | Note | Warned | Began | Ended
Say = Callable[[Event], None]
