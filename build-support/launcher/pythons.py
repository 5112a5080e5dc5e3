"""Find what runs: a Python of a given version, and the official launcher. Candidates are executed, never trusted."""

from __future__ import annotations

import glob
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

PANTS_VERSION = "2.17.1"
USUAL = ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin")


def candidates(version: str) -> Iterator[str]:
    """Every file that may be this Python: PATH first, then pyenv's own versions (its stand-ins can be dead)."""
    for directory in [*os.environ.get("PATH", "").split(":"), *USUAL]:
        yield f"{directory or '.'}/python{version}"
    for root in (os.environ.get("PYENV_ROOT", ""), os.path.expanduser("~/.pyenv")):
        yield from sorted(glob.glob(f"{glob.escape(root)}/versions/*/bin/python{version}")) if root else ()


def _says(python: str, program: str) -> str | None:
    """What this program prints there, or None if it can't be run."""
    try:
        done = subprocess.run(
            [python, "-c", program], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def runs(python: str, version: str) -> bool:
    """True if the candidate starts, is the version it claims, and can make an environment."""
    return _says(python, "import ensurepip, ssl, sys, venv; print('%d.%d' % sys.version_info[:2])") == version


def runs_at_all(version: str) -> str | None:
    """The real file of a Python of this version that starts, however old; it need not be able to build anything."""
    probe = "import sys; print('%d.%d ' % sys.version_info[:2] + sys.executable)"
    for path in candidates(version):
        found, _, executable = (_says(path, probe) or "").partition(" ")
        if found == version:
            return os.path.realpath(executable)
    return None


def find_python(versions: tuple[str, ...]) -> str | None:
    found = (path for version in versions for path in candidates(version) if runs(path, version))
    return next(found, None)


def is_pants(official: str, root: Path) -> bool:
    """True if the launcher on PATH gives the Pants that pants.toml asks for; it may need long to fetch it."""
    try:
        done = subprocess.run(
            [official, "--no-pantsd", "--version"],
            cwd=root,
            env={**os.environ, "MSGSTACK_LAUNCHER": "probing"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=600,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.decode().split()[-1:] == [PANTS_VERSION]
