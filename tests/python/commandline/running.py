"""Runs nats-setup from the source tree, as a user would: another process, a home of its own, nothing inherited."""

from __future__ import annotations

import json
import os
import pty
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgstack.cli import nats_setup

PASSED_ON = ("PATH", "LANG", "TMPDIR")
INDEX = ("PIP_", "SSL_", "REQUESTS_CA_BUNDLE", "HTTP", "HTTPS", "NO_PROXY", "http", "https", "no_proxy", "GO")


@dataclass(frozen=True)
class Done:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


@dataclass(frozen=True)
class User:
    """Somebody with a home and a stack file on free ports."""

    home: Path
    env: dict[str, str]

    @property
    def root(self) -> Path:
        return self.home / ".local" / "share" / "msgstack"

    @property
    def stack(self) -> Path:
        return self.home / "stack.toml"

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", nats_setup.__name__, *words]

    def run(self, *words: str, stdin: str | None = None, **env: str) -> Done:
        """Without a terminal; `stdin` is what is piped in."""
        done = subprocess.run(
            self.command(*words),
            env=self.env | env,
            cwd=self.home,
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=1500,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def begin(self, *words: str, until: str) -> subprocess.Popen[str]:
        """A run that goes on while the test does, once it has said `until` on stderr."""
        program = subprocess.Popen(
            self.command(*words), env=self.env, cwd=self.home, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert program.stderr is not None
        said = ""
        while until not in said:
            line = program.stderr.readline()
            assert line, f"it ended with {program.wait()}: {said}"
            said += line
        return program

    def answer(self, answer: str, *words: str, meanwhile: Callable[[], object] = lambda: None) -> tuple[str, int]:
        """On a terminal, with this answer to the question, before which `meanwhile` is done: all that was shown, and
        the exit code."""
        controller, terminal = pty.openpty()
        program = subprocess.Popen(
            self.command(*words), env=self.env, cwd=self.home, stdin=terminal, stdout=terminal, stderr=terminal
        )
        os.close(terminal)
        try:
            shown = _read(controller, "[y/N]")
            meanwhile()
            os.write(controller, f"{answer}\n".encode())
            return shown + _read(controller, None), program.wait(1500)
        finally:
            program.kill()
            program.wait()
            os.close(controller)


def user(home: Path, *, cache: Path | None = None) -> User:
    """A user whose stack file has two ports that are free, and who may reach the package index if there is a cache."""
    home.mkdir(parents=True, exist_ok=True)
    client, monitor = free_ports(2)
    (home / "stack.toml").write_text(f"[nats]\nport = {client}\nmonitor_port = {monitor}\n")
    kept = {name: value for name, value in os.environ.items() if name in PASSED_ON}
    if cache is not None:
        kept |= {name: value for name, value in os.environ.items() if name.startswith(INDEX)}
        kept["MSGSTACK_CACHE"] = str(cache)
    path = os.pathsep.join(os.path.abspath(one) for one in sys.path if one)  # the user is in another folder
    return User(home, kept | {"HOME": str(home), "PYTHONPATH": path})


def _read(controller: int, word: str | None) -> str:
    """What a terminal shows, up to this word, or until it is gone (Linux says EIO then)."""
    shown = b""
    while word is None or word.encode() not in shown:
        try:
            shown += os.read(controller, 100_000)
        except OSError:
            break
    return shown.decode()


def free_ports(count: int) -> list[int]:
    """Ports that nothing listened on just now, all different."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


def shape(document: Any) -> Any:
    """A document with types in the place of values: what a reader of it may rely on. Lists have one item's shape."""
    if isinstance(document, dict):
        return {name: shape(value) for name, value in document.items()}
    if isinstance(document, list):
        return [shape(document[0])] if document else []
    return type(document).__name__
