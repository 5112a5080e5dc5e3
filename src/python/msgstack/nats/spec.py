"""The `[nats]` part of the stack file. The defaults come from NATS' documentation and from docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from msgstack.spec.key import key
from msgstack.spec.units import Duration
from msgstack.spec.units import Size

NAME = r"[A-Za-z0-9_-]{1,64}"
SUBJECT = r"[^\s]+"
DESCRIPTION = r"[^\r\n]{0,1000}"  # the server takes 4096 bytes
SHORTEST = 100  # ms: the server takes no shorter age of a message
LONGEST = 3_153_600_000_000  # ms, 100 years: the server counts nanoseconds in 63 bits
LARGEST_MESSAGE = 64 * 2**20


class Authentication(StrEnum):
    """Who may connect as the application: everybody who reaches the port, or who knows the password."""

    NONE = "none"
    PASSWORD = "password"  # the word, not a secret


class Storage(StrEnum):
    FILE = "file"
    MEMORY = "memory"


class Retention(StrEnum):
    LIMITS = "limits"
    INTEREST = "interest"
    WORKQUEUE = "workqueue"


class Discard(StrEnum):
    OLD = "old"
    NEW = "new"


class Deliver(StrEnum):
    ALL = "all"
    LAST = "last"
    NEW = "new"


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """A durable consumer of a stream."""

    description: str = key("What it is for.", "", pattern=DESCRIPTION)
    filter_subjects: tuple[str, ...] = key("Only these subjects; none means all of the stream.", (), pattern=SUBJECT)
    deliver: Deliver = key("Where a new consumer starts in the stream.", Deliver.ALL)
    ack_wait: Duration = key(
        "Redelivered when not acknowledged within this time.", Duration.parse("30s"), least=1, most=LONGEST
    )
    max_deliver: int = key("Tries a message gets before it is left alone; -1 is no limit.", 5, least=-1)
    max_ack_pending: int = key("Unacknowledged messages in flight at most.", 1000, least=1)
    push_subject: str | None = key(
        "Push to this subject instead of pulling.", None, pattern=SUBJECT, example="deliver.tasks"
    )
    push_group: str | None = key("Queue group of a push consumer.", None, pattern=NAME, example="workers")


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A JetStream stream."""

    description: str = key("What it is for.", "", pattern=DESCRIPTION)
    subjects: tuple[str, ...] = key("Subjects that it stores; none means NAME.> in lower case.", (), pattern=SUBJECT)
    storage: Storage = key(
        "Where messages are kept; memory is empty again after each start of the server.", Storage.FILE
    )
    retention: Retention = key(
        "When a message goes: by limits, or when all interested, or one worker, acknowledged it.", Retention.LIMITS
    )
    max_bytes: Size = key(
        "Bytes at most; counts against jetstream's max_file or max_memory.", Size.parse("256MiB"), least=1024
    )
    max_age: Duration | None = key("Messages older than this go.", None, least=SHORTEST, most=LONGEST, example="7d")
    max_messages: int | None = key("Messages at most.", None, least=1, example=1_000_000)
    max_message_size: Size | None = key(
        "Size of one message at most.", None, least=1, most=LARGEST_MESSAGE, example="256KiB"
    )
    discard: Discard = key("When a limit is reached: drop the old, or refuse the new.", Discard.OLD)
    duplicate_window: Duration = key(
        "A Nats-Msg-Id seen within this time is stored once.", Duration.parse("2m"), least=SHORTEST, most=LONGEST
    )
    consumers: Mapping[str, Consumer] = key("Durable consumers by name.", factory=dict, pattern=NAME)


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A key-value bucket."""

    description: str = key("What it is for.", "", pattern=DESCRIPTION)
    storage: Storage = key("Where values are kept; memory is empty again after each start of the server.", Storage.FILE)
    max_bytes: Size = key("Bytes at most.", Size.parse("64MiB"), least=1024)
    history: int = key("Values kept of a key.", 1, least=1, most=64)
    ttl: Duration | None = key("Values older than this go.", None, least=SHORTEST, most=LONGEST, example="1h")
    max_value_size: Size | None = key(
        "Size of one value at most.", None, least=1, most=LARGEST_MESSAGE, example="64KiB"
    )


@dataclass(frozen=True, kw_only=True)
class JetStream:
    """The store."""

    max_file: Size = key("Bytes of all file streams together.", Size.parse("4GiB"), least=2**20)
    max_memory: Size = key("Bytes of all memory streams together; part of nats.memory.", Size.parse("64MiB"), least=0)
    max_loss: Duration | None = key(
        "A power loss can lose at most this much of acknowledged messages; 0s syncs every publish. "
        "Unset: 0s on Linux, 1s on macOS.", None, example="0s", most=600_000,
    )  # fmt: skip
    max_streams: int = key("Streams at most, buckets included; each takes two file descriptors.", 256, least=1)
    max_consumers: int = key("Consumers at most, ephemeral ones included.", 2048, least=1)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What clients may do: each of them, for NATS bounds no sum. `nats.memory` has what that carries."""

    max_connections: int = key("Client connections at most.", 1000, least=10)
    max_subscriptions: int = key("Subscriptions of one connection at most.", 1_000, least=1)
    max_payload: Size = key("Size of one message at most.", Size.parse("1MiB"), least=1024, most=LARGEST_MESSAGE)
    max_pending: Size = key("Bytes buffered for one slow client before it is cut off.", Size.parse("8MiB"), least=1024)


