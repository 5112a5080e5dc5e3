"""Plan: wanted against seen against the last receipt. Pure: the same input gives the same list."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import Any

from msgstack.engine import leaving
from msgstack.engine.observe import former
from msgstack.engine.order import in_order
from msgstack.engine.receipt import Receipt
from msgstack.engine.receipt import Recorded
from msgstack.resource.generation import Generation
from msgstack.resource.generation import Staging
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Phase
from msgstack.resource.model import Present
from msgstack.resource.model import Resource
from msgstack.resource.model import Seen
from msgstack.resource.model import Unknown
from msgstack.resource.model import unified

STAGED_AGAIN = "a new generation is written whole"


@dataclass(frozen=True)
class Refused:
    """A change that can't be made in place: why, with the way out."""

    key: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """What would change, in the order in which it will."""

    component: str
    changes: tuple[Change[Any], ...]
    unmanaged: tuple[Recorded, ...] = ()  # left the stack file, hold data, are kept
    refused: tuple[Refused, ...] = ()

    @property
    def count(self) -> int:
        """Changes that a user would call changes; unknown ones are not."""
        return sum(change.counts for change in self.changes)


def plan(
    wants: Sequence[Resource], seen: Mapping[str, Seen[Any]], last: Receipt | None, prune: Collection[str] = ()
) -> Plan:
    """The changes that make what is `seen` into `wants`, which hold one `Generation` (see `engine.generation.seal`).

    `seen` comes from `engine.observe.observe(wants, drivers, last)`. `prune` are keys of unmanaged resources to
    delete; raises UsageError for a key that is none.
    """
    generation = next(want for want in wants if isinstance(want, Generation))
    records = former(wants, last)
    leaving.check_prune(prune, wants, records, seen)
    order = in_order(wants)
    results = [compare(want, seen[want.key], last) for want in order]
    changes = [result for result in results if isinstance(result, Change)]
    changes += leaving.changes(records, seen, prune)
    return Plan(
        component=generation.component,
        changes=_ordered(_with_generation(changes, generation, wants, seen, records), order),
        unmanaged=leaving.unmanaged(records, seen, prune),
        refused=tuple(result for result in results if isinstance(result, Refused)),
    )


def compare(want: Resource, seen: Seen[Any], last: Receipt | None) -> Change[Any] | Refused | None:
    """What brings `want` about where this was seen; None when it is there already."""
    match seen:
        case Absent():
            return Change(Action.CREATE, want, seen, diff=unified(want, None))
        case Unknown(reason=reason) if want.staged:
            return Change(Action.UPDATE, want, seen, (reason,))
        case Unknown(reason=reason):
            return Change(Action.CHECK, want, seen, (reason,))
        case Present(resource=there):
            return _difference(want, there, seen, last)


def _difference(want: Resource, there: Resource, seen: Seen[Any], last: Receipt | None) -> Change[Any] | Refused | None:
    reasons = want.differences(there)
    if not reasons:
        return None
    why_not = want.refusal(there)
    if why_not is None and want.exclusive and not _ours(want, last):
        why_not = "it is there and was not made by this program: move it away, then apply again"
    if why_not is not None:
        return Refused(want.key, why_not)
    return Change(Action.UPDATE, want, seen, reasons, unified(want, there))


def _ours(want: Resource, last: Receipt | None) -> bool:
    return last is not None and any(record.key == want.key for record in last.records())


def _with_generation(
    changes: Sequence[Change[Any]],
    generation: Generation,
    wants: Sequence[Resource],
    seen: Mapping[str, Seen[Any]],
    records: Sequence[Recorded],
) -> list[Change[Any]]:
    """If the generation or anything that is part of one changes: all of a new one, what did not change carried."""
    mine = next((change for change in changes if change.resource.key == generation.key), None)
    drifted = tuple(change.resource.key for change in changes if change.resource.staged)
    if mine is None and not drifted:
        return list(changes)
    reasons = mine.reasons if mine else tuple(f"{key} is not as it was made" for key in drifted)
    action = mine.action if mine else Action.UPDATE
    whole = replace(generation, leftover=leaving.remembered(records, seen))
    switch = Change(action, whole, seen[generation.key], reasons)
    staging = Change(Action.CARRY, _staging(whole, wants), Absent(), (STAGED_AGAIN,))
    rest = [change for change in changes if change is not mine]
    return [staging, *rest, *_carried(wants, seen, {change.resource.key for change in rest}), switch]


def _staging(generation: Generation, wants: Sequence[Resource]) -> Staging:
    """Of the generation, what is there before the switch and not within it; and what earlier ones left."""
    outside = {want.key for want in wants if want.phase is Phase.STAGE and not want.staged}
    return Staging(
        key=f"{generation.component}/staging",
        component=generation.component,
        instance=generation.instance,
        states=(*(state for state in generation.states if state["key"] in outside), *generation.leftover),
    )


def _carried(wants: Sequence[Resource], seen: Mapping[str, Seen[Any]], changed: set[str]) -> list[Change[Any]]:
    staged = [want for want in wants if want.staged and want.key not in changed]
    return [Change(Action.CARRY, want, seen[want.key], (STAGED_AGAIN,)) for want in staged]


def _ordered(changes: Sequence[Change[Any]], order: Sequence[Resource]) -> tuple[Change[Any], ...]:
    """By phase; in each, first what goes (a port or a subject may be needed by what comes), then in `order`."""
    position = {want.key: n for n, want in enumerate(order)}

    def place(change: Change[Any]) -> tuple[int, bool, bool, int]:
        resource = change.resource
        return resource.phase, not isinstance(resource, Staging), change.wanted, position.get(resource.key, 0)

    return tuple(sorted(changes, key=place))
