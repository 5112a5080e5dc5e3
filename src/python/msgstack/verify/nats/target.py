"""The NATS server that is asked: what was declared of it, and how to reach it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

from msgstack.nats import names
from msgstack.nats.spec import Authentication
from msgstack.nats.spec import Nats
from msgstack.resource.layout import Layout
from msgstack.verify.model import Wrong

if TYPE_CHECKING:
    from nats.aio.client import Client

CONNECT_SECONDS = 2.0
HTTP_SECONDS = 3.0
TEMPORARY = "_verify_"  # the beginning of every name that a check makes in the server


@dataclass(frozen=True)
class NatsTarget:
    """One server. `version` is what the receipt says was installed; `run` is unique to this run."""

    spec: Nats
    layout: Layout
    version: str
    system: str  # "linux" or "macos"
    run: str
    contexts: Path  # the folder of the nats command line's contexts

    def name(self, what: str) -> str:
        """A name for something temporary in the server, of this run alone."""
        return f"{TEMPORARY}{self.run}_{what}"

    @cached_property
    def config(self) -> Path:
        return self.layout.current / names.CONFIGURATION

    @property
    def url(self) -> str:
        return names.client_url(self.spec.host, self.spec.port)

    async def monitor(self, path: str) -> dict[str, Any]:
        """GET a monitoring page as JSON. Raises `Wrong` when it can't be had or is no 200."""
        status, body = await asyncio.to_thread(get, names.monitor_url(self.spec.monitor_port, path))
        if status != 200:
            raise Wrong(f"{path} answers {status}", {"status": status, "body": body[:500]})
        page: dict[str, Any] = json.loads(body)
        return page

    @asynccontextmanager
    async def connect(self, user: str | None = None, password: str | None = None) -> AsyncIterator[Client]:
        """A connection that is closed at the end. As whom: `user`, else the application as a client would."""
        import nats

        if user is None and self.spec.authentication is Authentication.PASSWORD:
            user, password = names.APP_USER, self.password(names.APP_USER)
        client = await nats.connect(
            self.url, user=user, password=password, name="msgstack verify",
            connect_timeout=CONNECT_SECONDS, allow_reconnect=False, error_cb=ignore,
        )  # fmt: skip
        try:
            yield client
        finally:
            await client.close()

    def password(self, user: str) -> str:
        """The password of `app` or `sys`, from its file (0600); never shown."""
        match = re.search(r'"([^"]+)"', (self.layout.secrets / f"{user}.conf").read_text())
        if not match:
            raise Wrong(f"there is no password in the secret file of {user}")
        return match[1]


async def ignore(_: Exception) -> None:
    """nats-py logs every connection error with a trace by itself; the call that failed tells us enough."""


def get(url: str) -> tuple[int, str]:
    """Status and body; status 0 and the reason when there is no answer."""
    from urllib.error import HTTPError
    from urllib.error import URLError
    from urllib.request import ProxyHandler
    from urllib.request import build_opener

    direct = build_opener(ProxyHandler({}))  # a proxy of the environment is not for loopback
    try:
        with direct.open(url, timeout=HTTP_SECONDS) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except (URLError, OSError) as error:
        raise Wrong(f"no answer at {url}: {getattr(error, 'reason', error)}") from error
