"""Acknowledged publishes a second by durability level: what a smaller loss at a power cut costs.

    PYTHONPATH=src/python:tests/python:. python bench/nats_publish.py [--rounds N] [--seconds S]

One client of nats-py, messages of 128 bytes to one file stream: one at a time, and with 500 in flight. The levels take
turns. Figures with many in flight are bound by the client.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench.nats_common import Load
from bench.nats_common import machine
from bench.nats_common import run
from bench.nats_common import server
from bench.nats_common import stack
from bench.nats_common import table
from nats.aio.client import Client

from msgstack.nats.spec import JetStream
from msgstack.spec.units import Duration
from servers import nats

LEVELS = ("0s", "100ms", "1s", "2m")
IN_FLIGHT = 500
PAYLOAD = b"x" * 128


def one_at_a_time(seconds: float) -> Load:
    async def load(place: nats.Place, client: Client) -> float:
        stream, sent, begin = client.jetstream(), 0, time.perf_counter()
        while time.perf_counter() - begin < seconds:
            await stream.publish("bench.a", PAYLOAD)
            sent += 1
        return sent / (time.perf_counter() - begin)

    return load


def in_flight(seconds: float) -> Load:
    async def load(place: nats.Place, client: Client) -> float:
        stream, sent, begin = client.jetstream(publish_async_max_pending=IN_FLIGHT), 0, time.perf_counter()
        while time.perf_counter() - begin < seconds:
            await stream.publish_async("bench.a", PAYLOAD)
            sent += 1
        await stream.publish_async_completed()
        return sent / (time.perf_counter() - begin)

    return load


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    print(f"{machine()}\n")
    loads = (one_at_a_time(options.seconds), in_flight(options.seconds))
    rates: dict[str, tuple[list[float], ...]] = {level: ([], []) for level in LEVELS}
    with tempfile.TemporaryDirectory(prefix="msgstack-bench-") as folder:
        tree = nats.install(Path(folder), nats.NEWEST)
        for _ in range(options.rounds):
            for level, found in rates.items():
                for load, each in zip(loads, found, strict=True):
                    with server(tree, stack(jetstream=JetStream(max_loss=Duration.parse(level)))) as place:
                        each.append(run(place, load))
    print(
        table(
            ("power loss costs at most", "one at a time, msg/s", "ratio", f"{IN_FLIGHT} in flight, msg/s", "ratio"),
            rows(rates),
        )
    )
    return 0


def rows(rates: Mapping[str, tuple[list[float], ...]]) -> list[tuple[str, ...]]:
    """Medians, and their ratio to the strictest level."""
    medians = {level: [statistics.median(each) for each in found] for level, found in rates.items()}
    first = medians[LEVELS[0]]
    return [
        (level, *(text for n in (0, 1) for text in (f"{one[n]:,.0f}", f"{one[n] / first[n]:.1f}×")))
        for level, one in medians.items()
    ]


if __name__ == "__main__":
    sys.exit(main())
