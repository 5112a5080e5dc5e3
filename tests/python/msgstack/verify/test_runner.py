"""The runner: order, deadlines, verdicts, clean-up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable

import pytest

from msgstack.errors import UsageError
from msgstack.verify.model import Check
from msgstack.verify.model import Evidence
from msgstack.verify.model import NotAsked
from msgstack.verify.model import Result
from msgstack.verify.model import Verdict
from msgstack.verify.model import Wrong
from msgstack.verify.runner import ordered
from msgstack.verify.runner import run
from msgstack.verify.runner import select

Ask = Callable[[None], Awaitable[Evidence]]


def check(name: str, ask: Ask, needs: tuple[str, ...] = (), deadline: float = 5) -> Check[None]:
    return Check(id=name, title=name, ask=ask, needs=needs, deadline=deadline)


def run_all(*checks: Check[None]) -> dict[str, Result]:
    return {r.id: r for r in asyncio.run(run(checks, {"x": None}, lambda _: None))}


async def fine(_: None) -> Evidence:
    return {"seen": 1}


async def wrong(_: None) -> Evidence:
    raise Wrong("it is off", {"seen": 2})


async def stuck(_: None) -> Evidence:
    await asyncio.sleep(60)
    return {}


async def broken(_: None) -> Evidence:
    raise ConnectionResetError("peer went away")


async def pointless(_: None) -> Evidence:
    raise NotAsked("no such thing here")


@pytest.mark.parametrize(
    ("ask", "status", "reason"),
    [
        (fine, Verdict.PASS, ""),
        (wrong, Verdict.FAIL, "it is off"),
        (stuck, Verdict.ERROR, "no answer within 0.05 s"),
        (broken, Verdict.ERROR, "peer went away"),
        (pointless, Verdict.SKIP, "no such thing here"),
    ],
)
def test_every_way_to_end_is_a_verdict(ask: Ask, status: Verdict, reason: str) -> None:
    result = run_all(check("x.one", ask, deadline=0.05))["x.one"]
    assert (result.status, result.reason) == (status, reason)


def test_what_needs_a_failed_check_is_skipped_with_its_name() -> None:
    results = run_all(check("x.second", fine, needs=("x.first",)), check("x.first", wrong))
    assert results["x.second"].status is Verdict.SKIP
    assert results["x.second"].reason == "needs x.first"


def test_checks_run_side_by_side() -> None:
    meeting = asyncio.Barrier(3)

    async def meet(_: None) -> Evidence:
        await meeting.wait()
        return {}

    results = run_all(*(check(f"x.{n}", meet, deadline=5) for n in range(3)))
    assert {r.status for r in results.values()} == {Verdict.PASS}


def test_cancelled_checks_clean_up_before_the_run_ends() -> None:
    cleaned = []

    async def holds_something(_: None) -> Evidence:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)
            cleaned.append(True)
        return {}

    async def interrupted() -> None:
        running = asyncio.create_task(run([check("x.one", holds_something)], {"x": None}, lambda _: None))
        await asyncio.sleep(0.05)
        running.cancel()
        await running

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(interrupted())
    assert cleaned == [True]


def test_a_circle_of_needs_is_a_defect_that_is_named() -> None:
    with pytest.raises(ValueError, match="in a circle: x.a, x.b"):
        ordered([check("x.a", fine, needs=("x.b",)), check("x.b", fine, needs=("x.a",))])


CHECKS = [check("x.a.one", fine), check("x.a.two", fine), check("x.b", fine)]


@pytest.mark.parametrize(
    ("only", "skip", "chosen"),
    [
        ([], [], ["x.a.one", "x.a.two", "x.b"]),
        (["x.b"], [], ["x.b"]),
        (["x.a"], ["x.a.two"], ["x.a.one"]),
        (["x"], ["x.a"], ["x.b"]),
    ],
)
def test_selection(only: list[str], skip: list[str], chosen: list[str]) -> None:
    assert [c.id for c in select(CHECKS, only, skip)] == chosen


def test_an_id_that_matches_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match=r"there is no check 'x\.c'"):
        select(CHECKS, ["x.c"], [])
