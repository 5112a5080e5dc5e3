"""Resource, Seen, Change: the vocabulary in which every component says what it wants.

A resource is a pure value: one thing and the state that it shall have. What was observed is a value of
the same type, so that one comparison, field by field, serves every kind of resource: it gives the
reason in the plan, and "no difference" is what *unchanged* means everywhere.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import fields
from enum import Enum
from enum import IntEnum
from enum import StrEnum
from pathlib import PurePath
from typing import Any
from typing import ClassVar
from typing import Generic
from typing import Self
from typing import TypeVar

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Phase(IntEnum):
    """When a resource is brought about, and so what a switch can take back (see docs/architecture.md)."""

    STAGE = 1  # store and new generation; nothing that runs notices
    SWITCH = 2  # `current` points to the new generation: one rename
    ACTIVATE = 3  # units, links, contexts, start and restart: idempotent, re-run from the generation
    LIVE = 4  # inside the servers: streams, namespaces, policies


def shown() -> Mapping[str, bool]:
    """Metadata of a field that says how to do it, not what is wanted: not compared, not in receipts."""
    return {"state": False}


KINDS: dict[str, type[Resource]] = {}  # by `kind`; each subclass adds itself


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One thing with a desired state. Subclasses add the state as fields; see `resource/kinds.py`."""

    kind: ClassVar[str]  # its name in receipts
    phase: ClassVar[Phase]
    staged: ClassVar[bool] = False  # is part of the generation's content: every new generation writes it anew
    holds_data: ClassVar[bool] = False  # never deleted unless a user names it
    remains: ClassVar[bool] = False  # not wanted any more it stays, for older generations; only uninstall removes it
    exclusive: ClassVar[bool] = False  # found there, in no receipt of ours, it is somebody else's: refused

    key: str  # stable, e.g. "nats/stream/TASKS"
    needs: tuple[str, ...] = field(default=(), metadata=shown())  # keys that come first

    def __init_subclass__(cls) -> None:
        """Every kind is known by its name, so that a receipt can be read back (see `resource/record.py`)."""
        if "kind" in cls.__dict__:
            KINDS[cls.kind] = cls

    def state(self) -> dict[str, Json]:
        """The desired state as JSON, for comparison and receipts; never a secret."""
        return {f.name: to_json(getattr(self, f.name)) for f in fields(self) if f.name != "key" and is_state(f)}

    def describe(self) -> str:
        """A few words beside the key in a plan."""
        return ""

    def differences(self, seen: Self) -> tuple[str, ...]:
        """Why `seen` is not what is wanted, a reason each; empty when it is."""
        mine, theirs = self.state(), seen.state()
        return tuple(
            f"{name}: {brief(theirs.get(name))} → {brief(mine[name])}"
            for name in mine
            if mine[name] != theirs.get(name)
        )

    def refusal(self, seen: Self) -> str | None:
        """Why `seen` can't be changed into this in place, with the way out; None when it can."""
        return None

    def replaced(self, seen: Self) -> bool:
        """Whether `seen` is certainly not what we made but something that took its place: never deleted."""
        return False

    def text(self) -> tuple[str, str] | None:
        """A name and a text for the unified diff of a plan; None for what has no text."""
        return None


R = TypeVar("R", bound=Resource)


@dataclass(frozen=True)
class Absent:
    """It was looked for and is not there."""


@dataclass(frozen=True)
class Present(Generic[R]):
    """It is there, in the state that `resource` tells."""

    resource: R


@dataclass(frozen=True)
class Unknown:
    """It can't be told now: the streams of a stopped server are unknown, not absent."""

    reason: str


Seen = Absent | Present[R] | Unknown


class Action(StrEnum):
    """What a change does; the value is its sign in a printed plan."""

    CREATE = "+"
    UPDATE = "~"
    DELETE = "-"
    CHECK = "?"  # unknown now; looked at again, and brought about, in its phase
    CARRY = "="  # unchanged, written into the new generation beside what changed; not counted, not printed


@dataclass(frozen=True)
class Change(Generic[R]):
    """One line of a plan. `resource` is what is wanted, or what is there if it is not `wanted` any more."""

    action: Action
    resource: R
    seen: Seen[R]
    reasons: tuple[str, ...] = ()
    diff: str = ""
    wanted: bool = True  # False for DELETE, and for a CHECK that would lead to one

    @property
    def counts(self) -> bool:
        """Whether applying it changes something that a user would call changed."""
        return self.action in (Action.CREATE, Action.UPDATE, Action.DELETE)


def is_state(f: Any) -> bool:
    return bool(f.metadata.get("state", True)) and f.name != "needs"


def to_json(value: Any) -> Json:
    """Dataclasses, enums, paths and mappings as plain JSON values, in a stable order."""
    if isinstance(value, Enum):
        return to_json(value.value)
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Mapping):
        return {str(k): to_json(value[k]) for k in sorted(value)}
    if isinstance(value, list | tuple):
        return [to_json(v) for v in value]
    return {f.name: to_json(getattr(value, f.name)) for f in fields(value) if is_state(f)}


def brief(value: Json) -> str:
    """A value short enough for a line of a plan."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def unified(want: Resource | None, seen: Resource | None) -> str:
    """A unified diff from what is there to what is wanted; "" for resources without text."""
    new, old = want.text() if want else None, seen.text() if seen else None
    name = (new or old or ("", ""))[0]
    lines = difflib.unified_diff(
        (old or ("", ""))[1].splitlines(keepends=True),
        (new or ("", ""))[1].splitlines(keepends=True),
        f"a/{name.lstrip('/')}" if old else "/dev/null",
        f"b/{name.lstrip('/')}" if new else "/dev/null",
    )
    return "".join(lines)
