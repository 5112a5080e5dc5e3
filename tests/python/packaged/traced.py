"""A program under strace: which calls of it would change something, and calls that the system refuses."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from commandline.running import Done
from packaged.user import User

CHANGING = (
    "rename,renameat,renameat2,mkdir,mkdirat,unlink,unlinkat,rmdir,symlink,symlinkat,link,linkat,truncate,ftruncate,"
    "chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,utimensat,write,pwrite64,writev,fallocate,fsync,syncfs"
)
LINE = re.compile(r"^\d+ +(\w+)\((.*)")


def need_strace() -> None:
    """Skip where strace is not there, or where it may not trace."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    probe = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"strace may not trace here: {probe.stderr.strip()}")


def run(somebody: User, log: Path, command: list[str], inject: str = "", path: Path | None = None) -> Done:
    """As `User.run`, for runs that start no service: strace would wait for it. `inject` is strace's, such as
    `rename:error=ENOSPC`, for calls on `path`."""
    injected = ["-e", f"inject={inject}"] if inject else []
    where = ["-P", str(path)] if path else []
    traced = ["strace", "-f", "-y", "-s", "300", "-o", str(log), *where, "-e", f"trace={CHANGING}", *injected]
    return somebody.run([*traced, *command])


def changes(log: Path, folder: Path) -> list[str]:
    """The calls that name something in `folder`."""
    found = (LINE.match(line) for line in log.read_text(errors="replace").splitlines())
    return [f"{line[1]}({line[2]}" for line in found if line and f"{folder}/" in line[2]]
