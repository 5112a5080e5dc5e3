"""How the memory of a NATS server is divided, so that what is planned for fits below `nats.memory`.

With the defaults (500 MB):

    hard        500 MB    the service manager kills above it (MemoryMax and its like)
    soft        400 MiB   84 % of hard: GOMEMLIMIT, from where on Go collects garbage without pause. The rest is
                          what Go doesn't count or gives back late: the program's text, stacks, fragmentation
      base       32 MiB   the idle server (20 MB measured), connections, timers
      jetstream  64 MiB   jetstream.max_memory: all memory streams
      pending   160 MiB   10 stalled subscribers × twice max_pending, for Go's buffers grow by doubling
                          (measured: 10 to 14 MB each at a max_pending of 8 MiB)
      rest      144 MiB   what is left of soft: caches of file streams, subjects, subscriptions
                          (measured: 500k subjects of a stream take 143 MB, 500k subscriptions of
                          500 connections 379 MB)

That carries 10 stalled subscribers and about 200k subscriptions, or 500k subjects. NATS bounds subscriptions and what
is pending by connection, not in all: a thousand connections that each take all they may go beyond it, and the service
manager ends the server then. `limits.max_subscriptions` is low so that it takes hundreds of them, never one.

Measured on Linux x86_64 with nats-server 2.15.1: docs/benchmarks.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msgstack.errors import UsageError
from msgstack.nats.spec import Nats
from msgstack.spec.units import Size

MIB: Final = 2**20
SOFT_PERCENT: Final = 84
BASE: Final = 32 * MIB
STALLED: Final = 10  # stalled subscribers that the server must outlive
GROWTH: Final = 2
SUBSCRIPTION: Final = 758  # bytes of one, its share of the connection included: (399 MB - 20 MB idle) / 500k


@dataclass(frozen=True, kw_only=True)
class MemorySplit:
    """Parts of one server's memory, in bytes; `base + jetstream + pending + rest == soft`."""

    hard: Size
    soft: Size
    base: Size
    jetstream: Size
    pending: Size
    rest: Size


def split(nats: Nats) -> MemorySplit:
    """Divide `nats.memory`. Raises UsageError when the parts are more than the whole."""
    soft = nats.memory * SOFT_PERCENT // 100 // MIB * MIB
    pending = STALLED * GROWTH * nats.limits.max_pending
    rest = soft - BASE - nats.jetstream.max_memory - pending
    if rest < 0:
        raise _too_little(nats, soft, pending)
    return MemorySplit(
        hard=Size(nats.memory),
        soft=Size(soft),
        base=Size(BASE),
        jetstream=Size(nats.jetstream.max_memory),
        pending=Size(pending),
        rest=Size(rest),
    )


def subscriptions(parts: MemorySplit) -> int:
    """How many subscriptions, of all connections together, `rest` carries when nothing else uses it; in thousands."""
    return parts.rest // SUBSCRIPTION // 1000 * 1000


def _too_little(nats: Nats, soft: int, pending: int) -> UsageError:
    needed = BASE + nats.jetstream.max_memory + pending
    return UsageError(
        f"nats.memory = {Size(nats.memory)} is too little for what it must hold",
        f"{SOFT_PERCENT} % of it ({Size(soft)}) is for the server's heap, and {Size(needed)} are spoken for: "
        f"{Size(BASE)} idle, {Size(nats.jetstream.max_memory)} jetstream.max_memory, "
        f"{Size(pending)} for {STALLED} stalled subscribers at {GROWTH} × limits.max_pending",
        f"set nats.memory to at least {_least(needed)}, or lower nats.jetstream.max_memory or nats.limits.max_pending",
    )


def _least(needed: int) -> Size:
    """The least whole number of MB whose soft part holds `needed`."""
    megabytes = needed // (SOFT_PERCENT * 10_000)
    while megabytes * 10**6 * SOFT_PERCENT // 100 // MIB * MIB < needed:
        megabytes += 1
    return Size(megabytes * 10**6)
