"""The protocol of drivers: the only code that looks at a host or a server, and changes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import Protocol
from typing import TypeVar

from msgstack.resource.event import Say
from msgstack.resource.model import Change
from msgstack.resource.model import Resource
from msgstack.resource.model import Seen

R = TypeVar("R", bound=Resource)


class Driver(Protocol[R]):
    """Observes and changes one kind of resource. `change` is idempotent: run twice, it ends the same."""

    def observe(self, want: R) -> Seen[R]:
        """What is there now. Never changes anything, never raises for what it can call Unknown."""
        ...

    def change(self, change: Change[R], say: Say) -> None:
        """Bring the change about, durably, or raise a `MsgstackError` that says what holds now."""
        ...


Drivers = Mapping[type[Resource], Driver[Any]]
