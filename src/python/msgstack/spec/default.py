"""`configs/stacks/default.toml`: every key of the stack file, commented, with its meaning and default.

`# ` starts a remark and `#` before a key a default: taking away each `#` that no space follows gives a file
that says what no file at all says.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import Field
from enum import StrEnum
from typing import Any

from msgstack.spec.problem import dotted
from msgstack.spec.scalar import choices
from msgstack.spec.scalar import show
from msgstack.spec.shape import inner
from msgstack.spec.shape import is_mapping
from msgstack.spec.shape import is_table
from msgstack.spec.shape import is_tuple
from msgstack.spec.shape import keys
from msgstack.spec.shape import required
from msgstack.spec.stack import Stack

WIDTH = 110
HEAD = """\
# The stack file: every key with its default. It describes one messaging stack on one host.
#
# Every key is optional, and no file at all means just this. To change a key, take away the # before it; to have
# streams and buckets of your own, take away the # before their [headers] too.
# Sizes are written with B, KB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (powers of 1024),
# durations with ms, s, m, h, d, w. `nats-setup schema` prints a JSON Schema for your editor.
"""
Path = tuple[str, ...]


def default_file() -> str:
    """The text of the commented default stack file."""
    writer = _Writer()
    return HEAD + "\n".join(writer.table(Stack(), ())).rstrip() + "\n"


class _Writer:
    """Writes tables after the keys of the table around them, as TOML wants. A kind of table that comes again
    (the second stream) is not explained again, and has only the keys that differ from their defaults."""

    def __init__(self) -> None:
        self._explained: set[type[Any]] = set()

    def table(self, value: Any, path: Path) -> Iterator[str]:
        known = keys(type(value))
        again = type(value) in self._explained
        self._explained.add(type(value))
        nested = {name for name, (_, kind) in known.items() if is_table(kind) or _names_tables(kind)}
        for name in (n for n in known if n not in nested):
            yield from self._key(known[name][0], required(known[name][1]), getattr(value, name), again)
        for name in (n for n in known if n in nested):
            yield from self._nested(known[name][0], known[name][1], getattr(value, name), (*path, name))

    def _key(self, field: Field[Any], kind: Any, value: Any, again: bool) -> Iterator[str]:
        if again:
            if value != field.default:
                yield f"#{field.name} = {_toml(value)}"
            return
        yield ""
        yield from _remark(field.metadata["doc"] + _allowed(kind, field.metadata))
        if value is None or is_mapping(kind):
            yield f"# Unset by default; for example: {field.name} = {_toml(field.metadata['example'])}"
        else:
            yield f"#{field.name} = {_toml(value)}"

    def _nested(self, field: Field[Any], kind: Any, value: Any, path: Path) -> Iterator[str]:
        if is_table(kind):
            yield from ("", *_remark(field.metadata["doc"]), f"[{dotted(path)}]", *self.table(value, path))
            return
        if value:
            yield from ("", *_remark(field.metadata["doc"]))
        for name, item in value.items():
            yield from ("", f"#[{dotted((*path, name))}]", *self.table(item, (*path, name)))


def _names_tables(kind: Any) -> bool:
    return is_mapping(kind) and is_table(inner(kind))


def _remark(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="# ")


def _allowed(kind: Any, metadata: Mapping[str, Any]) -> str:
    """What may be written, beyond the kind that the default shows."""
    bare = inner(kind) if is_tuple(kind) else kind
    if isinstance(bare, type) and issubclass(bare, StrEnum):
        return f" One of: {choices(bare)}."
    if isinstance(bare, type) and issubclass(bare, int) and not issubclass(bare, bool):
        return _range(bare, metadata["least"], metadata["most"])
    return ""


def _range(kind: type[int], least: int | None, most: int | None) -> str:
    """The limits, in the units of `kind`."""
    if least is not None and most is not None:
        return f" {kind(least)} to {kind(most)}." if least != most else f" Always {kind(most)}."
    return f" At least {kind(least)}." if least else f" At most {kind(most)}." if most is not None else ""


def _toml(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{name} = {_toml(item)}' for name, item in value.items())} }}"
    return show(value)
