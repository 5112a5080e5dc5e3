"""The shape of the stack file, read off the dataclasses: what the reader, the schema and the default file share."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import Field
from dataclasses import fields
from dataclasses import is_dataclass
from functools import cache
from types import NoneType
from types import UnionType
from typing import Any
from typing import cast

Keys = Mapping[str, tuple[Field[Any], Any]]


def keys(table: type[Any]) -> Keys:
    """The keys of a table in order: its field (documentation and limits in `metadata`) and its type."""
    return _keys(cast(Any, table))


@cache
def _keys(table: Any) -> Keys:
    types = typing.get_type_hints(table)
    return {f.name: (f, types[f.name]) for f in fields(table)}


def required(kind: Any) -> Any:
    """`X | None` → X: a key that may be unset has the type of what it holds when it is set."""
    if isinstance(kind, UnionType):
        (inner,) = (part for part in typing.get_args(kind) if part is not NoneType)
        return inner
    return kind


def is_table(kind: Any) -> bool:
    return isinstance(kind, type) and is_dataclass(kind)


def is_mapping(kind: Any) -> bool:
    return typing.get_origin(kind) is Mapping


def is_tuple(kind: Any) -> bool:
    return typing.get_origin(kind) is tuple


def inner(kind: Any) -> Any:
    """The type of the values of a mapping, or of the items of a tuple."""
    return typing.get_args(kind)[1 if is_mapping(kind) else 0]


def key_type(kind: Any) -> Any:
    """The type of the keys of a mapping: str or a StrEnum."""
    return typing.get_args(kind)[0]
