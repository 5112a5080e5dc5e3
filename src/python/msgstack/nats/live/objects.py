"""Drivers of what a server holds inside: streams, consumers, key-value buckets."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import TypeVar

from msgstack.nats import wire
from msgstack.nats.kinds import Bucket
from msgstack.nats.kinds import Consumer
from msgstack.nats.kinds import Live
from msgstack.nats.kinds import Stream
from msgstack.nats.live.api import Api
from msgstack.nats.live.held import Contents
from msgstack.nats.live.held import Held
from msgstack.resource.event import Say
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from msgstack.resource.model import Seen

L = TypeVar("L", bound=Live)


def observed(
    held: Held,
    want: L,
    find: Callable[[Contents], Mapping[str, Any] | None],
    seen: Callable[[L, Mapping[str, Any]], L],
) -> Seen[L]:
    """What the server tells of `want`, where `find` picks its configuration and `seen` reads it."""
    contents = held.look()
    if not isinstance(contents, Contents):
        return contents
    config = find(contents)
    return Absent() if config is None else Present(seen(want, config))


class StreamDriver:
    """Streams of the application account."""

    def __init__(self, held: Held, api: Api) -> None:
        self._held, self._api = held, api

    def observe(self, want: Stream) -> Seen[Stream]:
        return observed(self._held, want, lambda contents: contents.streams.get(want.name), wire.stream_seen)

    def change(self, change: Change[Stream], say: Say) -> None:
        self._held.forget()
        if change.action is Action.DELETE:
            self._api.delete_stream(change.resource.name)
        else:
            self._api.put_stream(wire.stream_config(change.resource))


class ConsumerDriver:
    """Durable consumers of those streams."""

    def __init__(self, held: Held, api: Api) -> None:
        self._held, self._api = held, api

    def observe(self, want: Consumer) -> Seen[Consumer]:
        place = (want.stream, want.name)
        return observed(self._held, want, lambda contents: contents.consumers.get(place), wire.consumer_seen)

    def change(self, change: Change[Consumer], say: Say) -> None:
        self._held.forget()
        want = change.resource
        if change.action is Action.DELETE:
            self._api.delete_consumer(want.stream, want.name)
        else:
            self._api.put_consumer(want.stream, wire.consumer_config(want))


class BucketDriver:
    """Key-value buckets."""

    def __init__(self, held: Held, api: Api) -> None:
        self._held, self._api = held, api

    def observe(self, want: Bucket) -> Seen[Bucket]:
        stream = wire.BUCKET_PREFIX + want.name
        return observed(self._held, want, lambda contents: contents.streams.get(stream), wire.bucket_seen)

    def change(self, change: Change[Bucket], say: Say) -> None:
        self._held.forget()
        if change.action is Action.DELETE:
            self._api.delete_stream(wire.BUCKET_PREFIX + change.resource.name)
        else:
            self._api.put_stream(wire.bucket_config(change.resource))
