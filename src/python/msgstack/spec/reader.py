"""Stack file → `Stack`: every problem named by line and key, all at once, before anything happens."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

from msgstack.spec.lines import line_of
from msgstack.spec.problem import Problem
from msgstack.spec.problem import StackError
from msgstack.spec.scalar import Refused
from msgstack.spec.scalar import did_you_mean
from msgstack.spec.scalar import matching
from msgstack.spec.scalar import read_scalar
from msgstack.spec.scalar import show
from msgstack.spec.shape import inner
from msgstack.spec.shape import is_mapping
from msgstack.spec.shape import is_table
from msgstack.spec.shape import is_tuple
from msgstack.spec.shape import key_type
from msgstack.spec.shape import keys
from msgstack.spec.shape import required
from msgstack.spec.stack import Stack

Path = tuple[str, ...]


def load(text: str, name: str) -> Stack:
    """The stack that `text` (TOML) describes; `name` is the file's, for messages. Raises StackError (exit 2)."""
    from msgstack.spec.check import problems

    stack = parse(text, name)
    found = problems(stack)
    if found:
        raise StackError(name, [replace(p, line=line_of(text, p.path)) for p in found])
    return stack


def parse(text: str, name: str) -> Stack:
    """As `load`, without asking whether the keys go together."""
    values = _toml(text, name)
    reader = _Reader()
    stack: Stack = reader.table(Stack, {"version": values.get("version", 1)}, ())
    if not reader.problems:  # another version's keys may well be unknown: they are no news
        stack = reader.table(Stack, values, ())
    if reader.problems:
        raise StackError(name, [replace(p, line=line_of(text, p.path)) for p in reader.problems])
    return stack


def digest(stack: Stack) -> str:
    """SHA-256 (hex) of what the stack says: comments, order and units of the file make no difference."""
    import hashlib
    import json

    from msgstack.resource.model import to_json

    canonical = json.dumps(to_json(stack), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _toml(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StackError(name, [Problem((), f"this is not TOML: {error}")]) from None


class _Reader:
    """Reads values by the types of the dataclasses and gathers what is wrong on the way."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def table(self, kind: type[Any], value: object, path: Path) -> Any:
        """A dataclass from a TOML table; keys that are not written keep their defaults."""
        if not isinstance(value, dict):
            return self._refuse(path, f"{show(value)} is not a table")
        known = keys(kind)
        for name in value.keys() - known.keys():
            self._refuse((*path, name), f"there is no such key here{did_you_mean(name, known)}")
        read = {
            name: self._value(known[name][1], value[name], dict(known[name][0].metadata), (*path, name))
            for name in known
            if name in value
        }
        return kind(**{name: item for name, item in read.items() if item is not None})

    def _value(self, kind: Any, value: object, metadata: dict[str, Any], path: Path) -> Any:
        kind = required(kind)
        if is_table(kind):
            return self.table(kind, value, path)
        if is_mapping(kind):
            return self._mapping(kind, value, metadata, path)
        if is_tuple(kind):
            return self._tuple(kind, value, metadata, path)
        try:
            return read_scalar(kind, value, metadata)
        except Refused as refused:
            return self._refuse(path, str(refused))

    def _mapping(self, kind: Any, value: object, metadata: dict[str, Any], path: Path) -> Any:
        if not isinstance(value, dict):
            return self._refuse(path, f"{show(value)} is not a table")
        plain = metadata | {"pattern": None}  # the pattern is for the names, not for what they name
        read = {
            self._name(kind, n, metadata, path): self._value(inner(kind), v, plain, (*path, n))
            for n, v in value.items()
        }
        return read

    def _name(self, kind: Any, name: str, metadata: dict[str, Any], path: Path) -> Any:
        try:
            matching(name, metadata["pattern"])
            return read_scalar(key_type(kind), name, metadata)
        except Refused as refused:
            return self._refuse((*path, name), f"the name {refused}")

    def _tuple(self, kind: Any, value: object, metadata: dict[str, Any], path: Path) -> Any:
        if not isinstance(value, list):
            return self._refuse(path, f"{show(value)} is not an array")
        return tuple(self._value(inner(kind), item, metadata, path) for item in value)

    def _refuse(self, path: Path, text: str) -> None:
        self.problems.append(Problem(path, text))
