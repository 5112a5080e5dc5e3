"""JetStream's own API, asked as the application's user: how streams, consumers and buckets are changed.

The client library is imported when something is changed, and only then. Requests are JetStream's documented JSON
rather than the library's own classes: an update keeps every field that the server has and that this version of the
library may not know.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Final
from typing import Self

from msgstack.errors import MsgstackError
from msgstack.nats import names
from msgstack.nats.live.password import read_password
from msgstack.nats.spec import Nats
from msgstack.resource.layout import Layout

TIMEOUT: Final = 10.0  # seconds for one request: a stream may have much to delete
NOT_FOUND: Final = (10059, 10014)  # err_code: stream, consumer
Request = Callable[[str, Mapping[str, Any]], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Api:
    """One server. A connection lives as long as one change."""

    url: str
    user: str
    password: Path  # the file that holds it

    @classmethod
    def of(cls, layout: Layout, nats: Nats) -> Self:
        url = names.client_url(nats.host, nats.port)
        return cls(url, names.APP_USER, layout.secrets / f"{names.APP_USER}.conf")

    def put_stream(self, config: Mapping[str, Any]) -> None:
        """Create the stream, or update what `config` says of it and leave the rest."""
        name = config["name"]

        async def put(request: Request) -> dict[str, Any]:
            there = await request(f"STREAM.INFO.{name}", {})
            if missing(there):
                return await request(f"STREAM.CREATE.{name}", config)
            return await request(f"STREAM.UPDATE.{name}", {**there.get("config", {}), **config})

        self._run(f"stream {name}", put)

    def delete_stream(self, name: str) -> None:
        """Delete the stream with all it holds; fine when it is not there."""

        async def delete(request: Request) -> dict[str, Any]:
            return await request(f"STREAM.DELETE.{name}", {})

        self._run(f"stream {name}", delete, gone=True)

    def put_consumer(self, stream: str, config: Mapping[str, Any]) -> None:
        """Create the consumer, or update what `config` says of it and leave the rest."""
        name = config["name"]

        async def put(request: Request) -> dict[str, Any]:
            there = await request(f"CONSUMER.INFO.{stream}.{name}", {})
            action, kept = ("create", {}) if missing(there) else ("update", there.get("config", {}))
            body = {"stream_name": stream, "config": {**kept, **config}, "action": action}
            return await request(f"CONSUMER.CREATE.{stream}.{name}", body)

        self._run(f"consumer {stream}/{name}", put)

    def delete_consumer(self, stream: str, name: str) -> None:
        """Delete the consumer; fine when it is not there."""

        async def delete(request: Request) -> dict[str, Any]:
            return await request(f"CONSUMER.DELETE.{stream}.{name}", {})

        self._run(f"consumer {stream}/{name}", delete, gone=True)

    def _run(self, what: str, ask: Callable[[Request], Awaitable[dict[str, Any]]], gone: bool = False) -> None:
        """Ask over a connection of its own; an answer that is an error is raised, unless it is `gone` that is meant."""
        import asyncio

        answer = asyncio.run(self._connected(ask))
        if "error" in answer and not (gone and missing(answer)):
            error = answer["error"]
            raise MsgstackError(
                f"the NATS server refused {what}",
                f"{error.get('description', 'no reason given')} (error {error.get('err_code', error.get('code'))})",
                "mend the stack file, or what the server holds, then apply again",
            )

    async def _connected(self, ask: Callable[[Request], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        from nats.aio.client import Client
        from nats.errors import Error

        client = Client()

        async def request(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
            answer = await client.request(f"$JS.API.{subject}", json.dumps(body).encode(), timeout=TIMEOUT)
            decoded: dict[str, Any] = json.loads(answer.data)
            return decoded

        try:
            await client.connect(
                self.url,
                user=self.user,
                password=read_password(self.password),
                allow_reconnect=False,
                connect_timeout=5,
                error_cb=silent,
            )
            return await ask(request)
        except (Error, OSError, TimeoutError) as error:
            raise self._unreachable(error) from error
        finally:
            await client.close()

    def _unreachable(self, error: BaseException) -> MsgstackError:
        return MsgstackError(
            f"the NATS server at {self.url} did not do as it was asked",
            f"{type(error).__name__}: {error}".rstrip(": "),
            "see its log (`nats-setup logs`), then apply again",
        )


def missing(answer: Mapping[str, Any]) -> bool:
    """Whether JetStream says that there is no such thing."""
    return answer.get("error", {}).get("err_code") in NOT_FOUND


async def silent(_error: Exception) -> None:
    """Errors of a connection are raised where they are awaited; the library would log them as well."""
