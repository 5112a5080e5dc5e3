"""The go command, run so that its output depends on nothing but the module, the target and the toolchain."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from typing import Final

from msgstack.errors import MsgstackError
from msgstack.errors import UnreachableError
from msgstack.errors import VerificationError
from msgstack.resource.event import Progress
from msgstack.resource.event import Say

SECONDS: Final = 3600
CONFIG: Final = {"linux": ".config", "darwin": "Library/Application Support"}
"""Where a home has the settings of programs. Source: Go's os.UserConfigDir."""
TICK: Final = 0.5  # seconds of silence after which a build says that it goes on: there it can be stopped
FLAGS: Final = ("-mod=readonly", "-trimpath", "-buildvcs=false", "-modcacherw")
FIXED: Final = {
    "CGO_ENABLED": "0",
    "GOAMD64": "v1",
    "GOARM64": "v8.0",
    "GOENV": "off",
    "GOEXPERIMENT": "",
    "GOFIPS140": "off",
    "GOFLAGS": "",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
    "LC_ALL": "C",
}
HOSTS: Final = ("GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE")
"""Where modules come from is the host's to say; go.sum says what they are."""
PASSED: Final = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC")
LIES: Final = (
    "checksum mismatch", "SECURITY ERROR", "missing go.sum entry", "invalid go.sum",
    "zip: not a valid", "zip: checksum", "zip: unsupported", "zip for ", "flate: corrupt",
)  # fmt: skip
TROUBLE: Final = (
    "dial tcp", "no such host", "timeout", "connection re", "proxyconnect", "TLS handshake", "x509:", "EOF",
    "module lookup disabled", "reading http", "unrecognized import path",
)  # fmt: skip
CANT: Final = "Go modules can't be had"
LOOK: Final = "check the network, GOPROXY or sources.mirrors"


@dataclass(frozen=True)
class GoTool:
    """The toolchain is in `root`; whatever it writes goes below `scratch`. `proxy` replaces the host's GOPROXY.

    go itself waits for ever for a proxy that falls silent: after `stall_seconds` without a byte it is stopped.
    """

    root: Path
    scratch: Path
    proxy: str | None = None
    stall_seconds: float = 30.0

    def build(
        self, module: Path, package: str, ldflags: str, target: Mapping[str, str], out: Path, what: str, say: Say
    ) -> None:
        """Compile `package` of `module` into the file `out`.

        Raises UnreachableError if modules can't be had, VerificationError if one is not what go.sum says.
        """
        environ = {**self._environ(), **target}
        packages = 0
        for line in self._unstalled(self._lines(["list", "-deps", *FLAGS, package], module, environ)):
            packages += bool(line)
            say(Progress(f"{what}, getting its modules", packages, None, "packages"))
        done, command = 0, ["build", "-v", *FLAGS, "-ldflags", ldflags, "-o", str(out), package]
        for line in self._lines(command, module, environ):
            done += bool(line)
            say(Progress(what, min(done, packages), packages, "packages"))

    def _environ(self) -> dict[str, str]:
        names = [name for key in PASSED for name in (key, key.lower()) if name in os.environ]
        environ = {name: os.environ[name] for name in names}
        folders = {"GOPATH": "path", "GOCACHE": "cache", "GOTMPDIR": "tmp", "HOME": "home"}
        for key, name in folders.items():
            (self.scratch / name).mkdir(exist_ok=True)
            environ[key] = str(self.scratch / name)
        self._no_telemetry()
        path = f"{self.root / 'bin'}:/usr/bin:/bin"
        return {**environ, **FIXED, **self._hosts(), "GOROOT": str(self.root), "PATH": path}

    def _no_telemetry(self) -> None:
        """go would count what it does below its home, from a process that outlives it."""
        folder = self.scratch / "home" / CONFIG[sys.platform] / "go" / "telemetry"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "mode").write_text("off", encoding="utf-8")

    def _hosts(self) -> dict[str, str]:
        """The host's own settings, be they in its environment or written by `go env -w`."""
        command = [str(self.root / "bin" / "go"), "env", "-json", *HOSTS]
        environ = {**os.environ, "GOTOOLCHAIN": "local", "GOROOT": str(self.root), "GOENV": _written()}
        environ["HOME"] = str(self.scratch / "home")
        environ.pop("XDG_CONFIG_HOME", None)
        result = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
        if result.returncode != 0:
            raise MsgstackError("the Go toolchain does not run", result.stderr.strip()[-200:])
        settings: dict[str, str] = json.loads(result.stdout)
        return {**settings, "GOPROXY": self.proxy or settings["GOPROXY"]}

    def _unstalled(self, lines: Iterator[str]) -> Iterator[str]:
        """The lines, while some come or modules arrive. Raises UnreachableError when neither is so any more."""
        had, since = -1, time.monotonic()
        for line in lines:
            if line:
                since = time.monotonic()
            elif time.monotonic() - since > self.stall_seconds:
                if had == (had := self._fetched()):
                    raise UnreachableError(CANT, f"nothing came for {self.stall_seconds:g} s", LOOK)
                since = time.monotonic()
            yield line

    def _fetched(self) -> int:
        """Bytes of modules that are there."""
        size = 0
        for folder, _, names in os.walk(self.scratch / "path"):
            for name in names:
                with suppress(FileNotFoundError):  # go renames what is complete
                    size += os.lstat(os.path.join(folder, name)).st_size
        return size

    def _lines(self, arguments: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Iterator[str]:
        """A package a line, as they come, and "" while none does. What go says besides is kept for a failure."""
        last: list[str] = []
        with _running([str(self.root / "bin" / "go"), *arguments], folder, environ) as process:
            assert process.stdout is not None
            for line in _as_they_come(process.stdout):
                last = [*last[-30:], line] if line else last
                if not line.startswith("go: "):
                    yield line
        if process.returncode != 0:
            raise _failure(arguments[0], "".join(last))


def _written() -> str:
    """The file of `go env -w`: named, so that go can be given a home in which it may write."""
    config = os.environ.get("XDG_CONFIG_HOME") if sys.platform == "linux" else None
    return os.environ.get("GOENV") or str(Path(config or Path.home() / CONFIG[sys.platform]) / "go" / "env")


@contextmanager
def _running(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process group that never outlives this block, nor its time."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    timer = threading.Timer(SECONDS, _kill, (process,))
    timer.start()
    try:
        yield process
        process.wait()
    finally:
        timer.cancel()
        _kill(process)
        process.wait()


def _as_they_come(stream: IO[str]) -> Iterator[str]:
    """Its lines, and "" whenever none came for a while."""
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def read() -> None:
        for line in stream:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=TICK)
        except queue.Empty:
            line = ""
        if line is None:
            return
        yield line


def _kill(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _failure(verb: str, words: str) -> MsgstackError:
    """What go's own words mean: a module that is not the pinned one, one that can't be had, or a build that broke."""
    lines = [line.strip() for line in words.strip().splitlines()]
    lies = [number for number, line in enumerate(lines) if any(lie in line for lie in LIES)]
    if lies:
        why = " / ".join(lines[max(0, lies[0] - 1) : lies[0] + 3])
        return VerificationError("a Go module is not the one that is pinned", why, "do not use this module proxy")
    why = " / ".join(lines[-4:])
    if any(one in words for one in TROUBLE):
        return UnreachableError(CANT, why, LOOK)
    return MsgstackError(f"go {verb} failed", why or "it was killed", "free memory and disk, then run this again")
