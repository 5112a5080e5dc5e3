"""A directory as a value, in two grains: what is there, and whether anything was touched."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

State = dict[str, tuple[str, int, str]]


def state(home: Path) -> State:
    """What is there: kind, permission bits, and content or target, by path relative to `home`.

    A secret's value is left out, and of the memory of folders the order and repetitions.
    """
    return {str(path.relative_to(home)): _entry(path, home) for path in _paths(home)}


def touched(home: Path) -> dict[str, Any]:
    """Whatever changes when anything is written, even the same bytes: inode, size, times of change, by path."""
    found = {}
    for path in (home, *_paths(home)):
        status = path.lstat()
        found[str(path)] = (status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return found


def differing(before: State, after: State) -> set[str]:
    """Paths that are not as they were."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def _paths(home: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(home):
        for name in (*folders, *files):
            yield Path(folder, name)


def _entry(path: Path, home: Path) -> tuple[str, int, str]:
    if path.is_symlink():
        return "link", 0, os.readlink(path).replace(str(home), "HOME")
    if path.is_dir():
        return "folder", path.stat().st_mode & 0o7777, ""
    return "file", path.stat().st_mode & 0o7777, _content(path, home)


def _content(path: Path, home: Path) -> str:
    text = path.read_text()
    if path.name == "app.conf":
        return "SECRET" if len(text) > 50 else text
    if path.name == ".folders":
        return "\n".join(sorted({json.loads(line) for line in text.splitlines()})).replace(str(home), "HOME")
    return text.replace(str(home), "HOME")