@dataclass(frozen=True, kw_only=True)
class Log:
    """The server's own log file."""

    part: Size = key("A log file is rotated at this size.", Size.parse("16MiB"), least=2**20)
    parts: int = key("Log files kept, the one in use included.", 4, least=2, most=100)


def default_streams() -> Mapping[str, Stream]:
    """Ephemeral coordination, a task queue, and events: what LLM services share most."""
    return {
        "COORDINATION": Stream(
            description="Ephemeral coordination between services",
            subjects=("coordination.>",), storage=Storage.MEMORY, max_bytes=Size.parse("16MiB"),
            max_age=Duration.parse("10m"), max_message_size=Size.parse("64KiB"), duplicate_window=Duration.parse("1m"),
        ),
        "TASKS": Stream(
            description="Task queue: a task goes when a worker has acknowledged it",
            subjects=("tasks.>",), retention=Retention.WORKQUEUE, max_bytes=Size.parse("1GiB"), discard=Discard.NEW,
            consumers={"workers": Consumer(description="Shared by all workers", max_ack_pending=256)},
        ),
        "EVENTS": Stream(
            description="What happened, for whoever wants to know, for a week",
            subjects=("events.>",), max_bytes=Size.parse("2GiB"), max_age=Duration.parse("7d"), max_messages=5_000_000,
        ),
    }  # fmt: skip


def default_buckets() -> Mapping[str, Bucket]:
    return {"settings": Bucket(description="Shared settings", max_bytes=Size.parse("16MiB"), history=5)}


@dataclass(frozen=True, kw_only=True)
class Nats:
    """NATS with JetStream."""

    enabled: bool = key("Part of the stack.", True)
    version: str | None = key(
        "Version of the server; unset is the catalogue's default.", None, pattern=r"\S+", example="2.15.1"
    )
    host: str = key("Address to listen on.", "127.0.0.1")
    port: int = key("Client port.", 4222, least=1, most=65535)
    monitor_port: int = key("Monitoring port (HTTP, always on loopback).", 8222, least=1, most=65535)
    memory: Size = key(
        "Memory of the whole server: the service manager's hard limit.", Size.parse("500MB"), least=64 * 10**6
    )
    open_files: int = key("File descriptors at most.", 65_536, least=1024)
    authentication: Authentication = key("Whether applications need a password.", Authentication.NONE)
    jetstream: JetStream = key("The store.", factory=JetStream)
    limits: Limits = key("What clients may do.", factory=Limits)
    log: Log = key("The server's log.", factory=Log)
    streams: Mapping[str, Stream] = key(
        "Streams by name. Naming any replaces the default ones.", factory=default_streams, pattern=NAME
    )
    buckets: Mapping[str, Bucket] = key(
        "Key-value buckets by name. Naming any replaces the default ones.", factory=default_buckets, pattern=NAME
    )
