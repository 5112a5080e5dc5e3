"""Streams, consumers and buckets on real servers: made, left alone, mended; unknown while the server is stopped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from msgstack.errors import MsgstackError
from msgstack.nats.kinds import Live
from msgstack.nats.spec import Bucket
from msgstack.nats.spec import Consumer
from msgstack.nats.spec import Discard
from msgstack.nats.spec import Nats
from msgstack.nats.spec import Retention
from msgstack.nats.spec import Storage
from msgstack.nats.spec import Stream
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from msgstack.resource.model import Unknown
from msgstack.spec.units import Duration
from msgstack.spec.units import Size
from servers.clients import api
from servers.clients import messages
from servers.clients import publish
from servers.nats import Place
from servers.nats import free_ports
from servers.nats import ignore
from servers.nats import wait

pytestmark = pytest.mark.live

RICH = Nats(
    streams={
        "JOBS": Stream(
            description="é, \"quoted\" and 'quoted'",
            subjects=("jobs.*.in", "urgent.>"),
            retention=Retention.INTEREST,
            max_bytes=Size.parse("3MiB"),
            max_age=Duration.parse("90m"),
            max_messages=1000,
            max_message_size=Size.parse("10KiB"),
            discard=Discard.NEW,
            duplicate_window=Duration.parse("1500ms"),
            consumers={
                "one": Consumer(filter_subjects=("jobs.a.in",), max_deliver=-1, ack_wait=Duration.parse("2s")),
                "two": Consumer(filter_subjects=("jobs.b.in", "jobs.c.in"), max_ack_pending=3),
                "push": Consumer(filter_subjects=("jobs.d.in",), push_subject="deliver.d", push_group="g"),
            },
        ),
        "BARE": Stream(),
    },
    buckets={
        "short": Bucket(ttl=Duration.parse("30s"), history=64, max_value_size=Size(100)),
        "memory": Bucket(storage=Storage.MEMORY, max_bytes=Size.parse("1MiB")),
    },
)


def live(place: Place) -> list[Live]:
    return [want for want in place.wants if isinstance(want, Live)]


def one(place: Place, key: str) -> Any:
    return next(want for want in place.wants if want.key == key)


def reasons(place: Place, key: str) -> tuple[str, ...]:
    """The drift of one resource as a plan shows it."""
    want = one(place, key)
    seen = place.drivers()[type(want)].observe(want)
    assert isinstance(seen, Present)
    return tuple(want.differences(seen.resource))


def update(place: Place, stream: str, **changes: Any) -> None:
    """What somebody does by hand."""
    config = api(place, f"STREAM.INFO.{stream}", {})["config"]
    assert "error" not in api(place, f"STREAM.UPDATE.{stream}", config | changes)


@pytest.mark.parametrize("wanted", [Nats(), RICH], ids=["default", "rich"])
def test_all_is_made_and_the_second_run_changes_nothing(start: Any, wanted: Nats) -> None:
    place = start(wanted)
    place.apply()
    assert {want.key for want in live(place)} == set(place.seen())
    assert place.apply() == []


def test_drift_by_hand_is_shown_field_by_field_and_mended(place: Place) -> None:
    place.apply()
    update(place, "EVENTS", max_age=3_600_000_000_000, max_bytes=1_048_576, description="mine")
    assert reasons(place, "nats/stream/EVENTS") == (
        "description: mine → What happened, for whoever wants to know, for a week",
        "max_bytes: 1MiB → 2GiB",
        "max_age: 1h → 7d",
    )
    update(place, "KV_settings", max_msgs_per_subject=1)
    assert reasons(place, "nats/bucket/settings") == ("history: 1 → 5",)
    assert place.apply() == ["nats/stream/EVENTS", "nats/bucket/settings"]
    assert place.apply() == []


def test_what_was_deleted_by_hand_is_made_again(place: Place) -> None:
    place.apply()
    api(place, "CONSUMER.DELETE.TASKS.workers", {})
    api(place, "STREAM.DELETE.EVENTS", {})
    assert place.apply() == ["nats/consumer/TASKS/workers", "nats/stream/EVENTS"]


def test_a_change_in_place_keeps_messages_and_what_the_stack_file_does_not_say(place: Place) -> None:
    place.apply()
    update(place, "EVENTS", allow_direct=True, max_msgs_per_subject=7)
    publish(place, "events.a", 5)
    events = replace(place.nats.streams["EVENTS"], subjects=("events.>", "news.>"))
    place.want(replace(place.nats, streams={**place.nats.streams, "EVENTS": events}))
    assert place.apply() == ["nats/stream/EVENTS"]
    config = api(place, "STREAM.INFO.EVENTS", {})["config"]
    assert (config["subjects"], config["allow_direct"], config["max_msgs_per_subject"]) == (
        ["events.>", "news.>"],
        True,
        7,
    )
    assert messages(place, "EVENTS") == 5


def test_a_change_that_the_server_refuses_is_told_in_its_words(place: Place) -> None:
    place.apply()
    tasks = replace(one(place, "nats/stream/TASKS"), storage="memory", max_bytes=1024)
    with pytest.raises(MsgstackError, match="can not change storage type") as caught:
        place.drivers()[type(tasks)].change(Change(Action.UPDATE, tasks, Absent()), ignore)
    assert "refused stream TASKS" in caught.value.what
    assert caught.value.fix


def test_deleting_is_idempotent(place: Place) -> None:
    place.apply()
    drivers = place.drivers()
    for want in [*reversed(live(place))] * 2:
        drivers[type(want)].change(Change(Action.DELETE, want, Present(want)), ignore)
        assert isinstance(drivers[type(want)].observe(want), Absent)
    assert place.seen() == {}


def test_a_stopped_server_is_unknown_and_a_server_that_never_was_holds_nothing(place: Place) -> None:
    place.apply()
    place.stop()
    for want in live(place):
        seen = place.drivers()[type(want)].observe(want)
        assert isinstance(seen, Unknown)
        assert seen.reason == "the server is stopped; it is looked at again once the server runs"
    elsewhere = replace(place, folder=place.folder / "elsewhere")
    assert all(isinstance(elsewhere.drivers()[type(want)].observe(want), Absent) for want in live(place))


def test_a_server_with_another_store_is_not_ours(place: Place) -> None:
    place.apply()
    elsewhere = replace(place, folder=place.folder / "elsewhere")
    (elsewhere.layout.data / "jetstream").mkdir(parents=True)
    seen = elsewhere.drivers()[type(live(place)[0])].observe(live(place)[0])
    assert isinstance(seen, Unknown)
    assert f"its store is {place.layout.data / 'jetstream'}" in seen.reason


def test_a_new_monitoring_port_hides_nothing_from_a_plan(place: Place) -> None:
    place.apply()
    before = place.seen()
    place.stack = replace(place.stack, nats=replace(place.nats, monitor_port=free_ports(1)[0]))
    assert place.seen() == before


def test_a_password_that_is_not_the_servers_is_told(start: Any) -> None:
    place = start(Nats())
    (place.layout.secrets / "app.conf").write_text('nats_app_password: "wrong"\n')
    want = one(place, "nats/stream/EVENTS")
    with pytest.raises(MsgstackError, match="Authorization") as caught:
        place.drivers()[type(want)].change(Change(Action.CREATE, want, Absent()), ignore)
    assert "wrong" not in f"{caught.value}{caught.value.fix}"


def test_memory_streams_are_there_again_after_a_start_without_an_apply(start: Any) -> None:
    memory = Stream(storage=Storage.MEMORY, max_bytes=Size.parse("1MiB"), consumers={"c": Consumer()})
    place = start(replace(RICH, streams={**RICH.streams, "MEMORY": memory}))
    place.apply()
    place.stop()
    place.start()
    wait(lambda: {"nats/stream/MEMORY", "nats/consumer/MEMORY/c", "nats/bucket/memory"} <= place.seen().keys())
    assert place.apply() == []
    assert place.children() == [], "what made them has ended, and is nobody's zombie"
