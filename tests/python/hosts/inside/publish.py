"""Runs inside a host: publishes numbered events, each until it is acknowledged, and keeps a list of those that were.

`publish.py ACKED FIRST COUNT`: appends every acknowledged number to the file ACKED, whatever happens to the server
meanwhile. A number that was tried but not acknowledged is not in the file.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import nats
from nats.errors import Error
from nats.js import JetStreamContext

SUBJECT = "events.proof"


async def publish(stream: JetStreamContext, number: int) -> None:
    """Try until acknowledged; the server stores what it sees twice once (`Nats-Msg-Id`)."""
    while True:
        try:
            await stream.publish(SUBJECT, str(number).encode(), timeout=2, headers={"Nats-Msg-Id": f"proof-{number}"})
        except (TimeoutError, Error, OSError):
            await asyncio.sleep(0.1)
        else:
            return


async def main(acked: Path, first: int, count: int) -> None:
    """Publish that many from `first` on, one after the other."""
    client = await nats.connect("nats://127.0.0.1:4222", max_reconnect_attempts=-1, reconnect_time_wait=0.1)
    with acked.open("a") as written:
        for number in range(first, first + count):
            await publish(client.jetstream(), number)
            written.write(f"{number}\n")
            written.flush()
    await client.close()


asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
