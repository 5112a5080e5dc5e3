"""Every check passes a server that is right, fails one that is wrong in its point, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from typing import Any

import pytest

from faulty.faults import FAULTS
from faulty.faults import Fault
from faulty.faults import client_of
from faulty.places import target
from msgstack.verify.model import Result
from msgstack.verify.model import Verdict
from msgstack.verify.nats import CHECKS
from msgstack.verify.nats.leftovers import sweep
from msgstack.verify.runner import run
from servers.nats import NEWEST
from servers.nats import OLDEST
from servers.nats import Place

pytestmark = pytest.mark.live
KEPT = ["COORDINATION", "EVENTS", "KV_settings", "TASKS"]


@pytest.mark.parametrize(("version", "not_passed"), [(NEWEST, {}), (OLDEST, {"nats.config": Verdict.SKIP})])
def test_a_server_that_is_right_passes_all_and_keeps_nothing(place: Place, not_passed: dict[str, Verdict]) -> None:
    results = asyncio.run(run(CHECKS, {"nats": target(place)}, lambda _: None))
    assert {r.id: r.status for r in results if r.status is not Verdict.PASS} == not_passed, results
    assert streams(place) == KEPT


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "::"])
def test_wherever_it_is_declared_to_listen(place: Place) -> None:
    results = asyncio.run(run(CHECKS, {"nats": target(place)}, lambda _: None))
    assert {r.id: r.reason for r in results if r.status is not Verdict.PASS} == {}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.check}: {fault.name}")
def test_a_server_that_is_wrong_in_that_point_fails(place: Place, fault: Fault) -> None:
    result = asyncio.run(asked(place, fault))
    assert result.status is Verdict.FAIL, result
    assert re.search(fault.says, result.reason), result.reason


async def asked(place: Place, fault: Fault) -> Result:
    """The answer of the fault's check alone, while the fault lasts."""
    check = next(check for check in CHECKS if check.id == fault.check)
    async with fault.scene(place) as told:
        return (await run([replace(check, needs=())], {"nats": told}, lambda _: None))[0]


def test_where_all_room_is_reserved_what_needs_some_is_not_asked(place: Place) -> None:
    async def asked_without_room() -> Result:
        async with client_of(place) as client:
            await client.jetstream().add_stream(name="ALL", subjects=["all"], storage="memory", max_bytes=48 * 2**20)
        check = next(check for check in CHECKS if check.id == "nats.jetstream.ack")
        return (await run([replace(check, needs=())], {"nats": target(place)}, lambda _: None))[0]

    result = asyncio.run(asked_without_room())
    assert (result.status, "no room for a stream" in result.reason) == (Verdict.SKIP, True), result


def test_every_check_can_fail() -> None:
    assert {check.id for check in CHECKS} == {fault.check for fault in FAULTS}


def test_a_cancelled_run_keeps_nothing(place: Place) -> None:
    async def cancelled_after(seconds: float) -> None:
        running = asyncio.create_task(run(CHECKS, {"nats": target(place)}, lambda _: None))
        await asyncio.sleep(seconds)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    for tenths in range(1, 7):
        asyncio.run(cancelled_after(tenths / 10))
        assert streams(place) == KEPT


def test_what_a_killed_run_left_goes_when_it_is_old(place: Place) -> None:
    async def left() -> tuple[str, ...]:
        async with client_of(place) as client:
            await client.jetstream().add_stream(name="_verify_0000_ack", subjects=["_verify_0000_ack"], max_bytes=1024)
        assert await sweep(target(place)) == ()
        return await sweep(target(place), datetime.now(UTC) + timedelta(hours=1))

    assert asyncio.run(left()) == ("_verify_0000_ack",)
    assert streams(place) == KEPT


def streams(place: Place) -> list[str]:
    async def names() -> list[str]:
        async with client_of(place) as client:
            page: dict[str, Any] = json.loads((await client.request("$JS.API.STREAM.NAMES", b"")).data)
            return sorted(page["streams"] or [])

    return asyncio.run(names())
