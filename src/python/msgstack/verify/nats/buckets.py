"""Key-value with real traffic, in a bucket of this run alone that is deleted at the end."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from typing import TYPE_CHECKING
from typing import Any

from msgstack.verify.model import Check
from msgstack.verify.model import Evidence
from msgstack.verify.model import Wrong
from msgstack.verify.nats.jetstream import BYTES
from msgstack.verify.nats.jetstream import FETCH_SECONDS
from msgstack.verify.nats.jetstream import NEEDS
from msgstack.verify.nats.jetstream import made
from msgstack.verify.nats.jetstream import read_all
from msgstack.verify.nats.target import NatsTarget

if TYPE_CHECKING:
    from nats.js import JetStreamContext


async def key_value(target: NatsTarget) -> Evidence:
    """Put, get, history, a refused stale update, watch and delete."""
    from nats.js.api import StorageType
    from nats.js.errors import APIError

    bucket = target.name("kv")
    async with target.connect() as client:
        js = client.jetstream(timeout=FETCH_SECONDS)
        making = js.create_key_value(bucket=bucket, history=3, max_bytes=BYTES, storage=StorageType.MEMORY)
        try:
            async with made(making, js.delete_key_value, bucket) as kv:
                return await use(kv, lambda: revisions(js, bucket))
        except APIError as refused:
            raise Wrong(f"key-value: the server answers {refused.description}") from refused


async def revisions(js: JetStreamContext, bucket: str) -> list[str]:
    """The values kept of the key, oldest first, from the stream behind the bucket: nats-py's own `history` takes
    values that are on their way for none at all (KeyValue.watch of 2.16)."""
    from nats.js.api import ConsumerConfig

    return await read_all(js, f"$KV.{bucket}.k", "revisions", ConsumerConfig(), 2)


async def use(kv: Any, history_of: Callable[[], Awaitable[list[str]]]) -> Evidence:
    from nats.js.errors import KeyNotFoundError
    from nats.js.errors import KeyWrongLastSequenceError

    watcher = await kv.watch("k")
    await watcher.updates(timeout=FETCH_SECONDS)  # the marker that all that was there has come
    first = await kv.put("k", b"1")
    second = await kv.update("k", b"2", last=first)
    stale = await fails(kv.update("k", b"3", last=first), KeyWrongLastSequenceError)
    watched = [(await watcher.updates(timeout=FETCH_SECONDS)).value.decode() for _ in range(2)]
    history = await history_of()
    value = (await kv.get("k")).value.decode()
    await kv.delete("k")
    gone = await fails(kv.get("k"), KeyNotFoundError)
    evidence: Evidence = {
        "value": value, "history": list(history), "watched": list(watched),
        "stale_update_refused": stale, "deleted": gone,
    }  # fmt: skip
    wanted = {"value": "2", "history": ["1", "2"], "watched": ["1", "2"], "stale_update_refused": True, "deleted": True}
    differ = [name for name in wanted if evidence[name] != wanted[name]]
    if differ or second <= first:
        raise Wrong(f"key-value: {', '.join(differ) or 'revisions'} not as expected", evidence)
    return evidence


async def fails(call: Any, error: type[Exception]) -> bool:
    try:
        await call
    except error:
        return True
    return False


CHECKS = (Check(id="nats.kv", title="key-value: put, update, history, watch, delete", ask=key_value, needs=NEEDS),)
