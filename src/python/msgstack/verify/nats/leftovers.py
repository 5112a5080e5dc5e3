"""What a killed run left in the server: streams of its name that are older than any run lasts."""

from __future__ import annotations

from datetime import UTC
from datetime import datetime
from datetime import timedelta
from typing import Any

from msgstack.nats.wire import BUCKET_PREFIX
from msgstack.verify.model import Wrong
from msgstack.verify.nats.declared import all_streams
from msgstack.verify.nats.declared import api
from msgstack.verify.nats.target import TEMPORARY
from msgstack.verify.nats.target import NatsTarget

LONGEST_RUN = timedelta(minutes=15)


async def sweep(target: NatsTarget, now: datetime | None = None) -> tuple[str, ...]:
    """Delete them; the names of those that went. A server that can't be reached has nothing to sweep: the checks
    will say what is wrong with it."""
    from nats.errors import Error

    try:
        async with target.connect() as client:
            old = [name(stream) for stream in await all_streams(client) if is_left(stream, now or datetime.now(UTC))]
            for one in old:
                await api(client, f"STREAM.DELETE.{one}")
            return tuple(old)
    except (Error, OSError, Wrong):
        return ()


def is_left(stream: dict[str, Any], now: datetime) -> bool:
    ours = name(stream).removeprefix(BUCKET_PREFIX).startswith(TEMPORARY)
    return ours and now - created(stream["created"]) > LONGEST_RUN


def name(stream: dict[str, Any]) -> str:
    return str(stream["config"]["name"])


def created(text: str) -> datetime:
    """NATS writes nanoseconds, which datetime doesn't read: `2026-11-23T14:39:17.161228515Z`."""
    return datetime.fromisoformat(text[:19] + "+00:00")
