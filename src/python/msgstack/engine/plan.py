"""Plan: wanted against seen against the last receipt. Pure: the same input gives the same list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from msgstack.engine.receipt import Recorded
from msgstack.resource.model import Change


@dataclass(frozen=True)
class Refused:
    """A change that can't be made in place: why, with the way out."""

    key: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """What would change, in the order in which it will."""

    component: str
    changes: tuple[Change[Any], ...]
    unmanaged: tuple[Recorded, ...] = ()  # left the stack file, hold data, are kept
    refused: tuple[Refused, ...] = ()

    @property
    def count(self) -> int:
        """Changes that a user would call changes; unknown ones are not."""
        return sum(change.counts for change in self.changes)
