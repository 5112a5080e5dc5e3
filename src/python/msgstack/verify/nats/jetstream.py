"""JetStream with real traffic, in streams of this run alone that are deleted at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Coroutine
from contextlib import asynccontextmanager
from contextlib import suppress
from typing import TYPE_CHECKING
from typing import Any
from typing import TypeVar

from msgstack.verify.delivery import compare
from msgstack.verify.model import Check
from msgstack.verify.model import Evidence
from msgstack.verify.model import NotAsked
from msgstack.verify.model import Wrong
from msgstack.verify.nats.target import NatsTarget

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.js import JetStreamContext

MESSAGES = 50
FETCH_SECONDS = 2.0
ACK_WAIT_SECONDS = 0.3
BYTES = 2**20
NO_ROOM = (10023, 10028, 10047)  # insufficient resources, memory or storage exceeded: errors.json of nats-server


@asynccontextmanager
async def stream(target: NatsTarget, what: str, **options: Any) -> AsyncIterator[tuple[JetStreamContext, str]]:
    """A small stream and its one subject (the same name); memory unless told otherwise."""
    from nats.js.api import StorageType

    name = target.name(what)
    async with target.connect() as client:
        js = client.jetstream(timeout=FETCH_SECONDS)
        options = {"storage": StorageType.MEMORY} | options
        async with made(js.add_stream(name=name, subjects=[name], max_bytes=BYTES, **options), js.delete_stream, name):
            yield js, name


Made = TypeVar("Made")


@asynccontextmanager
async def made(
    making: Coroutine[Any, Any, Made], delete: Callable[[str], Awaitable[bool]], name: str
) -> AsyncIterator[Made]:
    """Something in the server, deleted at the end. A check that is cancelled while its request is on the way waits
    for the answer: a deletion sent at once could overtake it."""
    from nats.js.errors import NotFoundError

    request = asyncio.ensure_future(making)
    try:
        yield await with_room(asyncio.shield(request))
    finally:
        await asyncio.wait([request])
        with suppress(NotFoundError):
            await delete(name)


async def with_room(request: Awaitable[Made]) -> Made:
    """The answer; that all room is reserved by the stack's own streams says nothing about what is asked here."""
    from nats.js.errors import APIError

    try:
        return await request
    except APIError as error:
        if error.err_code in NO_ROOM:
            raise NotAsked(f"no room for a stream of {BYTES} bytes: {error.description}") from error
        raise


async def publish(js: JetStreamContext, subject: str, payloads: list[str]) -> list[str]:
    """Publish one after the other; those that were acknowledged."""
    acknowledged = []
    for payload in payloads:
        await js.publish(subject, payload.encode())
        acknowledged.append(payload)
    return acknowledged


async def fetch(
    subscription: JetStreamContext.PullSubscription, count: int, seconds: float = FETCH_SECONDS
) -> list[Msg]:
    """Up to `count` messages; fewer, or none, when no more come in time."""
    from nats.errors import TimeoutError as NoMore

    got: list[Msg] = []
    try:
        while len(got) < count:
            got += await subscription.fetch(count - len(got), timeout=seconds)
    except NoMore:
        pass
    return got


async def store(target: NatsTarget) -> Evidence:
    """A file stream acknowledges each message and holds exactly those."""
    from nats.js.api import StorageType

    sent = [str(n) for n in range(MESSAGES)]
    async with stream(target, "store", storage=StorageType.FILE) as (js, name):
        acknowledged = await publish(js, name, sent)
        read = [(await js.get_msg(name, seq)).data or b"" for seq in range(1, MESSAGES + 1)]
    return compare(sent, acknowledged, [data.decode() for data in read]).require()


async def dedupe(target: NatsTarget) -> Evidence:
    """The same Nats-Msg-Id twice is stored once, and the second answer says so."""
    async with stream(target, "dedupe", duplicate_window=60) as (js, name):
        first = await js.publish(name, b"once", headers={"Nats-Msg-Id": "1"})
        second = await js.publish(name, b"once", headers={"Nats-Msg-Id": "1"})
        stored = (await js.stream_info(name)).state.messages
    evidence: Evidence = {"stored": stored, "second_is_duplicate": bool(second.duplicate), "sequence": first.seq}
    if stored != 1 or not second.duplicate:
        raise Wrong(f"a duplicate was stored: {stored} messages", evidence)
    return evidence


