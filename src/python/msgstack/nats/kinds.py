"""What a NATS server and its command line hold: streams, consumers, buckets, contexts, as resources.

Which updates a server refuses was tried on 2.10.26, 2.11.11, 2.12.8, 2.14.6 and 2.15.1: all refuse the same, and
`tests/python/msgstack/nats/live/test_rules.py` asks the real ones again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from dataclasses import fields
from pathlib import Path
from typing import Any
from typing import ClassVar
from typing import Final
from typing import Self

from msgstack.resource.model import Phase
from msgstack.resource.model import Resource
from msgstack.resource.model import is_state
from msgstack.resource.model import shown
from msgstack.spec.units import Duration
from msgstack.spec.units import Size

DEFAULT_PERSISTENCE: Final = "default"  # the other, "async", acknowledges before anything is written


def unit(as_written: Callable[[int], Any]) -> dict[str, Any]:
    """Metadata of a number: how a plan writes it."""
    return {"unit": as_written}


@dataclass(frozen=True, kw_only=True)
class Live(Resource):
    """Something inside the server. Only what the stack file can say is compared, not what a server fills in."""

    phase: ClassVar[Phase] = Phase.LIVE
    holds_data: ClassVar[bool] = True
    settled: ClassVar[tuple[tuple[str, str], ...]] = ()  # fields that no server changes in place, and their names

    def differences(self, seen: Self) -> tuple[str, ...]:
        """A reason for each field, in the units of the stack file."""
        pairs = ((f, getattr(seen, f.name), getattr(self, f.name)) for f in fields(self) if is_state(f))
        return tuple(f"{f.name}: {written(f, old)} → {written(f, new)}" for f, old, new in pairs if old != new)

    def refusal(self, seen: Self) -> str | None:
        for name, words in self.settled:
            old, new = getattr(seen, name), getattr(self, name)
            if old != new:
                return f"a server can't change {words} in place ({old or 'none'} → {new or 'none'}); {self.way_out()}"
        return None

    def way_out(self) -> str:
        """What a user can do instead of the change that is refused."""
        raise NotImplementedError


def written(f: Any, value: Any) -> str:
    """A field's value as the stack file writes it."""
    if value is None:
        return "no limit" if "unit" in f.metadata else "none"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return str(f.metadata.get("unit", str)(value)) or '""'


@dataclass(frozen=True, kw_only=True)
class Stream(Live):
    """A JetStream stream of the application account. Sizes in bytes, times in milliseconds, None is no limit."""

    kind: ClassVar[str] = "stream"
    settled: ClassVar[tuple[tuple[str, str], ...]] = (
        ("storage", "the storage of a stream"),
        ("persist_mode", "the persistence of a stream"),
    )

    name: str
    description: str
    subjects: tuple[str, ...]
    storage: str
    retention: str
    max_bytes: int | None = field(metadata=unit(Size))
    max_age: int | None = field(metadata=unit(Duration))
    max_messages: int | None = field(metadata=unit(int))
    max_message_size: int | None = field(metadata=unit(Size))
    discard: str
    duplicate_window: int | None = field(metadata=unit(Duration))
    persist_mode: str = DEFAULT_PERSISTENCE  # async would silently undo `jetstream.max_loss`

    def describe(self) -> str:
        return f"{', '.join(self.subjects)} ({self.storage}, {self.retention})"

    def refusal(self, seen: Self) -> str | None:
        if self.retention != seen.retention and "workqueue" in (self.retention, seen.retention):
            change = f"{seen.retention} → {self.retention}"
            return f"a server can't change retention to or from workqueue in place ({change}); {self.way_out()}"
        return super().refusal(seen)

    def way_out(self) -> str:
        return (
            f"keep it as it is in the stack file, give the new one another name and subjects, or, once its messages "
            f"may go or are backed up (`nats stream backup {self.name} FOLDER`), `nats stream rm {self.name}` and apply"
        )


@dataclass(frozen=True, kw_only=True)
class Consumer(Live):
    """A durable consumer. Times in milliseconds."""

    kind: ClassVar[str] = "consumer"
    settled: ClassVar[tuple[tuple[str, str], ...]] = (
        ("deliver", "where a consumer starts"),
        ("ack_policy", "the ack policy of a consumer"),
    )

    stream: str
    name: str
    description: str
    filter_subjects: tuple[str, ...]
    deliver: str
    ack_wait: int | None = field(metadata=unit(Duration))
    max_deliver: int
    max_ack_pending: int
    push_subject: str | None
    push_group: str | None
    ack_policy: str = "explicit"

    def describe(self) -> str:
        return f"of {self.stream}, " + (f"pushes to {self.push_subject}" if self.push_subject else "pulled")

    def refusal(self, seen: Self) -> str | None:
        if (self.push_subject is None) != (seen.push_subject is None):
            change = "push → pull" if seen.push_subject else "pull → push"
            return f"a server can't change how a consumer delivers in place ({change}); {self.way_out()}"
        return super().refusal(seen)

    def way_out(self) -> str:
        return (
            f"give the new one another name, or `nats consumer rm {self.stream} {self.name}` and apply: "
            "its position is lost, the messages stay"
        )


@dataclass(frozen=True, kw_only=True)
class Bucket(Live):
    """A key-value bucket: the stream KV_<name>, set up as key-value clients rely on (ADR-8 of NATS)."""

    kind: ClassVar[str] = "bucket"
    settled: ClassVar[tuple[tuple[str, str], ...]] = (
        ("storage", "the storage of a bucket"),
        ("persist_mode", "the persistence of a bucket"),
    )

    name: str
    description: str
    storage: str
    max_bytes: int | None = field(metadata=unit(Size))
    history: int
    ttl: int | None = field(metadata=unit(Duration))
    max_value_size: int | None = field(metadata=unit(Size))
    persist_mode: str = DEFAULT_PERSISTENCE
    usable: bool = True  # whether the stream behind it still is what key-value clients rely on

    def describe(self) -> str:
        return f"({self.storage}, history {self.history})"

    def way_out(self) -> str:
        return (
            f"keep it as it is in the stack file, give the new one another name, or, once its values may go, "
            f"`nats kv del {self.name}` and apply"
        )


@dataclass(frozen=True, kw_only=True)
class Context(Resource):
    """A context of the `nats` command line: one file of its own, which holds a password and so is 0600.

    `password` is the file that the password is read from when the context is written; what was observed has
    another value there when the context's password is not the one in that file.
    """

    kind: ClassVar[str] = "context"
    phase: ClassVar[Phase] = Phase.ACTIVATE
    exclusive: ClassVar[bool] = True  # a context of that name that no receipt has is the user's own

    name: str
    folder: Path  # …/nats, which holds context/ and context.txt
    description: str
    url: str
    user: str
    password: str
    mode: int = 0o600
    selects: bool = field(default=False, metadata=shown())  # becomes the selected one when none is

    @property
    def path(self) -> Path:
        return self.folder / "context" / f"{self.name}.json"

    def describe(self) -> str:
        return f"{self.user} at {self.url}"

    def differences(self, seen: Self) -> tuple[str, ...]:
        mode = (f"mode: {seen.mode:04o} → {self.mode:04o}",) if self.mode != seen.mode else ()
        names = ("description", "url", "user", "password")
        pairs = ((name, getattr(seen, name), getattr(self, name)) for name in names)
        return tuple(f"{name}: {old or 'none'} → {new}" for name, old, new in pairs if old != new) + mode
