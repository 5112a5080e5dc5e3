"""What the stack file declares is what the server holds, field by field; and nothing undoes the durability level."""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Any

from msgstack.nats import wire
from msgstack.nats.kinds import DEFAULT_PERSISTENCE
from msgstack.nats.kinds import Bucket
from msgstack.nats.kinds import Consumer
from msgstack.nats.kinds import Live
from msgstack.nats.kinds import Stream
from msgstack.nats.objects import objects
from msgstack.verify.model import Check
from msgstack.verify.model import Evidence
from msgstack.verify.model import NotAsked
from msgstack.verify.model import Wrong
from msgstack.verify.nats.target import TEMPORARY
from msgstack.verify.nats.target import NatsTarget

if TYPE_CHECKING:
    from nats.aio.client import Client

SECONDS = 3.0


async def api(client: Client, subject: str, body: bytes = b"") -> dict[str, Any]:
    """Ask the JetStream API; an error it answers is part of what is returned."""
    answer = await client.request(f"$JS.API.{subject}", body, timeout=SECONDS)
    page: dict[str, Any] = json.loads(answer.data)
    return page


async def compare(
    target: NatsTarget, kind: type[Live], ask: Callable[[Any], str], seen: Callable[[Any, Any], Live]
) -> Evidence:
    """Each declared object of `kind` against what the server tells of it."""
    wanted = [one for one in objects(target.spec, ()) if isinstance(one, kind)]
    if not wanted:
        raise NotAsked(f"the stack declares no {kind.kind}")
    async with target.connect() as client:
        pages = [(want, await api(client, ask(want))) for want in wanted]
    faults = [f"{label(want)} {fault}" for want, page in pages for fault in differences(want, page, seen)]
    evidence: Evidence = {label(want): state(page) for want, page in pages}
    if faults:
        raise Wrong("; ".join(faults), evidence)
    return evidence


def differences(want: Live, page: dict[str, Any], seen: Callable[[Any, Any], Live]) -> Sequence[str]:
    """In the words of a plan; a missing object is one difference."""
    if "config" not in page:
        return [f"is not there: {page.get('error', {}).get('description', 'no such object')}"]
    return want.differences(seen(want, page["config"]))


def label(want: Live) -> str:
    return want.key.split("/", 2)[2]


def state(page: dict[str, Any]) -> Any:
    """What a person wants to know of it: how much it holds, how much waits."""
    if "state" in page:
        return {"messages": page["state"]["messages"], "bytes": page["state"]["bytes"]}
    return {"pending": page.get("num_pending"), "unacknowledged": page.get("num_ack_pending")}


async def streams(target: NatsTarget) -> Evidence:
    """Streams as declared."""
    return await compare(target, Stream, lambda s: f"STREAM.INFO.{s.name}", wire.stream_seen)


async def consumers(target: NatsTarget) -> Evidence:
    """Consumers as declared."""
    return await compare(target, Consumer, lambda c: f"CONSUMER.INFO.{c.stream}.{c.name}", wire.consumer_seen)


async def buckets(target: NatsTarget) -> Evidence:
    """Key-value buckets as declared."""
    return await compare(target, Bucket, lambda b: f"STREAM.INFO.{wire.BUCKET_PREFIX}{b.name}", wire.bucket_seen)


async def persistence(target: NatsTarget) -> Evidence:
    """No file stream acknowledges before it has written: `persist_mode: async` silently undoes `max_loss`."""
    async with target.connect() as client:
        found = [stream["config"] for stream in await all_streams(client)]
    ours = [config for config in found if not config["name"].startswith(TEMPORARY)]
    loose = [
        config["name"] for config in ours if config.get("persist_mode", DEFAULT_PERSISTENCE) != DEFAULT_PERSISTENCE
    ]
    evidence: Evidence = {"streams": len(ours), "async": list(loose)}
    if loose:
        raise Wrong(f"{', '.join(loose)} acknowledges before it has written (persist_mode async)", evidence)
    return evidence


async def all_streams(client: Client) -> list[dict[str, Any]]:
    """Every stream of the application account, declared or not."""
    found: list[dict[str, Any]] = []
    while True:
        page = await api(client, "STREAM.LIST", json.dumps({"offset": len(found)}).encode())
        found += page.get("streams") or []
        if len(found) >= page.get("total", 0) or not page.get("streams"):
            return found


NEEDS = ("nats.health", "nats.accounts")
CHECKS = (
    Check(id="nats.streams", title="streams as declared", ask=streams, needs=NEEDS),
    Check(id="nats.consumers", title="consumers as declared", ask=consumers, needs=NEEDS),
    Check(id="nats.buckets", title="key-value buckets as declared", ask=buckets, needs=NEEDS),
    Check(id="nats.persistence", title="no stream acknowledges before it has written", ask=persistence, needs=NEEDS),
)
