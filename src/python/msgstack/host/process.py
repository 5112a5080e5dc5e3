"""Other processes of this host: asking programs, and what is known of a running one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from msgstack.errors import MsgstackError


@dataclass(frozen=True)
class Answer:
    """What a program said. `code` is negative for a signal."""

    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """Its complaint, or else its answer, on one line."""
        return " ".join((self.err.strip() or self.out.strip() or f"exit code {self.code}").split())


def ask(words: Sequence[str], seconds: float = 30, env: Mapping[str, str] | None = None) -> Answer:
    """Run a program to its end, in the C locale. Raises MsgstackError if it is missing or takes longer."""
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, errors="replace", check=False, timeout=seconds,
            stdin=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C", **(env or {})},
        )  # fmt: skip
    except FileNotFoundError as error:
        raise MsgstackError(f"{words[0]} can't be run", "it is not installed or not on PATH") from error
    except subprocess.TimeoutExpired as error:
        raise MsgstackError(f"{' '.join(words)} did not end", f"it was stopped after {seconds:g} s") from error
    return Answer(done.returncode, done.stdout, done.stderr)


def must(words: Sequence[str], seconds: float = 30, env: Mapping[str, str] | None = None) -> Answer:
    """The same; raises MsgstackError with the program's own words when it fails."""
    answer = ask(words, seconds, env)
    if answer.code != 0:
        raise MsgstackError(f"`{' '.join(words)}` failed", answer.words)
    return answer


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for doesn't."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _status(pid).get("State", "R").strip()[:1] != "Z"


def owner(pid: int) -> int | None:
    """The user id that it runs as; None if it is gone."""
    try:
        if sys.platform == "linux":
            return Path(f"/proc/{pid}").stat().st_uid
        return int(ask(["ps", "-o", "uid=", "-p", str(pid)]).out)
    except (OSError, ValueError):
        return None


def resident(pid: int) -> int | None:
    """Its resident memory in bytes; None if it is gone."""
    try:
        if sys.platform == "linux":
            return int(_status(pid)["VmRSS"].split()[0]) * 1024
        return int(ask(["ps", "-o", "rss=", "-p", str(pid)]).out) * 1024
    except (KeyError, ValueError):
        return None


def end(pid: int, seconds: float) -> None:
    """Ask a process to stop, and end it for good when it hasn't within `seconds`."""
    for sign, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return
        if soon(lambda: not alive(pid), patience):
            return
    raise MsgstackError(
        f"process {pid} can't be ended", "it outlived SIGKILL: it hangs in the kernel", "restart the host"
    )


def soon(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether it comes to hold within that time: a process that is ended takes a moment to be gone."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _status(pid: int) -> dict[str, str]:
    """Linux: /proc/PID/status by field; elsewhere, or if it is gone, nothing."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
