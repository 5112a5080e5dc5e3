"""Receipts: what a generation holds, as it was wanted when it was made. Immutable, JSON, never a secret."""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Final
from typing import Self

from msgstack.errors import MsgstackError
from msgstack.resource.model import Json
from msgstack.resource.model import Resource
from msgstack.resource.record import from_record

NAME: Final = "receipt.json"
SCHEMA_VERSION: Final = 1


class DamagedReceipt(MsgstackError):
    """A receipt can't be read as one."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One resource in a receipt."""

    key: str
    kind: str
    phase: int
    holds_data: bool
    state: dict[str, Json]

    @classmethod
    def of(cls, want: Resource) -> Self:
        """What a receipt says of `want`."""
        return cls(key=want.key, kind=want.kind, phase=int(want.phase), holds_data=want.holds_data, state=want.state())

    def as_json(self) -> dict[str, Json]:
        """The record as `Generation.states` has it."""
        return asdict(self)

    def resource(self) -> Resource | None:
        """The resource that was recorded; None if this program does not know its kind."""
        return from_record(self.kind, self.key, self.state)


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """One generation's record. `number` counts from 1; `made` is UTC, ISO 8601; `trees` tells of each tree of the
    store, by its resource's key, its id, where it came from and what was, and was not, verified. `leftover` is what
    earlier receipts had, nobody wants any more, and was there when this was made. `stack_digest` is of the stack file's
    meaning, `stack_sha256` of the bytes beside the receipt."""

    schema_version: int = SCHEMA_VERSION
    program: str
    component: str
    instance: str
    number: int
    made: str
    stack_digest: str
    stack_sha256: str = ""
    resources: tuple[Recorded, ...]
    trees: dict[str, dict[str, Json]] = field(default_factory=dict)
    leftover: tuple[Recorded, ...] = ()

    def records(self) -> tuple[Recorded, ...]:
        """All that it knows of, each key once; what was wanted comes before what was left over."""
        known = {record.key for record in self.resources}
        return self.resources + tuple(record for record in self.leftover if record.key not in known)


def recorded(states: Iterable[Mapping[str, Any]]) -> tuple[Recorded, ...]:
    """The records in a list of JSON objects. Raises TypeError for what is none."""
    return tuple(Recorded(**state) for state in states)


def encode(receipt: Receipt) -> str:
    """Its text: the same receipt gives the same bytes."""
    return json.dumps(asdict(receipt), indent=1, sort_keys=True) + "\n"


def decode(text: str, name: str) -> Receipt:
    """Read a receipt; `name` is its file's, for errors. Raises DamagedReceipt for what is none, and MsgstackError
    for one that a newer program wrote."""
    try:
        data: dict[str, Any] = json.loads(text)
        version = int(data["schema_version"])
        if version > SCHEMA_VERSION:
            raise _newer(name, version)
        resources, leftover = recorded(data.pop("resources")), recorded(data.pop("leftover"))
        return Receipt(**data, resources=resources, leftover=leftover)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DamagedReceipt(
            f"{name} is damaged", f"it can't be read as a receipt: {error}", "apply writes a new one"
        ) from error


def _newer(name: str, version: int) -> MsgstackError:
    return MsgstackError(
        f"{name} was written by a newer program",
        f"its schema_version is {version}, and this program knows versions up to {SCHEMA_VERSION}",
        "use the newer program for this root, or give another --root",
    )
