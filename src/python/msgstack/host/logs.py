"""The end of log files, and what is added to them, across rotation; several files are merged by time."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

BLOCK = 64 * 1024
PAUSE = 0.2  # seconds between looks while following
STAMP = re.compile(
    rb"(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,6}))?(?:\d*)(Z|[+-]\d\d:?\d\d)?"
)  # the first of a line: NATS, supervisord, RFC 3339


@dataclass(frozen=True)
class Line:
    """One line of one file. `when` is seconds since 1970; a line without a time has that of the line before it."""

    path: Path
    when: float
    text: str


class Logs:
    """Log files by path. Those that don't exist yet are waited for."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._files = [_File(path) for path in paths]

    def tail(self, lines: int) -> list[Line]:
        """The last `lines` of all files together, the oldest first."""
        merged = sorted((line for file in self._files for line in file.last(lines)), key=_when)
        return merged[len(merged) - lines :] if lines < len(merged) else merged

    def follow(self, stop: Callable[[], bool], pause: float = PAUSE) -> Iterator[Line]:
        """What is added from now on (or since `tail`), until `stop()`."""
        while not stop():
            added = sorted((line for file in self._files for line in file.added()), key=_when)
            yield from added
            if not added:
                time.sleep(pause)


class _File:
    """One log file and how far it has been read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle = _opened(path)
        self._rest = b""
        self._when = 0.0
        if self._handle is not None:
            self._handle.seek(0, os.SEEK_END)

    def last(self, lines: int) -> list[Line]:
        """The last lines, from its predecessors too when it is too short. Reading goes on after them."""
        data = self._ending(lines)
        for older in _predecessors(self._path):
            if data.count(b"\n") >= lines:
                break
            with older.open("rb") as handle:
                handle.seek(0, os.SEEK_END)
                data = _end_of(handle, lines) + data
        found = self._lines(data.splitlines())
        return found[len(found) - lines :] if 0 < lines < len(found) else found if lines else []

    def _ending(self, lines: int) -> bytes:
        if self._handle is None:
            return b""
        data = _end_of(self._handle, lines)
        whole, newline, self._rest = data.rpartition(b"\n")
        return whole + newline

    def added(self) -> list[Line]:
        """Whole lines that were added since the last look; the rest of a rotated file first."""
        data = self._rest + self._read()
        if self._rotated():
            data = self._end(data) + self._reopened()
        whole, _, self._rest = data.rpartition(b"\n")
        return self._lines(whole.splitlines()) if whole else []

    def _end(self, data: bytes) -> bytes:
        data += self._read()  # what was written between the read and the rotation
        return data if not data or data.endswith(b"\n") else data + b"\n"

    def _read(self) -> bytes:
        if self._handle is None:
            return b""
        if os.fstat(self._handle.fileno()).st_size < self._handle.tell():
            self._handle.seek(0)  # emptied in place
        return self._handle.read()

    def _rotated(self) -> bool:
        try:
            now = self._path.stat()
        except OSError:
            return False
        if self._handle is None:
            return True
        then = os.fstat(self._handle.fileno())
        return (now.st_ino, now.st_dev) != (then.st_ino, then.st_dev)

    def _reopened(self) -> bytes:
        if self._handle is not None:
            self._handle.close()
        self._handle = _opened(self._path)
        return self._read()

    def _lines(self, lines: Sequence[bytes]) -> list[Line]:
        found = []
        for line in lines:
            self._when = when(line) or self._when
            found.append(Line(self._path, self._when, line.decode(errors="replace")))
        return found


def when(line: bytes) -> float | None:
    """The time that a line begins with or tells early on, in seconds since 1970; without a zone it is local."""
    found = STAMP.search(line[:80])
    if found is None:
        return None
    *parts, fraction, zone = found.groups()
    try:
        year, month, day, hour, minute, second = (int(part) for part in parts)
        moment = datetime(year, month, day, hour, minute, second, int((fraction or b"0").ljust(6, b"0")))
        if zone:
            moment = moment.replace(tzinfo=datetime.fromisoformat(f"2000-01-01T00:00:00{zone.decode()}").tzinfo)
        return moment.timestamp()
    except (ValueError, OverflowError):
        return None


def last_lines(path: Path, lines: int) -> list[str]:
    """The end of one file, as text; nothing if it isn't there."""
    return [line.text for line in Logs([path]).tail(lines)]


def _opened(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except OSError:
        return None


def _predecessors(path: Path) -> list[Path]:
    """Its rotated parts (log.1, nats.log.2026.11.23.…), the youngest first."""
    parts = [part for part in path.parent.glob(f"{path.name}.*") if part.is_file() and part.suffix != ".gz"]
    return sorted(parts, key=lambda part: part.stat().st_mtime_ns, reverse=True)


def _end_of(handle: BinaryIO, lines: int) -> bytes:
    """From the end of the file as it is known, at least `lines` whole lines; the position is left at that end."""
    end = position = handle.tell()
    data = b""
    while position > 0 and data.count(b"\n") <= lines:
        position = max(0, position - BLOCK)
        handle.seek(position)
        data = handle.read(min(BLOCK, end - position)) + data
    handle.seek(end)
    return data


def _when(line: Line) -> float:
    return line.when
