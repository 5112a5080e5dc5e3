"""A client of a real NATS server for tests: nats-py behind plain functions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any
from typing import TypeVar

from nats.aio.client import Client

from msgstack.nats import names
from msgstack.nats.live.password import read_password
from servers.nats import Place

T = TypeVar("T")


def as_app(place: Place, do: Callable[[Client], Awaitable[T]], password: str | None = None) -> T:
    """Do something as the application's user; with its own password unless another is given."""
    known = read_password(place.layout.secrets / "app.conf") if password is None else password
    return asyncio.run(_connected(place, do, user=names.APP_USER, password=known))


def as_nobody(place: Place, do: Callable[[Client], Awaitable[T]]) -> T:
    """Do something without saying who asks."""
    return asyncio.run(_connected(place, do))


async def _connected(place: Place, do: Callable[[Client], Awaitable[T]], **who: Any) -> T:
    client = Client()
    url = names.client_url(place.nats.host, place.nats.port)
    await client.connect(url, allow_reconnect=False, connect_timeout=5, error_cb=_silent, **who)
    try:
        return await do(client)
    finally:
        await client.close()


async def _silent(_error: Exception) -> None:
    """Errors are raised where they are awaited."""


def api(place: Place, subject: str, body: dict[str, Any]) -> dict[str, Any]:
    """One request to JetStream's API, as JSON."""

    async def do(client: Client) -> dict[str, Any]:
        answer = await client.request(f"$JS.API.{subject}", json.dumps(body).encode(), timeout=5)
        decoded: dict[str, Any] = json.loads(answer.data)
        return decoded

    return as_app(place, do)


def publish(place: Place, subject: str, count: int) -> None:
    """Publish `count` messages to a stream, each acknowledged before the next."""

    async def do(client: Client) -> None:
        stream = client.jetstream()
        for number in range(count):
            await stream.publish(subject, str(number).encode())

    as_app(place, do)


def messages(place: Place, stream: str) -> int:
    """How many messages a stream holds."""
    return int(api(place, f"STREAM.INFO.{stream}", {})["state"]["messages"])
