"""Write a checked tree into a fresh folder. The only module of this package that changes a disk."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgstack.errors import MsgstackError
from msgstack.host import atomic
from msgstack.host.unpack.rules import Entry
from msgstack.host.unpack.rules import Kind

NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def fresh_folder(parent: Path, prefix: str = ".tmp-") -> Path:
    """A new, empty folder with a name that nobody can guess; only we may enter it."""
    folder = parent / f"{prefix}{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700, parents=False)
    return folder


class Writer:
    """Makes folders, files and links below `root`, which must be empty and ours alone.

    Paths have been checked; symbolic links are made after everything else, so no write can pass through one.
    """

    def __init__(self, root: Path, executable: frozenset[str]) -> None:
        self._root = str(root)
        self._executable = executable
        self._files: dict[str, Entry] = {}
        self.entries: list[Entry] = []

    def folders(self, paths: Iterable[str]) -> None:
        """New folders, outermost first, all 0755."""
        for path in paths:
            os.mkdir(f"{self._root}/{path}", 0o755)
            os.chmod(f"{self._root}/{path}", 0o755)
            self.entries.append(Entry(path, Kind.FOLDER, 0o755))

    def file(self, path: str, body: Iterable[memoryview], *, executable: bool) -> None:
        """A new file of mode 0755 or 0644, hashed while it is written."""
        mode = 0o755 if executable or path in self._executable else 0o644
        digest = hashlib.sha256()
        size = 0
        fd = os.open(f"{self._root}/{path}", NEW, 0o600)
        try:
            for part in body:
                digest.update(part)
                atomic.write_all(fd, part)
                size += len(part)
            os.fchmod(fd, mode)
        finally:
            os.close(fd)
        self._keep(Entry(path, Kind.FILE, mode, size, digest.hexdigest()))

    def hardlink(self, path: str, target: str) -> None:
        """A second name for a file of this tree."""
        os.link(f"{self._root}/{target}", f"{self._root}/{path}", follow_symlinks=False)
        first = self._files[target]
        self._keep(Entry(path, Kind.FILE, first.mode, first.size, first.sha256))

    def symlinks(self, links: dict[str, str]) -> None:
        """All links at once, at the very end."""
        for path, target in links.items():
            os.symlink(target, f"{self._root}/{path}")
            self.entries.append(Entry(path, Kind.SYMLINK, link=target))

    def _keep(self, entry: Entry) -> None:
        self._files[entry.path] = entry
        self.entries.append(entry)


def remove(folder: Path) -> None:
    """Remove what an unpacking left; links in it are removed, not followed."""
    shutil.rmtree(folder, ignore_errors=True)


def disk_trouble(folder: Path, error: OSError) -> MsgstackError:
    """The host's fault, not the archive's."""
    why = error.strerror or str(error)
    return MsgstackError(f"can't unpack into {folder}", why, "make room or check who owns that folder, then run again")
