"""Receipts: what a generation holds, as it was wanted when it was made. Immutable, JSON, never a secret."""

from __future__ import annotations

from dataclasses import dataclass

from msgstack.resource.model import Json

SCHEMA_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One resource in a receipt."""

    key: str
    kind: str
    phase: int
    holds_data: bool
    state: dict[str, Json]


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """One generation's record. `number` counts from 1; `made` is UTC, ISO 8601; `trees` tells of each tree
    of the store where it came from and what was, and was not, verified."""

    schema_version: int
    program: str
    component: str
    instance: str
    number: int
    made: str
    stack_digest: str
    resources: tuple[Recorded, ...]
    trees: dict[str, dict[str, Json]]
