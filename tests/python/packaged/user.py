"""Somebody with a home, a stack file on free ports, and the packaged programs; nothing else is inherited."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import live_cache
import programs
from commandline.running import Done
from servers.nats import free_ports

PASSED_ON = ("PATH", "LANG", "TMPDIR")
INDEX = ("PIP_", "SSL_", "REQUESTS_CA_BUNDLE", "HTTP", "NO_PROXY", "http", "no_proxy", "GO")
SECONDS = 100.0


@dataclass(frozen=True)
class User:
    """Who runs the programs: with this home, this environment, and a stack that listens on these ports."""

    home: Path
    env: dict[str, str]
    port: int
    monitor_port: int
    instance: str = "default"

    @property
    def root(self) -> Path:
        name = "msgstack" if self.instance == "default" else f"msgstack-{self.instance}"
        return self.home / ".local" / "share" / name

    @property
    def stack(self) -> Path:
        return self.home / f"{self.instance}.toml"

    @property
    def server(self) -> int:
        """The process id of the running server, as `status` tells it."""
        return int(self.setup("status", "--format", "json").json["service"]["pid"])

    @property
    def supervisor(self) -> int:
        """The process id of the supervisor of this ROOT."""
        return int((self.root / "supervisor" / "run" / "supervisord.pid").read_text())

    def write(self, nats: str = "", *, top: str = "") -> None:
        """The stack file: these lines of `[nats]` and after it, beside the ports; `top` comes before it."""
        ports = f"port = {self.port}\nmonitor_port = {self.monitor_port}"
        self.stack.write_text(f'instance = "{self.instance}"\n{top}\n[nats]\n{ports}\n{nats}\n')

    def command(self, program: str, verb: str, *words: str) -> list[str]:
        """`program` with the stack's file, where it takes one."""
        where = ["--root", str(self.root)] if program == "verify" else ["--stack", str(self.stack)]
        return [str(programs.path(program)), verb, *where, *words]

    def setup(self, verb: str, *words: str, **env: str) -> Done:
        """Run `nats-setup VERB` to its end, without a terminal."""
        return self.run(self.command("nats-setup", verb, *words), **env)

    def apply(self, *words: str, **env: str) -> Any:
        """`nats-setup apply --yes`, which has to succeed; its document."""
        done = self.setup("apply", "--yes", "--format", "json", *words, **env)
        assert done.code == 0, done.err
        return done.json

    def verify(self, *words: str) -> Any:
        """`verify run`, whose checks have to pass; its document."""
        done = self.run(self.command("verify", "run", "--format", "json", *words))
        bad = [check for check in done.json["checks"] if check["status"] not in ("pass", "skip")]
        assert (done.code, bad) == (0, []), done.err
        return done.json

    def nats(self, *words: str) -> str:
        """The nats command line that was installed, as the application; what it printed."""
        done = self.run([str(self.root / "bin" / "nats"), *words])
        assert done.code == 0, done.out + done.err
        return done.out

    def run(self, command: list[str], **env: str) -> Done:
        """Run a command to its end, without a terminal."""
        return self.finish(command, env, SECONDS)

    def finish(self, command: list[str], env: dict[str, str], seconds: float) -> Done:
        """As `run`; it has to end within so many seconds."""
        done = subprocess.run(
            command, env=self.env | env, cwd=self.home, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    def begin(self, verb: str, *words: str, **env: str) -> subprocess.Popen[str]:
        """`nats-setup VERB`, which goes on while the test does; in a session of its own."""
        return subprocess.Popen(
            self.command("nats-setup", verb, *words), env=self.env | env, cwd=self.home, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def running(self, verb: str) -> bool:
        """Whether a `nats-setup VERB` of this user goes on."""
        return any(f" {verb} --" in words for words in self.processes().values())

    def processes(self) -> dict[int, str]:
        """Whatever runs from this home or works in it, by process id."""
        return {pid: words for pid, words in _processes() if str(self.home) in words}


def end(process: subprocess.Popen[str], by: signal.Signals) -> Done:
    """Send the signal, and wait for how it ends."""
    process.send_signal(by)
    out, err = process.communicate(timeout=SECONDS)
    return Done(process.returncode, out, err)


def until(holds: Callable[[], Any], what: str, seconds: float = 30) -> None:
    """Wait for something that happens by itself."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        time.sleep(0.02)


def environment(home: Path, unpacked: Path) -> dict[str, str]:
    """`unpacked` is where the programs unpack themselves: shared, so that it happens once and not for each test."""
    kept = {name: value for name, value in os.environ.items() if name in PASSED_ON or name.startswith(INDEX)}
    return kept | {"HOME": str(home), "PEX_ROOT": str(unpacked), "MSGSTACK_CACHE": str(live_cache.root())}


@contextlib.contextmanager
def user(home: Path, unpacked: Path, instance: str = "default") -> Iterator[User]:
    """Nothing of theirs runs when this ends, however the test does."""
    home.mkdir(parents=True, exist_ok=True)
    port, monitor_port = free_ports(2)
    somebody = User(home, environment(home, unpacked), port, monitor_port, instance)
    somebody.write()
    try:
        yield somebody
    finally:
        _stop(somebody)


def _stop(somebody: User) -> None:
    """The supervisor first: it would start again what is killed."""
    with contextlib.suppress(OSError, ValueError):
        os.kill(somebody.supervisor, signal.SIGKILL)
    for _ in range(3):
        for pid in somebody.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def _processes() -> Iterator[tuple[int, str]]:
    """Process id, and command line, program and working directory in one text; without those that ended."""
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if words := place.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"):
                yield int(place.name), f"{words}[{os.readlink(place / 'exe')}] in {os.readlink(place / 'cwd')}"
