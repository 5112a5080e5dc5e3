"""Runs checks side by side, each under its deadline, after those that it needs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from msgstack.errors import UsageError
from msgstack.verify.model import Check
from msgstack.verify.model import Evidence
from msgstack.verify.model import NotAsked
from msgstack.verify.model import Result
from msgstack.verify.model import Verdict
from msgstack.verify.model import Wrong

SIDE_BY_SIDE = 8  # more only makes checks wait for each other inside the server


@dataclass(frozen=True)
class Answer:
    """What came of asking once."""

    status: Verdict
    evidence: Evidence
    reason: str = ""


def select(checks: Sequence[Check[Any]], only: Sequence[str], skip: Sequence[str]) -> tuple[Check[Any], ...]:
    """The checks to run. An id, or the beginning of one up to a dot; an id that matches none is a `UsageError`."""
    for wanted in (*only, *skip):
        if not any(matches(check.id, wanted) for check in checks):
            raise UsageError(f"there is no check {wanted!r}", fix="`verify list` shows the ids")
    chosen = [check for check in checks if not only or any(matches(check.id, one) for one in only)]
    return tuple(check for check in chosen if not any(matches(check.id, one) for one in skip))


def matches(check_id: str, wanted: str) -> bool:
    return check_id == wanted or check_id.startswith(wanted.rstrip(".") + ".")


async def run(
    checks: Sequence[Check[Any]], targets: Mapping[str, Any], done: Callable[[Result], None]
) -> tuple[Result, ...]:
    """Ask every check of its component's target, and tell `done` each result as it comes. In the order given.

    Cancelled (Ctrl-C), it cancels every check and waits for their clean-up.
    """
    room = asyncio.Semaphore(SIDE_BY_SIDE)
    tasks: dict[str, asyncio.Task[Result]] = {}

    async def one(check: Check[Any]) -> Result:
        needed = [await asyncio.shield(tasks[need]) for need in check.needs if need in tasks]
        lacking = [r.id for r in needed if r.status is not Verdict.PASS]
        began = time.monotonic()
        if lacking:
            answer = Answer(Verdict.SKIP, {}, f"needs {', '.join(lacking)}")
        else:
            async with room:
                began = time.monotonic()
                answer = await ask(check, targets[check.component])
        result = as_result(check, answer, time.monotonic() - began)
        done(result)
        return result

    for check in ordered(checks):
        tasks[check.id] = asyncio.create_task(one(check), name=check.id)
    try:
        await asyncio.gather(*tasks.values())
    finally:
        for task in tasks.values():
            if not task.cancelling():  # a second cancel would interrupt a check's clean-up
                task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
    return tuple(tasks[check.id].result() for check in checks)


def ordered(checks: Sequence[Check[Any]]) -> list[Check[Any]]:
    """Those that others need come first; a task must exist before one that waits for it."""
    ids, placed, left = {c.id for c in checks}, list[Check[Any]](), list(checks)
    while left:
        ready = [c for c in left if not (set(c.needs) & ids) - {p.id for p in placed}]
        if not ready:
            raise ValueError(f"checks need each other in a circle: {', '.join(c.id for c in left)}")
        placed += ready
        left = [c for c in left if c not in ready]
    return placed


async def ask(check: Check[Any], target: Any) -> Answer:
    """Ask once. Whatever goes wrong while asking is an answer too."""
    try:
        async with asyncio.timeout(check.deadline) as deadline:
            return Answer(Verdict.PASS, await check.ask(target))
    except Wrong as wrong:
        return Answer(Verdict.FAIL, wrong.evidence, wrong.reason)
    except NotAsked as why:
        return Answer(Verdict.SKIP, {}, str(why))
    except TimeoutError as late:  # of the deadline, or of something asked within it
        reason = f"no answer within {check.deadline:g} s" if deadline.expired() else str(late) or "timed out"
        return Answer(Verdict.ERROR, {}, reason)
    except Exception as error:  # noqa: BLE001 - a check's own defect must not hide the other answers
        return Answer(Verdict.ERROR, {"error": type(error).__name__}, str(error) or type(error).__name__)


def as_result(check: Check[Any], answer: Answer, seconds: float) -> Result:
    return Result(
        id=check.id, component=check.component, title=check.title, status=answer.status,
        duration_s=round(seconds, 3), evidence=answer.evidence, reason=answer.reason,
    )  # fmt: skip
