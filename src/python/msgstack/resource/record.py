"""Resources read back from a receipt: the inverse of `Resource.state()`."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields
from dataclasses import is_dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any
from typing import Union
from typing import get_args
from typing import get_origin
from typing import get_type_hints

from msgstack.resource.model import KINDS
from msgstack.resource.model import Json
from msgstack.resource.model import Resource


def from_record(kind: str, key: str, state: Mapping[str, Json]) -> Resource | None:
    """The resource that was recorded; None for a kind, or a state, that this program does not know.

    A component's kinds are known once the module that defines them was imported.
    """
    cls = KINDS.get(kind)
    if cls is None:
        return None
    try:
        resource = _dataclass({"key": key, **state}, cls)
    except (TypeError, ValueError, KeyError):
        return None
    return resource if isinstance(resource, Resource) else None


def _dataclass(value: Mapping[str, Any], cls: type[Any]) -> object:
    hints = get_type_hints(cls)
    return cls(**{f.name: _value(value[f.name], hints[f.name]) for f in fields(cls) if f.name in value})


def _value(value: Any, hint: Any) -> Any:
    """`value`, which came from JSON, as the type that `hint` says. Raises TypeError or ValueError if it can't be."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _union(value, get_args(hint))
    if origin is tuple:
        return _tuple(value, get_args(hint))
    if origin is not None and issubclass(origin, Mapping):
        keys, values = get_args(hint)
        return {_value(k, keys): _value(v, values) for k, v in value.items()}
    return _plain(value, hint)


def _plain(value: Any, hint: Any) -> Any:
    if not isinstance(hint, type):
        return value
    if is_dataclass(hint):
        return _dataclass(value, hint)
    if issubclass(hint, PurePath | Enum) or (issubclass(hint, int) and isinstance(value, int)):
        return hint(value)
    if not isinstance(value, hint):
        raise TypeError(f"{value!r} is no {hint.__name__}")
    return value


def _tuple(value: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    hints = [args[0]] * len(value) if args[-1] is Ellipsis else list(args)
    return tuple(_value(one, hint) for one, hint in zip(value, hints, strict=True))


def _union(value: Any, args: tuple[Any, ...]) -> Any:
    if value is None and type(None) in args:
        return None
    for hint in args:
        try:
            return _value(value, hint)
        except (TypeError, ValueError, AttributeError):
            continue
    raise TypeError(f"{value!r} is none of {args}")
