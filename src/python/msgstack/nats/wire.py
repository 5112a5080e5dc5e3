"""JetStream's own JSON and our resources, in both directions. Pure.

Field names and meanings: the `$JS.API` request and response schemas of NATS (jsm.go, ADR-8 for buckets). Times are
nanoseconds there and milliseconds here; -1 or 0 is "no limit" there and None here.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import Final

from msgstack.nats.kinds import DEFAULT_PERSISTENCE
from msgstack.nats.kinds import Bucket
from msgstack.nats.kinds import Consumer
from msgstack.nats.kinds import Live
from msgstack.nats.kinds import Stream

Config = dict[str, Any]
BUCKET_PREFIX: Final = "KV_"
BUCKET_WINDOW: Final = 120_000  # ms; key-value clients make it no longer than the time to live
PER_MS: Final = 1_000_000
BUCKET_FIXED: Final[Config] = {
    "retention": "limits",
    "discard": "new",
    "max_msgs": -1,
    "allow_rollup_hdrs": True,
    "deny_delete": True,
    "deny_purge": False,
    "allow_direct": True,
    "num_replicas": 1,
}


def stream_config(want: Stream) -> Config:
    """What STREAM.CREATE and STREAM.UPDATE take. `persist_mode` is left out: 2.10 and 2.11 don't know it."""
    return {
        "name": want.name,
        "description": want.description,
        "subjects": list(want.subjects),
        "storage": want.storage,
        "retention": want.retention,
        "max_bytes": _limit(want.max_bytes),
        "max_age": _nanoseconds(want.max_age),
        "max_msgs": _limit(want.max_messages),
        "max_msg_size": _limit(want.max_message_size),
        "discard": want.discard,
        "duplicate_window": _nanoseconds(want.duplicate_window),
        "num_replicas": 1,
    }


def stream_seen(want: Stream, config: Mapping[str, Any]) -> Stream:
    """The stream that a server tells of, under the key of the one that is wanted."""
    return Stream(
        key=want.key,
        needs=want.needs,
        name=config["name"],
        description=config.get("description", ""),
        subjects=tuple(config.get("subjects") or ()),
        storage=config["storage"],
        retention=config["retention"],
        max_bytes=_no_limit(config["max_bytes"]),
        max_age=_milliseconds(config["max_age"]),
        max_messages=_no_limit(config["max_msgs"]),
        max_message_size=_no_limit(config.get("max_msg_size", -1)),
        discard=config["discard"],
        duplicate_window=_milliseconds(config.get("duplicate_window", 0)),
        persist_mode=config.get("persist_mode") or DEFAULT_PERSISTENCE,
    )


def consumer_config(want: Consumer) -> Config:
    """What CONSUMER.CREATE takes, for a new one and for an update."""
    config: Config = {
        "durable_name": want.name,
        "name": want.name,
        "description": want.description,
        "deliver_policy": want.deliver,
        "ack_policy": want.ack_policy,
        "ack_wait": _nanoseconds(want.ack_wait),
        "max_deliver": want.max_deliver,
        "max_ack_pending": want.max_ack_pending,
        "filter_subject": "",
        "filter_subjects": list(want.filter_subjects),
    }
    if want.push_subject:
        config |= {"deliver_subject": want.push_subject, "deliver_group": want.push_group or ""}
    return config


def consumer_seen(want: Consumer, config: Mapping[str, Any]) -> Consumer:
    """The consumer that a server tells of. One filter and a list of filters are the same to us."""
    one = config.get("filter_subject")
    return Consumer(
        key=want.key,
        needs=want.needs,
        stream=want.stream,
        name=config.get("durable_name") or config.get("name", want.name),
        description=config.get("description", ""),
        filter_subjects=(one,) if one else tuple(config.get("filter_subjects") or ()),
        deliver=config["deliver_policy"],
        ack_wait=_milliseconds(config.get("ack_wait", 0)),
        max_deliver=config.get("max_deliver", -1),
        max_ack_pending=config.get("max_ack_pending", -1),
        push_subject=config.get("deliver_subject") or None,
        push_group=config.get("deliver_group") or None,
        ack_policy=config["ack_policy"],
    )


def bucket_config(want: Bucket) -> Config:
    """The stream behind a bucket, as key-value clients make it (ADR-8)."""
    window = min(want.ttl, BUCKET_WINDOW) if want.ttl else BUCKET_WINDOW
    return BUCKET_FIXED | {
        "name": BUCKET_PREFIX + want.name,
        "description": want.description,
        "subjects": [f"$KV.{want.name}.>"],
        "storage": want.storage,
        "max_bytes": _limit(want.max_bytes),
        "max_msgs_per_subject": want.history,
        "max_age": _nanoseconds(want.ttl),
        "max_msg_size": _limit(want.max_value_size),
        "duplicate_window": _nanoseconds(window),
    }


def bucket_seen(want: Bucket, config: Mapping[str, Any]) -> Bucket:
    """The bucket that the stream KV_<name> of a server is."""
    subjects = {"subjects": [f"$KV.{want.name}.>"]}
    return Bucket(
        key=want.key,
        needs=want.needs,
        name=config["name"].removeprefix(BUCKET_PREFIX),
        description=config.get("description", ""),
        storage=config["storage"],
        max_bytes=_no_limit(config["max_bytes"]),
        history=config["max_msgs_per_subject"],
        ttl=_milliseconds(config["max_age"]),
        max_value_size=_no_limit(config.get("max_msg_size", -1)),
        persist_mode=config.get("persist_mode") or DEFAULT_PERSISTENCE,
        usable=all(config.get(name) == value for name, value in (BUCKET_FIXED | subjects).items()),
    )


def memory_requests(wants: Iterable[Live]) -> list[dict[str, Any]]:
    """The requests to JetStream's API that make what a server forgets at each start: memory streams and buckets, and
    the consumers of those."""
    requests: list[dict[str, Any]] = []
    forgotten: set[str] = set()
    for want in wants:
        match want:
            case Stream(storage="memory"):
                forgotten.add(want.name)
                requests.append({"subject": f"STREAM.CREATE.{want.name}", "body": stream_config(want)})
            case Bucket(storage="memory"):
                subject = f"STREAM.CREATE.{BUCKET_PREFIX}{want.name}"
                requests.append({"subject": subject, "body": bucket_config(want)})
            case Consumer() if want.stream in forgotten:
                body = {"stream_name": want.stream, "config": consumer_config(want)}
                requests.append({"subject": f"CONSUMER.CREATE.{want.stream}.{want.name}", "body": body})
    return requests


def _limit(value: int | None) -> int:
    return -1 if value is None else value


def _no_limit(value: int) -> int | None:
    return None if value <= 0 else value


def _nanoseconds(milliseconds: int | None) -> int:
    return (milliseconds or 0) * PER_MS


def _milliseconds(nanoseconds: int) -> int | None:
    return nanoseconds // PER_MS or None
