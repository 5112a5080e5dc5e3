"""JetStream's JSON and back: what we ask for is what we read, and what a server adds is no drift."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from msgstack.nats import wire
from msgstack.nats.kinds import Bucket
from msgstack.nats.kinds import Consumer
from msgstack.nats.kinds import Stream

TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
LIMIT = st.none() | st.integers(1, 2**40)
SUBJECTS = st.lists(TEXT.filter(bool), min_size=1, max_size=3).map(tuple)
ADDED: dict[str, Any] = {
    "metadata": {"_nats.ver": "2.15.1"},
    "max_consumers": -1,
    "compression": "none",
    "sealed": False,
}

STREAMS = st.builds(
    Stream,
    key=st.just("nats/stream/S"),
    name=st.just("S"),
    description=TEXT,
    subjects=SUBJECTS,
    storage=st.sampled_from(["file", "memory"]),
    retention=st.sampled_from(["limits", "interest", "workqueue"]),
    max_bytes=LIMIT,
    max_age=LIMIT,
    max_messages=LIMIT,
    max_message_size=LIMIT,
    discard=st.sampled_from(["old", "new"]),
    duplicate_window=LIMIT,
    persist_mode=st.just("default"),
)
CONSUMERS = st.builds(
    Consumer,
    key=st.just("nats/consumer/S/C"),
    stream=st.just("S"),
    name=st.just("C"),
    description=TEXT,
    filter_subjects=st.just(()) | SUBJECTS,
    deliver=st.sampled_from(["all", "last", "new"]),
    ack_wait=LIMIT,
    max_deliver=st.integers(-1, 9),
    max_ack_pending=st.integers(1, 2000),
    push_subject=st.just("deliver.here"),
    push_group=st.none() | st.just("g"),
    ack_policy=st.just("explicit"),
)
BUCKETS = st.builds(
    Bucket,
    key=st.just("nats/bucket/B"),
    name=st.just("B"),
    description=TEXT,
    storage=st.sampled_from(["file", "memory"]),
    max_bytes=LIMIT,
    history=st.integers(1, 64),
    ttl=LIMIT,
    max_value_size=LIMIT,
    persist_mode=st.just("default"),
    usable=st.just(True),
)


@given(STREAMS)
def test_a_stream_comes_back_as_it_was_asked_for(want: Stream) -> None:
    seen = wire.stream_seen(want, wire.stream_config(want) | ADDED)
    assert want.differences(seen) == ()
    assert seen.state() == want.state()


@given(CONSUMERS)
def test_a_consumer_comes_back_as_it_was_asked_for(want: Consumer) -> None:
    assert want.differences(wire.consumer_seen(want, wire.consumer_config(want) | {"max_waiting": 512})) == ()


@given(BUCKETS)
def test_a_bucket_comes_back_as_it_was_asked_for(want: Bucket) -> None:
    assert want.differences(wire.bucket_seen(want, wire.bucket_config(want) | ADDED)) == ()


@given(BUCKETS)
def test_no_window_is_longer_than_the_time_to_live(want: Bucket) -> None:
    config = wire.bucket_config(want)
    assert config["max_age"] == 0 or config["duplicate_window"] <= config["max_age"]


@given(BUCKETS, st.sampled_from(sorted(wire.BUCKET_FIXED)))
def test_a_bucket_whose_stream_was_bent_is_not_usable(want: Bucket, name: str) -> None:
    bent = wire.bucket_config(want) | {name: "bent"}
    assert want.differences(wire.bucket_seen(want, bent)) == ("usable: False → True",)


def test_one_filter_is_a_list_of_one() -> None:
    want = Consumer(
        key="nats/consumer/S/C", stream="S", name="C", description="", filter_subjects=("a",), deliver="all",
        ack_wait=30_000, max_deliver=-1, max_ack_pending=1000, push_subject=None, push_group=None,
    )  # fmt: skip
    config = wire.consumer_config(want)
    config["filter_subject"] = config.pop("filter_subjects")[0]
    assert want.differences(wire.consumer_seen(want, config)) == ()
