"""One real server, started aside on ports that it picks itself, and stopped whatever happens to this process."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any
from typing import Final
from typing import Self

from msgstack.errors import MsgstackError
from msgstack.host.wait import steps
from msgstack.nats.live.monitor import Monitor
from msgstack.nats.live.monitor import NoAnswer
from msgstack.resource.event import Say

SECONDS: Final = 30.0  # until it has to be healthy
STOP: Final = 2.0  # it holds nothing that is worth more
PAUSE: Final = 0.02
WATCHED: Final = 'exec 3<&0 </dev/null; ( cat <&3; kill "$$" ) >/dev/null 2>&1 & exec 3<&-; exec "$@"'
"""Becomes the server. Beside it something waits for the end of a pipe that this process holds open: if this process is
killed, the server is told to stop."""


class Aside:
    """A server on loopback with random ports, its log and scratch in `folder`."""

    def __init__(self, server: Path, configuration: Path, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self._environment.update(environment)
        self._command = (
            *(str(server), "-c", str(configuration), "-a", "127.0.0.1", "-p", "-1", "-m", "-1"),
            *("-l", str(folder / "log"), "--ports_file_dir", str(folder)),
        )

    def __enter__(self) -> Self:
        reader, self._held = os.pipe()
        try:
            with (self._folder / "output").open("wb") as output:
                self._process = subprocess.Popen(
                    ("/bin/sh", "-c", WATCHED, "trial", *self._command),
                    stdin=reader,
                    stdout=output,
                    stderr=output,
                    env=self._environment,
                    start_new_session=True,
                )
        finally:
            os.close(reader)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._held)  # the watcher now tells it to stop
        try:
            self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def wait(self, say: Say) -> dict[str, Any]:
        """Its own report (/varz) once it is healthy. Raises MsgstackError with its own words if it never is."""
        for _ in steps("waiting for the server that is tried aside", SECONDS, say, PAUSE):
            if self._process.poll() is not None:
                break
            with suppress(NoAnswer, LookupError):
                monitor = Monitor(self._port())
                if monitor.status("/healthz") == 200:
                    return monitor.ask("/varz")
        raise self._failure()

    def _port(self) -> int:
        """The monitoring port, from the file that the server writes. Raises LookupError until it has."""
        for path in self._folder.glob("*.ports"):
            match = re.search(r":(\d+)$", (json.loads(path.read_text() or "{}").get("monitoring") or [""])[0])
            if match:
                return int(match[1])
        raise LookupError

    def _failure(self) -> MsgstackError:
        ended = self._process.poll()
        how = f"it was not healthy within {SECONDS:.0f} s" if ended is None else f"it ended with exit code {ended}"
        return MsgstackError(
            "the server does not run with this configuration",
            "\n".join((how, *self._words())),
            "mend the stack file, then apply again; what ran before runs on",
        )

    def _words(self) -> list[str]:
        """What it said, errors alone if it said any."""
        files = [self._folder / name for name in ("output", "log")]
        lines = [line for file in files if file.exists() for line in file.read_text(errors="replace").splitlines()]
        errors = [line for line in lines if re.search(r"\[(ERR|FTL)\]|nats-server:", line)]
        return (errors or lines)[-8:]
