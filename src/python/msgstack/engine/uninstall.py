"""Uninstall: a plan of what goes, made from what was recorded and what is there. Pure."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgstack.engine.plan import Plan
from msgstack.engine.receipt import Receipt
from msgstack.engine.receipt import Recorded
from msgstack.errors import UsageError
from msgstack.resource.generation import Generations
from msgstack.resource.generation import MadeFolders
from msgstack.resource.generation import StoredTree
from msgstack.resource.kinds import SystemUser
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Phase
from msgstack.resource.model import Present
from msgstack.resource.model import Resource
from msgstack.resource.model import Seen
from msgstack.resource.model import Unknown

ALL = "all"
UNINSTALLED = "it is uninstalled"


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """What a component has on the host. `sizes` are bytes of disk, by key, of what holds data and is there."""

    component: str
    instance: str
    last: Receipt | None
    numbers: tuple[int, ...]  # of its generations
    has_generations: bool
    trees: tuple[Path, ...]  # of the store, that no other component refers to
    sizes: Mapping[str, int]
    folders: tuple[Path, ...]  # made for the stack, the root included, and no other component's
    unnamed: tuple[Path, ...]  # what killed runs made and never gave its name
    has_empty_folder: bool  # among these, or left by a killed run
    accounts_in_use: frozenset[str]  # by other stacks


def uninstall(
    inventory: Inventory,
    seen: Mapping[str, Seen[Any]],
    purge: Collection[str] = (),
    sized: Callable[[int], str] = lambda size: f"{size} B",
) -> Plan:
    """What is removed, in order: what runs and lies outside, data that `purge` names (keys, or "all"), the store's
    trees, the account, the generations, the folders. `seen` is `observe((), drivers, inventory.last)`; `sized` writes
    a size.

    Data that stays is `unmanaged` in the plan. Raises UsageError for a key of `purge` that holds no data here.
    """
    records = tuple(reversed(inventory.last.records())) if inventory.last else ()
    gone = _purged(purge, inventory)
    stays = tuple(record for record in records if record.key in inventory.sizes and record.key not in gone)
    outside = [_delete(record, seen) for record in records if record.phase == Phase.ACTIVATE and not record.holds_data]
    data = [_delete(record, seen, sized(inventory.sizes[record.key])) for record in records if record.key in gone]
    changes = [
        *(change for change in (*outside, *data) if change is not None),
        *_trees(inventory),
        *_accounts(records, inventory, stays),
        *_generations(inventory, stays),
    ]
    return Plan(
        component=inventory.component,
        changes=(*changes, *(_folders(inventory) if changes or _has_litter(inventory) else ())),
        unmanaged=stays,
    )


def _purged(purge: Collection[str], inventory: Inventory) -> frozenset[str]:
    if ALL in purge:
        return frozenset(inventory.sizes)
    for key in purge:
        if key not in inventory.sizes:
            known = ", ".join(sorted(inventory.sizes)) or "nothing"
            raise UsageError(
                f"--purge {key}: no data of that name is here", "", f"what can be purged: {known}; or {ALL}"
            )
    return frozenset(purge)


def _delete(record: Recorded, seen: Mapping[str, Seen[Any]], reason: str = UNINSTALLED) -> Change[Any] | None:
    match seen.get(record.key, Absent()), record.resource():
        case Present(resource=there) as present, Resource() as was if not was.replaced(there):
            return Change(Action.DELETE, there, present, (reason,), wanted=False)
        case Unknown(reason=why) as unknown, Resource() as was:
            return Change(Action.CHECK, was, unknown, (f"{reason}; {why}",), wanted=False)
        case _:
            return None


def _trees(inventory: Inventory) -> list[Change[Any]]:
    prefix = f"{inventory.component}/stored-tree"
    return [_gone(StoredTree(key=f"{prefix}/{path.name}", path=path)) for path in inventory.trees]


def _accounts(records: Collection[Recorded], inventory: Inventory, stays: tuple[Recorded, ...]) -> list[Change[Any]]:
    """The account goes with the last of its data: a later account with its number would own what is left."""
    users = [resource for record in records if isinstance(resource := record.resource(), SystemUser)]
    return [_gone(user) for user in users if not stays and user.name not in inventory.accounts_in_use]


def _generations(inventory: Inventory, stays: tuple[Recorded, ...]) -> list[Change[Any]]:
    """All generations, or after an earlier uninstall the memory of what it kept, if less is kept now."""
    generations = Generations(
        key=f"{inventory.component}/generations",
        component=inventory.component,
        instance=inventory.instance,
        numbers=inventory.numbers,
        kept=tuple(record.as_json() for record in reversed(stays)),
    )
    last = inventory.last
    forgets = last is not None and last.number == 0 and len(stays) < len(last.records())
    return [_gone(generations)] if inventory.has_generations or forgets else []


def _folders(inventory: Inventory) -> list[Change[Any]]:
    key = f"{inventory.component}/folders"
    folders = MadeFolders(key=key, paths=inventory.folders, unnamed=inventory.unnamed)
    return [_gone(folders)] if folders.paths or _has_litter(inventory) else []


def _has_litter(inventory: Inventory) -> bool:
    return inventory.has_empty_folder or bool(inventory.unnamed)


def _gone(resource: Resource) -> Change[Any]:
    return Change(Action.DELETE, resource, Present(resource), (UNINSTALLED,), wanted=False)
