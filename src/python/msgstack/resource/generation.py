"""The one switch, and what stands around it: kinds that the engine itself makes, for every component alike."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import ClassVar
from typing import Final

from msgstack.resource.model import Json
from msgstack.resource.model import Phase
from msgstack.resource.model import Resource
from msgstack.resource.model import shown

FEW: Final = 3


@dataclass(frozen=True, kw_only=True)
class Generation(Resource):
    """`current` is a generation with this content: the one switch.

    `states` is the whole receipt body: every resource's key, kind, phase, holds_data and state, in plan order.
    `trees` names, for each tree's key, the store's folders that would do. `leftover` are states that an earlier
    receipt had and nobody wants any more, there when this was planned: remembered, so that a run which is killed
    before it deletes them is mended by the next.
    """

    kind: ClassVar[str] = "generation"
    phase: ClassVar[Phase] = Phase.SWITCH
    remains: ClassVar[bool] = True

    component: str
    instance: str
    stack_digest: str
    stack_text: str = field(metadata=shown())  # the stack file as read; "" for the default stack
    states: tuple[dict[str, Json], ...] = ()
    trees: tuple[tuple[str, tuple[str, ...]], ...] = field(default=(), metadata=shown())
    leftover: tuple[dict[str, Json], ...] = field(default=(), metadata=shown())
    number: int = field(default=0, metadata=shown())  # of what was seen; a new one gets the next

    def describe(self) -> str:
        return "switch to a new generation"

    def differences(self, seen: Generation) -> tuple[str, ...]:
        mine, theirs = ({str(state["key"]): state for state in one.states} for one in (self, seen))
        return few(
            *(("the stack file differs",) if self.stack_digest != seen.stack_digest else ()),
            *(f"{key} is new" for key in mine if key not in theirs),
            *(f"{key} differs" for key in mine if key in theirs and mine[key] != theirs[key]),
            *(f"{key} is not wanted any more" for key in theirs if key not in mine),
        )


def few(*reasons: str) -> tuple[str, ...]:
    """The first reasons, and how many more there are."""
    more = len(reasons) - FEW
    return reasons if more <= 0 else (*reasons[:FEW], f"and {more} more")


@dataclass(frozen=True, kw_only=True)
class Staging(Resource):
    """An empty folder for the new generation. The plan puts it first when there will be one.

    `states` is what lies outside of generations once all is staged: written down before any of it is made, since no
    receipt of a generation tells of it until the switch.
    """

    kind: ClassVar[str] = "staging"
    phase: ClassVar[Phase] = Phase.STAGE
    remains: ClassVar[bool] = True

    component: str
    instance: str
    states: tuple[dict[str, Json], ...] = field(default=(), metadata=shown())


@dataclass(frozen=True, kw_only=True)
class StoredTree(Resource):
    """One folder of the store, by its id. Only uninstall speaks of it, and only to remove it."""

    kind: ClassVar[str] = "stored-tree"
    phase: ClassVar[Phase] = Phase.STAGE
    remains: ClassVar[bool] = True

    path: Path


@dataclass(frozen=True, kw_only=True)
class Generations(Resource):
    """All generations of a component, `current` and what else is in their folder. Only uninstall speaks of it.

    `kept` are the states of what holds data and stays, written down so that a later uninstall can purge it.
    """

    kind: ClassVar[str] = "generations"
    phase: ClassVar[Phase] = Phase.STAGE
    remains: ClassVar[bool] = True

    component: str
    instance: str
    numbers: tuple[int, ...]
    kept: tuple[dict[str, Json], ...] = field(default=(), metadata=shown())

    def describe(self) -> str:
        if not self.numbers:
            return "the memory of what an earlier uninstall kept"
        return f"generation{'s' * (len(self.numbers) > 1)} {', '.join(map(str, self.numbers))}"


@dataclass(frozen=True, kw_only=True)
class MadeFolders(Resource):
    """The folders that were made for the stack; those that are empty by then go. Only uninstall speaks of it.

    `unnamed` are files, links and folders that killed runs made and that never got the name they were made for.
    """

    kind: ClassVar[str] = "made-folders"
    phase: ClassVar[Phase] = Phase.STAGE
    remains: ClassVar[bool] = True

    paths: tuple[Path, ...]
    unnamed: tuple[Path, ...] = field(default=(), metadata=shown())

    def describe(self) -> str:
        return "those that were made and are empty by then"
