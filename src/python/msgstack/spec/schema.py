"""The JSON Schema (draft 2020-12) of the stack file, for editors: made from the same types as the reader.

A schema can't say how large `"512MiB"` is, nor whether keys go together: the reader refuses some files that it
accepts, and accepts none that it refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING
from dataclasses import Field
from typing import Any

from msgstack.resource.model import to_json
from msgstack.spec.shape import inner
from msgstack.spec.shape import is_mapping
from msgstack.spec.shape import is_table
from msgstack.spec.shape import is_tuple
from msgstack.spec.shape import key_type
from msgstack.spec.shape import keys
from msgstack.spec.shape import required
from msgstack.spec.stack import Stack
from msgstack.spec.units import Duration
from msgstack.spec.units import Size
from msgstack.spec.units import pattern

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Node = dict[str, Any]


def schema() -> Node:
    """The schema of a whole stack file."""
    return {"$schema": DIALECT, "title": "msgstack stack file", **_table(Stack)}


def _table(kind: type[Any]) -> Node:
    properties = {name: _key(field, type_) for name, (field, type_) in keys(kind).items()}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _key(field: Field[Any], kind: Any) -> Node:
    kind = required(kind)
    node = {"description": field.metadata["doc"], **_value(kind, field.metadata)}
    if field.default not in (MISSING, None):
        node["default"] = str(field.default) if kind in (Size, Duration) else to_json(field.default)
    return node


def _value(kind: Any, metadata: Mapping[str, Any]) -> Node:
    if is_table(kind):
        return _table(kind)
    if is_mapping(kind):
        return _mapping(kind, metadata)
    if is_tuple(kind):
        return {"type": "array", "items": _value(inner(kind), metadata)}
    return _scalar(kind, metadata)


def _mapping(kind: Any, metadata: Mapping[str, Any]) -> Node:
    names = _scalar(key_type(kind), metadata)
    plain = {**metadata, "pattern": None}
    return {"type": "object", "propertyNames": names, "additionalProperties": _value(inner(kind), plain)}


def _scalar(kind: Any, metadata: Mapping[str, Any]) -> Node:
    if kind in (Size, Duration):
        return {"type": "string", "pattern": pattern(dict(kind.UNITS)), "examples": [kind.EXAMPLE]}
    if kind is bool:
        return {"type": "boolean"}
    if kind is int:
        limits = {"minimum": metadata["least"], "maximum": metadata["most"]}
        return {"type": "integer", **{name: limit for name, limit in limits.items() if limit is not None}}
    if kind is str:
        return {"type": "string", **({"pattern": f"^(?:{metadata['pattern']})$"} if metadata["pattern"] else {})}
    return {"enum": [member.value for member in kind]}
