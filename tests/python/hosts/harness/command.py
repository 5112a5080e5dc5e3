"""Running this machine's commands: one way to do it, with an error that says what the command said."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence


class HostError(Exception):
    """A host, or the machine that carries it, could not do what was asked."""


def search_path() -> str:
    """This process' PATH and the administrators' half, which a test runner may lack: ip, debootstrap, pivot_root."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"))


def environment() -> dict[str, str]:
    """This process' environment with that search path."""
    return {**os.environ, "PATH": search_path()}


def sh(*argv: object) -> str:
    """Run a command of this machine; its standard output, or a `HostError` with what it wrote to stderr."""
    words = [str(word) for word in argv]
    done = subprocess.run(words, capture_output=True, text=True, env=environment(), check=False)
    if done.returncode:
        raise HostError(failure(words, done))
    return done.stdout


def failure(argv: Sequence[str], done: subprocess.CompletedProcess[str]) -> str:
    """One text that tells a reader of a failed test what ran, how it ended and what it said."""
    said = "\n".join(part.strip()[-4000:] for part in (done.stdout, done.stderr) if part and part.strip())
    return f"{' '.join(argv)[:1000]}: exit {done.returncode}: {said or 'it said nothing'}"
