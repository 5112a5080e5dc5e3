"""A real server as it is rendered: what it keeps, whom it lets in, and that there is one of it."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from dataclasses import replace
from typing import Any

import pytest
from nats.aio.client import Client
from nats.errors import Error
from nats.errors import NoRespondersError
from nats.js.errors import APIError
from nats.js.errors import ServiceUnavailableError

from msgstack.nats.live.monitor import Monitor
from msgstack.nats.live.trial import compare
from msgstack.nats.render import expected
from msgstack.nats.spec import Authentication
from msgstack.nats.spec import Nats
from servers.clients import api
from servers.clients import as_app
from servers.clients import as_nobody
from servers.clients import messages
from servers.clients import publish
from servers.nats import Place
from servers.nats import wait

pytestmark = pytest.mark.live
KILLED_AT = 200  # messages


def test_it_runs_as_it_is_expected_to(place: Place) -> None:
    compare(Monitor(place.nats.monitor_port).ask("/varz"), expected(place.nats, "default", "linux"))


def test_it_listens_on_loopback_alone(place: Place) -> None:
    report = Monitor(place.nats.monitor_port).ask("/varz")
    assert (report["host"], report["http_host"]) == ("127.0.0.1", "127.0.0.1")


def test_a_killed_server_has_every_message_that_it_acknowledged(place: Place) -> None:
    """`sync_interval: always`; a kill does not lose what the kernel has, so this is the least that must hold."""
    place.apply()
    acknowledged: set[int] = set()
    as_app(place, lambda client: publish_until_it_dies(client, place, acknowledged))
    assert place.process is not None
    assert place.process.wait() == -signal.SIGKILL
    place.start()
    kept = messages(place, "EVENTS")
    assert len(acknowledged) >= KILLED_AT
    assert acknowledged <= set(as_app(place, lambda client: read(client, kept)))


async def publish_until_it_dies(client: Client, place: Place, acknowledged: set[int]) -> None:
    """Four publish at once; one of them has the server killed while the others wait for their answers."""
    stream, numbers = client.jetstream(timeout=1), itertools.count()

    async def publish_on() -> None:
        while place.process is not None and place.process.poll() is None:
            number = next(numbers)
            if number == KILLED_AT + 4:
                place.process.send_signal(signal.SIGKILL)
            try:
                await stream.publish("events.kill", str(number).encode())
            except (Error, OSError, TimeoutError):
                return
            acknowledged.add(number)

    await asyncio.gather(*(publish_on() for _ in range(4)))


async def read(client: Client, count: int) -> list[int]:
    subscription = await client.jetstream().subscribe("events.kill", stream="EVENTS", ordered_consumer=True)
    return [int((await subscription.next_msg(5)).data) for _ in range(count)]


def test_a_task_goes_when_a_worker_acknowledged_it_and_comes_back_when_not(place: Place) -> None:
    place.apply()
    publish(place, "tasks.a", 3)

    async def work(client: Client) -> list[bytes]:
        subscription = await client.jetstream().pull_subscribe("tasks.>", "workers", "TASKS")
        first, second, third = await subscription.fetch(3)
        await first.ack_sync()
        await second.nak()
        await third.ack_sync()
        again = (await subscription.fetch(1))[0]
        assert again.metadata.num_delivered == 2
        return [again.data]

    assert as_app(place, work) == [b"1"]
    assert messages(place, "TASKS") == 1


def test_a_full_task_queue_refuses_and_full_events_drop_the_oldest(place: Place) -> None:
    small = {name: replace(stream, max_messages=2) for name, stream in place.nats.streams.items()}
    place.want(replace(place.nats, streams=small))
    place.apply()
    publish(place, "events.a", 3)
    assert messages(place, "EVENTS") == 2
    publish(place, "tasks.a", 2)
    with pytest.raises(APIError, match="maximum messages exceeded"):
        publish(place, "tasks.a", 1)


def test_turning_authentication_on_and_off_loses_no_stream(start: Any) -> None:
    place = start(Nats())
    place.apply()
    publish(place, "events.a", 5)
    as_nobody(place, lambda client: client.jetstream().publish("events.a", b"6"))
    for authentication in (Authentication.PASSWORD, Authentication.NONE):
        place.want(replace(place.nats, authentication=authentication))
        place.restart()
        wait(lambda: "nats/stream/COORDINATION" in place.seen())
        assert place.apply() == []
        assert messages(place, "EVENTS") == 6


def test_with_passwords_nobody_else_comes_in(start: Any) -> None:
    place = start(Nats(authentication=Authentication.PASSWORD))
    place.apply()
    with pytest.raises(Error, match="Authorization"):
        as_nobody(place, flush)
    with pytest.raises(Error, match="Authorization"):
        as_app(place, flush, password="guess")
    as_app(place, flush)


async def flush(client: Client) -> None:
    await client.flush(timeout=2)


def test_the_application_has_jetstream_and_no_view_of_the_system(place: Place) -> None:
    place.apply()
    assert api(place, "INFO", {})["limits"]["max_streams"] == place.nats.jetstream.max_streams

    async def ask(client: Client) -> None:
        await client.request("$SYS.REQ.SERVER.PING", b"", timeout=1)

    with pytest.raises((NoRespondersError, ServiceUnavailableError, TimeoutError, asyncio.TimeoutError, Error)):
        as_app(place, ask)


def test_what_is_beyond_the_limits_of_the_account_is_refused(place: Place) -> None:
    config = {"name": "BIG", "subjects": ["big"], "storage": "file", "max_bytes": place.nats.jetstream.max_file + 1}
    assert "insufficient storage" in api(place, "STREAM.CREATE.BIG", config)["error"]["description"]


def test_two_servers_can_not_have_one_store(place: Place) -> None:
    place.apply()
    second = place.run()
    try:
        wait(lambda: "another process holds" in place.words())
        assert place.process is not None
        assert place.process.poll() is None
        assert place.healthy()
    finally:
        os.killpg(second.pid, signal.SIGKILL)
        second.wait()
    assert place.apply() == []


def test_the_start_script_records_what_runs(place: Place) -> None:
    assert place.process is not None
    revision = next(want.revision for want in place.wants if want.key == "nats/trial")  # type: ignore[attr-defined]
    lines = (place.layout.run / "started").read_text().split("\n")
    assert lines[:2] == [revision, str(place.process.pid)]


def test_it_stops_by_sigterm_as_its_service_says(place: Place) -> None:
    service = next(want for want in place.wants if want.key.startswith("nats/service/"))
    assert place.stop() in (0, *service.spec.success_codes)  # type: ignore[attr-defined]
