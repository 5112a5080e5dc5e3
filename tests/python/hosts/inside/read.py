"""Runs inside a host: prints, as a JSON list, the number of every event in the stream, in the stream's order."""

from __future__ import annotations

import asyncio
import json
import sys

import nats
from nats.js.api import AckPolicy
from nats.js.api import ConsumerConfig

STREAM = "EVENTS"
SUBJECT = "events.proof"
READ_ONLY = ConsumerConfig(ack_policy=AckPolicy.NONE)


async def main() -> list[int]:
    """Read the whole stream by an ephemeral consumer, as far as it went when this began."""
    client = await nats.connect("nats://127.0.0.1:4222")
    events = await client.jetstream().pull_subscribe(SUBJECT, stream=STREAM, config=READ_ONLY)
    waiting = (await events.consumer_info()).num_pending or 0
    numbers: list[int] = []
    while len(numbers) < waiting:
        numbers += [int(message.data) for message in await events.fetch(min(500, waiting - len(numbers)), timeout=10)]
    await events.unsubscribe()
    await client.close()
    return numbers


sys.stdout.write(json.dumps(asyncio.run(main())))
