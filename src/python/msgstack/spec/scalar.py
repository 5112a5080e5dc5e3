"""One value of the stack file: read from TOML, checked against its key's limits, written back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgstack.spec.units import Duration
from msgstack.spec.units import Size

NAMES = {bool: "true or false", int: "a whole number", str: "a string", list: "an array", dict: "a table"}


class Refused(Exception):
    """Why a value can't be: what was found and what is allowed."""


def read_scalar(kind: Any, value: Any, metadata: Mapping[str, Any]) -> Any:
    """`value` as `kind` (bool, int, str, Size, Duration, a StrEnum), within `metadata`. Raises Refused."""
    if kind in (Size, Duration):
        return _bounded(_with_unit(kind, value), metadata)
    if issubclass(kind, StrEnum):
        return _choice(kind, value)
    if type(value) is not kind:
        raise Refused(f"{show(value)} is not {NAMES[kind]}")
    return _bounded(value, metadata) if kind is int else matching(value, metadata["pattern"])


def show(value: object) -> str:
    """A value as TOML writes it, or its kind when that is long."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Size | Duration | str):
        return f'"{value}"'
    return NAMES[type(value)] if isinstance(value, list | dict) else str(value)


def choices(kind: type[StrEnum]) -> str:
    return ", ".join(member.value for member in kind)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "file"?`, or nothing when nothing is near."""
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""


def matching(value: Any, pattern: str | None) -> Any:
    """`value` itself, when it is no string, or has no pattern, or all of it matches. Raises Refused."""
    if pattern and isinstance(value, str) and not re.fullmatch(pattern, value):
        raise Refused(f"{show(value)} is not allowed: it must match {pattern}")
    return value


def _with_unit(kind: type[Size] | type[Duration], value: object) -> int:
    if not isinstance(value, str):
        unit = f'; with its unit, e.g. "{value}{next(iter(kind.UNITS))}"' if type(value) is int else ""
        raise Refused(f'{show(value)} is not {kind.WHAT}: write it as a string, e.g. "{kind.EXAMPLE}"{unit}')
    try:
        return kind.parse(value)
    except ValueError as error:
        raise Refused(f"{show(value)} is {error}") from None


def _choice(kind: type[StrEnum], value: object) -> StrEnum:
    if not isinstance(value, str) or value not in list(kind):
        near = did_you_mean(value, kind) if isinstance(value, str) else ""
        raise Refused(f"{show(value)} is not one of {choices(kind)}{near}")
    return kind(value)


def _bounded(value: int, metadata: Mapping[str, Any]) -> int:
    least, most = metadata["least"], metadata["most"]
    unit = type(value)
    if least is not None and value < least:
        raise Refused(f"{show(value)} is too little: at least {show(unit(least))}")
    if most is not None and value > most:
        raise Refused(f"{show(value)} is too much: at most {show(unit(most))}")
    return value