async def ack(target: NatsTarget) -> Evidence:
    """Acknowledged messages are done with: none pending, none delivered again; a double ack is confirmed."""
    async with stream(target, "ack") as (js, name):
        await publish(js, name, ["a", "b", "c"])
        puller = await js.pull_subscribe(name, durable="ack", config=await wait_briefly())
        messages = await fetch(puller, 3)
        for message in messages[:-1]:
            await message.ack()
        confirmed = await acknowledged_twice(messages[-1]) if messages else False
        again = await fetch(puller, 1, 2 * ACK_WAIT_SECONDS)
        info = await puller.consumer_info()
    evidence: Evidence = {"fetched": len(messages), "ack_pending": info.num_ack_pending, "again": len(again)}
    evidence["double_ack"] = confirmed
    if len(messages) != 3 or info.num_ack_pending or again or not confirmed:
        raise Wrong("acknowledged messages are not done with", evidence)
    return evidence


async def acknowledged_twice(message: Msg) -> bool:
    """Whether the server confirms the acknowledgement."""
    from nats.errors import TimeoutError as Unconfirmed

    try:
        await message.ack_sync(timeout=1)
    except Unconfirmed:
        return False
    return True


async def redeliver(target: NatsTarget) -> Evidence:
    """A message comes again when it is refused (nak) and when it isn't acknowledged in time, and says how often."""
    async with stream(target, "redeliver") as (js, name):
        await publish(js, name, ["again"])
        puller = await js.pull_subscribe(name, durable="redeliver", config=await wait_briefly())
        times = [number async for number in deliveries(puller)]
    if times != [1, 2, 3]:
        raise Wrong(f"deliveries are counted {times}, not [1, 2, 3]", {"deliveries": list(times)})
    return {"deliveries": list(times)}


async def deliveries(puller: JetStreamContext.PullSubscription) -> AsyncIterator[int]:
    """The number that each delivery of one message says it is: refused, then left to time out, then acknowledged."""
    for _ in range(3):
        message = next(iter(await fetch(puller, 1)), None)
        if message is None:
            return
        number = message.metadata.num_delivered
        yield number
        if number == 1:
            await message.nak()
        elif number == 3:
            await message.ack()


async def replay(target: NatsTarget) -> Evidence:
    """What was stored can be read again from any sequence, in order."""
    from nats.js.api import ConsumerConfig
    from nats.js.api import DeliverPolicy

    sent, start = [str(n) for n in range(MESSAGES)], MESSAGES // 2
    async with stream(target, "replay") as (js, name):
        await publish(js, name, sent)
        late = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=start + 1)
        everything = await read_all(js, name, "all", ConsumerConfig(), MESSAGES)
        rest = await read_all(js, name, "late", late, MESSAGES - start)
    compare(sent, sent, everything).require()
    return {"from_start": len(everything), "from_the_middle": compare(sent[start:], sent[start:], rest).require()}


async def read_all(js: JetStreamContext, name: str, durable: str, config: Any, count: int) -> list[str]:
    messages = await fetch(await js.pull_subscribe(name, durable=durable, config=config), count)
    for message in messages:
        await message.ack()
    return [message.data.decode() for message in messages]


async def wait_briefly() -> Any:
    from nats.js.api import ConsumerConfig

    return ConsumerConfig(ack_wait=ACK_WAIT_SECONDS)


NEEDS = ("nats.health", "nats.accounts")
CHECKS = (
    Check(id="nats.jetstream.store", title="a file stream keeps what it acknowledged", ask=store, needs=NEEDS),
    Check(id="nats.jetstream.dedupe", title="a message id is stored once", ask=dedupe, needs=NEEDS),
    Check(id="nats.jetstream.ack", title="acknowledge, and acknowledge twice", ask=ack, needs=NEEDS),
    Check(id="nats.jetstream.redeliver", title="redelivered after nak and after ack_wait", ask=redeliver, needs=NEEDS),
    Check(id="nats.jetstream.replay", title="replay from the start and from a sequence", ask=replay, needs=NEEDS),
)
