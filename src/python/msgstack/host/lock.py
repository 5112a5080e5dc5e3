"""One writer a root: a lock that the kernel releases with its holder, and that says who holds it.

A POSIX record lock: `F_GETLK` tells the holder's pid (fcntl(2), Linux and macOS), so nothing has to be written into the
file, and a run that changes nothing writes no byte. Programs that the holder starts do not inherit it.
"""

from __future__ import annotations

import fcntl
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgstack.errors import MsgstackError
from msgstack.host.folder import LOCK
from msgstack.host.folder import Folders
from msgstack.host.holder import describe
from msgstack.host.wait import steps
from msgstack.resource.event import Say

POLL: Final = 0.1
FLOCK: Final = "@qqihh" if sys.platform == "darwin" else "@hhqqi"  # struct flock of 64-bit hosts


@contextmanager
def held(root: Path, wait: float = 0, say: Say = lambda event: None) -> Iterator[None]:
    """Hold the lock of `root`, which is made if need be; and is removed at the end if nothing came into it.

    Another holder is waited for up to `wait` seconds, and `say` is told. Raises MsgstackError that names it.
    """
    folders = Folders(root)
    fd = _acquire(folders, wait, say)
    try:
        yield
    finally:
        folders.remove_root_if_unused()
        os.close(fd)


def _acquire(folders: Folders, wait: float, say: Say) -> int:
    fd, holder = _try(folders)
    for _ in steps(f"waiting for {_who(holder)}", wait, say, POLL) if fd is None and wait > 0 else ():
        fd, holder = _try(folders)
        if fd is not None:
            break
    if fd is None:
        raise _busy(folders.root, holder)
    return fd


def _try(folders: Folders) -> tuple[int | None, int]:
    """The lock's file, open and locked; or None and the holder's pid (0 when it is gone by now)."""
    folders.make(folders.root)
    path = folders.root / LOCK
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except FileNotFoundError:  # the root was removed meanwhile
        return None, 0
    try:
        fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        holder = _holder(fd)
        os.close(fd)
        return None, holder
    if _is_still(fd, path):
        return fd, 0
    os.close(fd)
    return None, 0


def _is_still(fd: int, path: Path) -> bool:
    """Whether `path` is the file that was locked: an uninstall may have removed it in between."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False


def _holder(fd: int) -> int:
    """The pid of the lock's holder; 0 if there is none by now, or none that can be seen from here."""
    darwin = sys.platform == "darwin"
    ask = (0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET) if darwin else (fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    answer = struct.unpack(FLOCK, fcntl.fcntl(fd, fcntl.F_GETLK, struct.pack(FLOCK, *ask)))
    pid, kind = (answer[2], answer[3]) if darwin else (answer[4], answer[0])
    return 0 if kind == fcntl.F_UNLCK else int(pid)


def _busy(root: Path, holder: int) -> MsgstackError:
    why = f"the lock is held by {_who(holder)}"
    return MsgstackError(f"another program works on {root}", why, "wait for it to end, or give --wait SECONDS")


def _who(holder: int) -> str:
    return describe(holder) if holder > 0 else "a program that can't be seen from here"
