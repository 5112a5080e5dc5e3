"""Folders, and the memory of which of them we made: uninstall takes back those, and no others.

The memory is `ROOT/.folders`, a path a line, each as JSON. A line is added before its folder is made, so that a run
which is killed in between has at worst remembered one too many. Lines are only ever appended: no reader sees half a file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
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
        if missing and self.root.is_dir():
            self._remember(missing)
        made = [one for one in reversed(missing) if _made(one)]
        if self.root in made:
            self._remember(made)
        for one in made:
            self._set_mode(one, mode if one == path else OPEN)
            atomic.sync_dir(one.parent)

    def made(self) -> tuple[Path, ...]:
        """Those that we made and that are still there, the deepest first."""
        paths = {Path(path) for path in self._lines()}
        return tuple(sorted((path for path in paths if path.is_dir()), key=lambda path: (-len(path.parts), path)))

    def remove_empty(self, paths: Iterable[Path]) -> None:
        """Remove those of `paths` that are empty, but not the root and the root's parents."""
        for path in sorted(paths, key=lambda path: -len(path.parts)):
            if not self.root.is_relative_to(path):
                _remove_if_empty(path)

    def remove_root_if_unused(self) -> None:
        """Remove the root, and its parents that we made, if nothing but our memory and the lock is left in it."""
        if not self.root.is_dir() or not set(os.listdir(self.root)) <= {JOURNAL, LOCK}:
            return
        ours = [path for path in self.made() if self.root.is_relative_to(path)]
        self.journal.unlink(missing_ok=True)
        (self.root / LOCK).unlink(missing_ok=True)
        for path in ours:
            _remove_if_empty(path)

    def _remember(self, paths: list[Path]) -> None:
        fd = os.open(self.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            atomic.write_all(fd, "".join(f"{json.dumps(str(path))}\n" for path in paths).encode())
            atomic.sync_fd(fd)
        finally:
            os.close(fd)
        atomic.sync_dir(self.root)

    def _lines(self) -> list[str]:
        """What was remembered; a line that a crash cut off names no folder that was made."""
        try:
            lines = self.journal.read_text().splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines if len(line) > 1 and line.startswith('"') and line.endswith('"')]

    def _set_mode(self, path: Path, mode: int) -> None:
        if path.is_relative_to(self.root) or mode != OPEN:
            path.chmod(mode)


def _made(path: Path) -> bool:
    """Make one folder; False if another program was faster."""
    try:
        path.mkdir()
    except FileExistsError:
        return False
    return True


def _remove_if_empty(path: Path) -> None:
    try:
        path.rmdir()
    except OSError:
        return  # it holds what is not ours, or is a mount point: it stays
    atomic.sync_dir(path.parent)
