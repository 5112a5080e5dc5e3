"""Folders, and the memory of which of them we made: uninstall takes back those, and no others.

The memory is `ROOT/.folders`, a path a line, each as JSON. A line is added before its folder is made, so that a run
which is killed in between has at worst remembered one too many. Lines are only appended: no reader sees half a file.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgstack.host import atomic

JOURNAL: Final = ".folders"
LOCK: Final = ".lock"
OPEN: Final = 0o755


class Folders:
    """The folders of one root, and those outside of it that were made for it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.journal = root / JOURNAL

    def make(self, path: Path, mode: int = OPEN) -> None:
        """Make `path` with `mode`, and its missing parents, durably; whatever exists is left as it is.

        Parents below the root can be entered by everybody, whatever the umask is; outside of it the umask rules.
        """
        if path != self.root and not self.root.is_dir():
            self.make(self.root)
        missing = [one for one in (path, *path.parents) if not one.is_dir()]
        if self.root in missing:
            self._make_root(missing)
            return
        if missing:
            self._remember(self.journal, missing)
        for one in reversed(missing):
            self._make_one(one, mode if one == path else OPEN)

    def _make_root(self, missing: list[Path]) -> None:
        """The root, its missing parents and the memory of them appear in one rename."""
        top = missing[-1]
        aside = _aside(top)
        root = aside / self.root.relative_to(top)
        root.mkdir(parents=True)
        root.chmod(OPEN)
        self._remember(root / JOURNAL, missing)
        try:
            atomic.replace(aside, top)
        except OSError:
            shutil.rmtree(aside)
            if not self.root.is_dir():  # else another program was faster
                raise

    def made(self) -> tuple[Path, ...]:
        """Those that we made and that are still there, the deepest first."""
        paths = {Path(path) for path in self._lines()}
        return tuple(sorted((path for path in paths if path.is_dir()), key=lambda path: (-len(path.parts), path)))

    def unnamed(self) -> tuple[Path, ...]:
        """Folders that killed runs put together for a name which they then never got."""
        paths = {Path(path) for path in self._lines()}
        return tuple(sorted(one for path in paths if path.parent.is_dir() for one in _stale(path)))

    def remove_empty(self, paths: Iterable[Path]) -> None:
        """Remove those of `paths` that are empty, but not the root and the root's parents."""
        for path in sorted(paths, key=lambda path: -len(path.parts)):
            if not self.root.is_relative_to(path):
                _remove_if_empty(path)

    def remove_root_if_unused(self) -> None:
        """Remove the root, and its parents that we made and that hold nothing else, if nothing but our memory and the
        lock is left in it. They disappear in one rename."""
        if not self.root.is_dir() or not set(os.listdir(self.root)) <= {JOURNAL, LOCK}:
            return
        ours = set(self.made())
        top = self.root
        while top.parent in ours and len(os.listdir(top.parent)) == 1:
            top = top.parent
        if self.root in ours:
            aside = _aside(top)
            atomic.replace(top, aside)
            shutil.rmtree(aside)

    def left_aside(self) -> bool:
        """Whether a killed run left the root, or a parent that it made, half made or removed; the lock mends it."""
        chain = (self.root, *self.root.parents)
        return any(next(_stale(path), None) for path in chain if path.parent.is_dir() and path.name)

    def _remember(self, journal: Path, paths: list[Path]) -> None:
        fd = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            atomic.write_all(fd, "".join(f"{json.dumps(str(path))}\n" for path in paths).encode())
            atomic.sync_fd(fd)
        finally:
            os.close(fd)
        atomic.sync_dir(journal.parent)

    def _lines(self) -> list[str]:
        """What was remembered; a line that a crash cut off names no folder that was made."""
        try:
            lines = self.journal.read_text().splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines if len(line) > 1 and line.startswith('"') and line.endswith('"')]

    def _make_one(self, path: Path, mode: int) -> None:
        """One folder, never to be seen with another mode: a run killed in between would leave that for good."""
        if mode == OPEN and not path.is_relative_to(self.root):
            path.mkdir(exist_ok=True)
            atomic.sync_dir(path.parent)
            return
        aside = _aside(path)
        aside.mkdir(mode=0o700)
        aside.chmod(mode)
        atomic.replace(aside, path)


def _aside(path: Path) -> Path:
    """A free name where `path` is put together, or taken apart. Those of processes that are no more are removed."""
    for stale in _stale(path):
        shutil.rmtree(stale, ignore_errors=True)
    return path.with_name(f".{path.name}.msgstack-{os.getpid()}")


def _stale(path: Path) -> Iterator[Path]:
    """What processes that are no more have put aside of `path`."""
    ours = re.compile(rf"\.{re.escape(path.name)}\.msgstack-(\d+)")
    readable = os.access(path.parent, os.R_OK)
    for name in os.listdir(path.parent) if readable else ():
        match = ours.fullmatch(name)
        if match and (int(match[1]) == os.getpid() or not _lives(int(match[1]))):
            yield path.with_name(name)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _remove_if_empty(path: Path) -> None:
    try:
        path.rmdir()
    except OSError:
        return  # it holds what is not ours, or is a mount point: it stays
    atomic.sync_dir(path.parent)
