"""The toy's program under strace: its system calls counted, killed, or made to fail."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

CHANGING = (
    "rename,renameat,renameat2,mkdir,mkdirat,unlink,unlinkat,rmdir,symlink,symlinkat,link,linkat,truncate,ftruncate,"
    "chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,utimensat,write,pwrite64,fallocate,fsync,syncfs"
)
LINE = re.compile(r"^\d+ +(\w+)\((.*)")


@dataclass(frozen=True)
class Ran:
    """How it ended, what it printed, and which changing calls it made, as (call, arguments)."""

    code: int
    out: str
    calls: tuple[tuple[str, str], ...]


def need_strace() -> None:
    """Skip where strace is not there, or where it may not trace."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    probe = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"strace may not trace here: {probe.stderr.strip()}")


def run(home: Path, log: Path, *arguments: str, inject: str = "") -> Ran:
    """One run of the toy's program on `home`. `inject` is strace's, such as `rename:signal=KILL:when=2`."""
    injected = ["-e", f"inject={inject}"] if inject else []
    traced = ["strace", "-f", "-y", "-s", "200", "-o", str(log), "-e", f"trace={CHANGING}", *injected]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*traced, sys.executable, "-m", "toy.main", str(home), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    found = (LINE.match(line) for line in log.read_text(errors="replace").splitlines())
    calls = tuple((line[1], line[2]) for line in found if line and str(home) in line[2])
    return Ran(done.returncode, done.stdout + done.stderr, calls)
