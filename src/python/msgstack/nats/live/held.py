"""What the application account of a running server holds: one question to the monitoring tells all of it.

The monitoring is asked rather than JetStream itself, for it takes no password, and nothing but the standard library:
looking at a whole stack costs a few milliseconds.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Final

from msgstack.nats import names
from msgstack.nats.live.monitor import Monitor
from msgstack.nats.live.monitor import NoAnswer
from msgstack.resource.layout import Layout
from msgstack.resource.model import Absent
from msgstack.resource.model import Unknown

QUESTION: Final = f"/jsz?acc={names.APP_ACCOUNT}&streams=true&consumers=true&config=true"
FRESH: Final = 0.5  # seconds for which an answer is used again: one plan asks about many resources
Config = Mapping[str, Any]


@dataclass(frozen=True)
class Contents:
    """Configurations as the server has them: of streams by name, of consumers by stream and name."""

    streams: Mapping[str, Config]
    consumers: Mapping[tuple[str, str], Config]


class Held:
    """The contents of the server of `layout`, which is monitored on `port`, or on the one that it runs with until a
    new one is applied."""

    def __init__(self, layout: Layout, port: int) -> None:
        self._port = port
        self._configuration = layout.current / names.CONFIGURATION
        self._store = layout.data / names.STORE
        self._last: Contents | None = None
        self._until = 0.0

    def look(self) -> Contents | Absent | Unknown:
        """The contents; Unknown while they can't be told, Absent when there never was a store."""
        if self._last is not None and time.monotonic() < self._until:
            return self._last
        self._last = None
        try:
            self._last = self._ask_either()
        except NoAnswer as error:
            return self._silent(str(error))
        self._until = time.monotonic() + FRESH
        return self._last

    def forget(self) -> None:
        """Something was changed: ask again."""
        self._last = None

    def _ask_either(self) -> Contents:
        """What the wanted port answers; if nothing does, the port of the current generation."""
        try:
            return self._ask(self._port)
        except NoAnswer:
            current = monitored_on(self._configuration)
            if current in (None, self._port):
                raise
            return self._ask(current)

    def _ask(self, port: int) -> Contents:
        answer = Monitor(port).ask(QUESTION)
        store = answer.get("config", {}).get("store_dir")
        if answer.get("disabled") or store is None:
            raise NoAnswer("the server that runs has no JetStream")
        if Path(store) != self._store:
            raise NoAnswer(f"another NATS server answers on port {port}: its store is {store}")
        return contents(answer)

    def _silent(self, reason: str) -> Absent | Unknown:
        return Unknown(f"{reason}; it is looked at again once the server runs") if exists(self._store) else Absent()


def contents(answer: Mapping[str, Any]) -> Contents:
    """The streams and consumers in an answer of /jsz."""
    accounts = answer.get("account_details") or ()
    details = [one for account in accounts for one in account.get("stream_detail") or ()]
    return Contents(
        {one["name"]: one["config"] for one in details},
        {(one["name"], c["name"]): c["config"] for one in details for c in one.get("consumer_detail") or ()},
    )


def monitored_on(configuration: Path) -> int | None:
    """The monitoring port in a configuration of ours; None if there is none to read."""
    try:
        match = re.search(r'^http: ".*:(\d+)"$', configuration.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return int(match[1]) if match else None


def exists(path: Path) -> bool:
    """Whether it is there; what may not be looked at is there."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except PermissionError:
        return True
    return True
