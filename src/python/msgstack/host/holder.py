"""A process in words: what it is, and for how long it has been running."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path


def describe(pid: int) -> str:
    """Such as `nats-setup apply --yes (pid 4711, for 12 s)`; the pid alone when no more can be told."""
    told = _from_proc(pid) if Path("/proc/self/stat").exists() else _from_ps(pid)
    return f"{told[0]} (pid {pid}, for {told[1]})" if told else f"pid {pid}"


def _from_proc(pid: int) -> tuple[str, str] | None:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        started = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])  # clock ticks after boot
        up = float(Path("/proc/uptime").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return _command(words[:-1]), f"{max(0, int(up - started / os.sysconf('SC_CLK_TCK')))} s"


def _from_ps(pid: int) -> tuple[str, str] | None:
    ask = ["/bin/ps", "-o", "etime=", "-o", "command=", "-p", str(pid)]
    shown = subprocess.run(ask, capture_output=True, text=True, timeout=5, check=False).stdout.split()
    return (_command(shown[1:]), shown[0]) if len(shown) > 1 else None


def _command(words: list[str]) -> str:
    """The command as typed: a Python that runs a program is not worth a word."""
    programs = words[1:] if words and Path(words[0]).name.startswith("python") else words
    plain = [word for word in programs if word not in ("-I", "-s", "-E", "-sE")]
    return shlex.join([Path(plain[0]).name, *plain[1:]]) if plain else shlex.join(words)
