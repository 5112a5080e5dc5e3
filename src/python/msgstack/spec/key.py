"""A key of the stack file: default, documentation and limits, said once, beside the field that holds it.

The reader, the JSON Schema and `configs/stacks/default.toml` are all made from these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING
from dataclasses import field
from typing import Any


def key(
    doc: str,
    default: Any = MISSING,
    *,
    factory: Callable[[], Any] | Any = MISSING,
    least: int | None = None,
    most: int | None = None,
    pattern: str | None = None,
    example: Any = None,
) -> Any:
    """A dataclass field with what the stack file's readers need. `least` and `most` bound a number, in its
    base unit; `pattern` is a regular expression that the whole string must match; `example` stands in the
    commented default file where the default is nothing."""
    metadata = {"doc": doc, "least": least, "most": most, "pattern": pattern, "example": example}
    if factory is not MISSING:
        return field(default_factory=factory, metadata=metadata)
    return field(default=default, metadata=metadata)
