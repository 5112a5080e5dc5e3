"""A check: one question asked of a running stack, with a stable id, a deadline, evidence and a verdict.

A check is an async function of its target. It returns its evidence when all is well, raises `Wrong` when the
stack is wrong in that point, `NotAsked` when the question doesn't apply; any other exception, and a missed
deadline, is an *error*: the question could not be asked, which is no pass.
"""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic
from typing import TypeVar

from msgstack.resource.model import Json

T = TypeVar("T")
Evidence = dict[str, Json]


class Verdict(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    ERROR = "error"
    SKIP = "skip"


class Wrong(Exception):
    """The stack is wrong in this point: the reason in words, and what was seen."""

    def __init__(self, reason: str, evidence: Evidence | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.evidence = evidence or {}


class NotAsked(Exception):
    """The question doesn't apply here; the reason is printed."""


@dataclass(frozen=True, kw_only=True)
class Check(Generic[T]):
    """One question. `deadline` in seconds; `needs` are ids of checks that must pass first."""

    id: str
    title: str
    ask: Callable[[T], Awaitable[Evidence]]
    deadline: float = 5.0
    needs: tuple[str, ...] = ()

    @property
    def component(self) -> str:
        return self.id.split(".", 1)[0]


@dataclass(frozen=True, kw_only=True)
class Result:
    """A check's answer. `duration_s` in seconds; `reason` is "" for a pass."""

    id: str
    component: str
    title: str
    status: Verdict
    duration_s: float
    evidence: Evidence
    reason: str = ""
