"""On which line of a TOML text a key stands: tomllib doesn't tell."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

Path = tuple[str, ...]


def line_of(text: str, path: Path) -> int | None:
    """The line, from 1, of the key, or of the nearest table around it that is written out; None when there is none.

    `text` must be valid TOML.
    """
    known = _lines(text)
    for length in range(len(path), 0, -1):
        if path[:length] in known:
            return known[path[:length]]
    return None


def _lines(text: str) -> dict[Path, int]:
    known: dict[Path, int] = {}
    table: Path = ()
    for number, statement in _statements(text):
        found = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = max(_paths(found), key=len, default=())
            known.setdefault(table, number)
            continue
        for path in _paths(found):
            known.setdefault(table + path, number)
    return known


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each header or `key = value`, with its first line's number. A value that goes on over lines is one
    statement: lines are added until TOML accepts it."""
    pending, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if not pending and (not line.strip() or line.lstrip().startswith("#")):
            continue
        first = first if pending else number
        pending = f"{pending}\n{line}" if pending else line
        if _whole(pending):
            yield first, pending
            pending = ""


def _whole(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of all keys of nested tables, also of tables in arrays."""
    if isinstance(value, list):
        for item in value:
            yield from _paths(item, path)
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield (*path, key)
            yield from _paths(inner, (*path, key))
