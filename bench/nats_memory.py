"""Resident memory of a NATS server as it is rendered, beside one with the server's own limits.

    PYTHONPATH=src/python:tests/python:. python bench/nats_memory.py [--rounds N] [--subjects N]

Idle, with many subjects in a stream, with many subscriptions, and with 10 subscribers that don't read. Both
configurations take turns, each load on a server of its own. What is rendered must stay below nats.memory (500 MB).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import socket
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.nats_common import Load
from bench.nats_common import machine
from bench.nats_common import memory
from bench.nats_common import run
from bench.nats_common import server
from bench.nats_common import stack
from bench.nats_common import table
from nats.aio.client import Client

from msgstack.nats import names
from msgstack.nats.spec import JetStream
from msgstack.nats.spec import Limits
from msgstack.spec.units import Duration
from servers import nats

LIMIT = 500.0  # MB
STALLED = 10
WINDOW = 2000  # publishes in flight
FLOOD = 1_000_000_000  # bytes published to those who don't read
SUBSCRIPTIONS_EACH = Limits().max_subscriptions
FAST = JetStream(max_loss=Duration.parse("1s"))  # memory is the same, and the load is there sooner


async def idle(place: nats.Place, client: Client) -> float:
    await asyncio.sleep(1)
    return memory(place)[1]


def subjects(count: int) -> Load:
    async def load(place: nats.Place, client: Client) -> float:
        stream = client.jetstream(publish_async_max_pending=WINDOW)
        for number in range(count):
            await stream.publish_async(f"bench.{number}", b"x" * 64)
        await stream.publish_async_completed()
        return memory(place)[1]

    return load


def subscriptions(count: int) -> Load:
    async def load(place: nats.Place, client: Client) -> float:
        with contextlib.ExitStack() as stack:
            for number in range(count // SUBSCRIPTIONS_EACH):
                one = stack.enter_context(connected(place))
                lines = (f"SUB s.{number}.{n} {n}\r\n" for n in range(SUBSCRIPTIONS_EACH))
                await asyncio.to_thread(one.sendall, "".join(lines).encode())
                await asyncio.to_thread(ping, one)
            return memory(place)[1]

    return load


async def stalled(place: nats.Place, client: Client) -> float:
    with contextlib.ExitStack() as stack:
        for _ in range(STALLED):
            stack.enter_context(connected(place)).sendall(b"SUB flood 1\r\n")
        await asyncio.sleep(0.2)
        payload = b"x" * 8192
        for _ in range(FLOOD // len(payload) // STALLED):
            await client.publish("flood", payload)
        await client.flush()
        return memory(place)[1]


def connected(place: nats.Place) -> socket.socket:
    """A client that reads only when it is told to, with a receive buffer as small as the system lets it be."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.connect((names.LOOPBACK, place.nats.port))
    one.sendall(b'CONNECT {"verbose":false,"pedantic":false}\r\n')
    return one


def ping(one: socket.socket) -> None:
    one.sendall(b"PING\r\n")
    while b"PONG" not in one.recv(65536):
        pass


def stock(text: str) -> str:
    """The same with the server's own limit for what is pending, and no limit for Go's heap."""
    return re.sub(r"^(GOMEMLIMIT=.*|export GOMEMLIMIT|max_pending:.*)$", "", text, flags=re.MULTILINE)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--subjects", type=int, default=500_000)
    options = parser.parse_args()
    count = f"{options.subjects // 1000}k"
    loads = {
        "idle": idle,
        f"{count} subjects in a stream": subjects(options.subjects),
        f"{count} subscriptions": subscriptions(options.subjects),
        f"{STALLED} stalled subscribers": stalled,
    }
    print(f"{machine()}\n")
    with tempfile.TemporaryDirectory(prefix="msgstack-bench-") as folder:
        tree = nats.install(Path(folder), nats.NEWEST)
        rows = [measured(tree, name, load, options.rounds) for name, load in loads.items()]
    print(table(("peak resident memory, MB", "rendered", "server's own limits", "ratio"), [row for row, _ in rows]))
    return 0 if all(peak < LIMIT for _, peak in rows) else 1


def measured(tree: Path, name: str, load: Load, rounds: int) -> tuple[tuple[str, ...], float]:
    """A row: medians of both configurations, in turn; and the worst of what is rendered."""
    edits: tuple[Callable[[str], str], ...] = (str, stock)
    peaks: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for edit, found in zip(edits, peaks, strict=True):
            with server(tree, stack(jetstream=FAST), edit) as place:
                found.append(run(place, load))
    ours, others = (statistics.median(found) for found in peaks)
    return (name, f"{ours:.0f}", f"{others:.0f}", f"{ours / others:.2f}"), max(peaks[0])


if __name__ == "__main__":
    sys.exit(main())
