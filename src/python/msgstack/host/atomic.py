"""Files that are either the old one or the new one, also after a power cut.

The order is always: write a temporary file in the same folder, flush it, rename it, flush the folder. On macOS
`fsync` leaves bytes in the drive's own cache; only `F_FULLFSYNC` empties it (fsync(2), fcntl(2) of macOS).
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import sys
from pathlib import Path
from typing import Final

FULL_FSYNC: Final[int | None] = getattr(fcntl, "F_FULLFSYNC", None)
FLUSHERS: Final = 8


def write_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Put `data` under `path` with exactly `mode`; whoever reads `path` sees all of it, or what was there before."""
    staged = _beside(path)
    try:
        fd = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            write_all(fd, data)
            os.fchmod(fd, mode)
            sync_fd(fd)
        finally:
            os.close(fd)
        replace(staged, path)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise


def write_link(path: Path, target: str) -> None:
    """Make `path` a symbolic link to `target` in one rename, whatever `path` was before (a real folder is refused)."""
    staged = _beside(path)
    os.symlink(target, staged)
    try:
        replace(staged, path)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise


def clear_beside(path: Path) -> None:
    """Remove what a killed `write_file` or `write_link` of `path` left beside it. Only for who alone writes `path`."""
    for left in left_beside(path):
        left.unlink(missing_ok=True)


def left_beside(path: Path) -> tuple[Path, ...]:
    """What it left, or what one that runs now has not yet given its name."""
    staged = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{12}}")
    return tuple(path.with_name(name) for name in os.listdir(path.parent) if staged.fullmatch(name))


def replace(source: Path, target: Path) -> None:
    """Rename over `target` and flush the folders on both sides, so that the new name survives a power cut."""
    os.rename(source, target)
    sync_dir(target.parent)
    if source.parent != target.parent:
        sync_dir(source.parent)


def write_all(fd: int, data: bytes | memoryview) -> None:
    """Write every byte: os.write may take fewer, for instance beyond 2 GiB or on a signal."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def sync_fd(fd: int) -> None:
    """Flush one open file down to the medium."""
    if FULL_FSYNC is not None:
        try:
            fcntl.fcntl(fd, FULL_FSYNC)
            return
        except OSError as error:  # network and FAT volumes know plain fsync only
            if error.errno not in (errno.ENOTSUP, errno.EINVAL, errno.ENOTTY):
                raise
    os.fsync(fd)


def sync_dir(path: Path) -> None:
    """Flush a folder, which is what makes names in it durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync_fd(fd)
    finally:
        os.close(fd)


def sync_tree(root: Path) -> None:
    """Flush everything below `root`, and `root`. Raises OSError if any of it could not be written.

    One `syncfs` on Linux; elsewhere each file, several at a time, and one full flush of the drive at the end.
    """
    if not _syncfs(root):
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(FLUSHERS) as flushers:
            for _ in flushers.map(_fsync, _below(root)):
                pass
        sync_dir(root)


def _syncfs(root: Path) -> bool:
    """Flush the file system that holds `root`; False where the C library has no syncfs."""
    if sys.platform != "linux":
        return False
    import ctypes

    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        return False
    fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if syncfs(fd) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(root))
    finally:
        os.close(fd)
    return True


def _below(root: Path) -> list[str]:
    """Regular files and folders below `root`, never through a link."""
    found: list[str] = []
    for folder, _folders, files in os.walk(root):
        found += [path for name in files if not os.path.islink(path := os.path.join(folder, name))]
        found.append(folder)
    return found


def _fsync(path: str) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.urandom(6).hex()}")
