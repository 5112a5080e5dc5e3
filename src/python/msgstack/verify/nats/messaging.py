"""Core NATS with real traffic: wildcards, request and reply, queue groups."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgstack.verify.delivery import compare
from msgstack.verify.model import Check
from msgstack.verify.model import Evidence
from msgstack.verify.model import Wrong
from msgstack.verify.nats.target import NatsTarget

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription

QUIET_SECONDS = 0.15  # after this long without a message on loopback, none is coming
MEMBERS = 3
MESSAGES = 300
NOBODY = "no responders"


async def drain(subscription: Subscription) -> list[str]:
    """Every payload until it is quiet."""
    from nats.errors import TimeoutError as Quiet

    read: list[str] = []
    try:
        while True:
            read.append((await subscription.next_msg(timeout=QUIET_SECONDS)).data.decode())
    except Quiet:
        return read


async def pubsub(target: NatsTarget) -> Evidence:
    """Each subscription gets exactly the subjects that its wildcards match, in order."""
    base = target.name("pubsub")
    subjects = [f"{base}.a.b", f"{base}.a.c", f"{base}.x.b", f"{base}.a.b.c"]
    expected = {f"{base}.a.b": [0], f"{base}.*.b": [0, 2], f"{base}.a.>": [0, 1, 3], f"{base}.>": [0, 1, 2, 3]}
    async with target.connect() as client:
        subscriptions = {pattern: await client.subscribe(pattern) for pattern in expected}
        await client.flush()
        for subject in subjects:
            await client.publish(subject, subject.encode())
        await client.flush()
        got = {pattern: await drain(sub) for pattern, sub in subscriptions.items()}
    for pattern, places in expected.items():
        wanted = [subjects[n] for n in places]
        if got[pattern] != wanted:
            reason = f"{pattern[len(base) + 1 :]} got {len(got[pattern])} messages, not the {len(wanted)} that match"
            raise Wrong(reason, {"got": list(got[pattern])})
    return {"subscriptions": len(expected), "messages": sum(map(len, got.values()))}


async def request(target: NatsTarget) -> Evidence:
    """A request gets its reply; without anyone to reply the server says so at once."""
    subject = target.name("request")
    async with target.connect() as client:

        async def reply(message: Msg) -> None:
            await message.respond(b"re:" + message.data)

        await client.subscribe(subject, cb=reply)
        await client.flush()
        evidence: Evidence = {
            "reply": await answer(client, subject),
            "nobody": await answer(client, f"{subject}.nobody"),
        }
    wanted: Evidence = {"reply": "re:ping", "nobody": NOBODY}
    differ = [
        f"{name} is {evidence[name]!r}, not {wanted[name]!r}" for name in wanted if evidence[name] != wanted[name]
    ]
    if differ:
        raise Wrong("; ".join(differ), evidence)
    return evidence


async def answer(client: Client, subject: str) -> str:
    """What comes back, in a few words if nothing does."""
    from nats.errors import NoRespondersError
    from nats.errors import TimeoutError as Silence

    try:
        return (await client.request(subject, b"ping", timeout=1)).data.decode(errors="replace")[:80]
    except NoRespondersError:
        return NOBODY
    except Silence:
        return "silence"


async def queue(target: NatsTarget) -> Evidence:
    """Every message reaches exactly one member of a queue group."""
    subject, sent = target.name("queue"), [str(n) for n in range(MESSAGES)]
    async with target.connect() as client:
        members = [await client.subscribe(subject, queue="members") for _ in range(MEMBERS)]
        await client.flush()
        await publish_all(client, subject, sent)
        got = await asyncio.gather(*(drain(member) for member in members))
    evidence = compare(sent, sent, [payload for part in got for payload in part]).require(in_order=False)
    return evidence | {"members": [len(part) for part in got]}


async def publish_all(client: Client, subject: str, payloads: list[str]) -> None:
    for payload in payloads:
        await client.publish(subject, payload.encode())
    await client.flush()


CHECKS = (
    Check(id="nats.pubsub", title="publish and subscribe, with wildcards", ask=pubsub, needs=("nats.health",)),
    Check(id="nats.request", title="request and reply, and no responders", ask=request, needs=("nats.health",)),
    Check(id="nats.queue", title="a queue group gets every message once", ask=queue, needs=("nats.health",)),
)
