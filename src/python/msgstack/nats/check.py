"""Combinations of `[nats]` keys that can't work, refused before the server would refuse them, or worse, accept them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from collections.abc import Mapping
from itertools import combinations

from msgstack.errors import UsageError
from msgstack.nats.check_streams import stream_problems
from msgstack.nats.memory import split
from msgstack.nats.spec import Authentication
from msgstack.nats.spec import Bucket
from msgstack.nats.spec import Nats
from msgstack.nats.spec import Storage
from msgstack.nats.spec import Stream
from msgstack.spec.problem import Problem
from msgstack.spec.units import Size

SPARE_FILES = 64  # descriptors beside clients and streams: log, listeners, the store's own
FILES_PER_STREAM = 2
OUTPUT_MAX = 4 * 2**20  # what the server prints before its own log works, and its helpers: a log of the service's
RESERVED_NAMES = ("KV_", "OBJ_")  # streams of buckets and object stores


def nats_problems(nats: Nats) -> Iterator[Problem]:
    """All of them; none for a stack without NATS."""
    if nats.enabled:
        yield from _listeners(nats)
        yield from _limits(nats)
        yield from _store(nats)
        yield from _memory(nats)
        yield from _names(nats)
        yield from stream_problems(nats.streams)


def disk_at_most(nats: Nats) -> Size:
    """Bytes that NATS can take on disk: the store, its log and its service's."""
    logs = nats.log.part * nats.log.parts + OUTPUT_MAX
    return Size(nats.jetstream.max_file + logs) if nats.enabled else Size(0)


def memory_at_most(nats: Nats) -> Size:
    """Bytes of memory that the service manager lets NATS have."""
    return nats.memory if nats.enabled else Size(0)


def _listeners(nats: Nats) -> Iterator[Problem]:
    if nats.port == nats.monitor_port:
        text = f"{nats.monitor_port} is nats.port too: two listeners can't share a port"
        yield Problem(("nats", "monitor_port"), text)
    try:
        loopback = nats.host == "localhost" or ipaddress.ip_address(nats.host).is_loopback
    except ValueError:
        yield Problem(
            ("nats", "host"), f'"{nats.host}" is not an IP address: write e.g. "127.0.0.1", or "0.0.0.0" for all'
        )
        return
    if not loopback and nats.authentication is Authentication.NONE:
        text = f'"{nats.host}" can be reached from other hosts: that takes nats.authentication = "password"'
        yield Problem(("nats", "host"), text)


def _limits(nats: Nats) -> Iterator[Problem]:
    limits = nats.limits
    if limits.max_payload > limits.max_pending:
        text = f'"{limits.max_payload}" is above nats.limits.max_pending ("{limits.max_pending}")'
        yield Problem(("nats", "limits", "max_payload"), f"{text}: such a message could not be delivered")
    files = limits.max_connections + FILES_PER_STREAM * (len(nats.streams) + len(nats.buckets)) + SPARE_FILES
    if files > nats.open_files:
        text = f"{nats.open_files} is too little: nats.limits.max_connections and the streams take up to {files}"
        yield Problem(("nats", "open_files"), text)


def _store(nats: Nats) -> Iterator[Problem]:
    for storage, key in ((Storage.FILE, "max_file"), (Storage.MEMORY, "max_memory")):
        parts = _stored(nats, storage)
        room, total = getattr(nats.jetstream, key), Size(sum(parts.values()))
        if total > room:
            each = ", ".join(f"{name} {size}" for name, size in parts.items())
            text = f'"{room}" is too little: the max_bytes of all {storage} streams and buckets'
            yield Problem(("nats", "jetstream", key), f"{text} are {total} together ({each})")


def _stored(nats: Nats, storage: Storage) -> dict[str, Size]:
    both: Mapping[str, Stream | Bucket] = {**nats.streams, **{f"bucket {n}": b for n, b in nats.buckets.items()}}
    return {name: item.max_bytes for name, item in both.items() if item.storage is storage}


def _memory(nats: Nats) -> Iterator[Problem]:
    try:
        split(nats)
    except UsageError as error:
        yield Problem(("nats", "memory"), f"{error.what}: {error.why}; {error.fix}")


def _names(nats: Nats) -> Iterator[Problem]:
    for name in nats.streams:
        if name.startswith(RESERVED_NAMES):
            text = f"names that start with {' or '.join(RESERVED_NAMES)} belong to buckets: give the stream another"
            yield Problem(("nats", "streams", name), text)
    for table, names in (("streams", nats.streams), ("buckets", nats.buckets)):
        for one, other in combinations(names, 2):
            if one.lower() == other.lower():
                text = f"differs from {one} in case alone: the two would share one folder on macOS"
                yield Problem(("nats", table, other), text)
