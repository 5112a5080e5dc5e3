"""What a component has on this host, read before anything of it is removed."""

from __future__ import annotations

import os
from pathlib import Path

from msgstack.engine.receipt import NAME
from msgstack.engine.receipt import DamagedReceipt
from msgstack.engine.receipt import Receipt
from msgstack.engine.receipt import decode
from msgstack.engine.uninstall import Inventory
from msgstack.host import atomic
from msgstack.host.directory import size_of
from msgstack.host.folder import JOURNAL
from msgstack.host.folder import LOCK
from msgstack.host.folder import Folders
from msgstack.host.generation import numbers
from msgstack.host.generation import read_last
from msgstack.host.litter import half_trees
from msgstack.host.store import KEEPS
from msgstack.host.store import Store
from msgstack.host.store import first_fault
from msgstack.resource.kinds import Directory
from msgstack.resource.kinds import Secret
from msgstack.resource.layout import Layout


def take(layout: Layout) -> Inventory:
    """The inventory of the layout's component. Changes nothing; reading sizes takes as long as there are files."""
    last = read_last(layout)
    others = _others(layout)
    return Inventory(
        component=layout.component,
        instance=layout.instance,
        last=last,
        numbers=numbers(layout),
        has_generations=os.path.lexists(layout.current) or layout.generations.is_dir(),
        trees=_trees(layout, others),
        sizes=_sizes(last),
        unnamed=_unnamed(layout, last),
        folders=_folders(layout, others),
        has_empty_folder=any(_is_empty(path) for path in _folders(layout, others)) or Folders(layout.root).left_aside(),
        accounts_in_use=_accounts(layout),
    )


def _others(layout: Layout) -> tuple[Path, ...]:
    """The folders of other components that are installed in the same root."""
    if not layout.root.is_dir():
        return ()
    found = (layout.root / name for name in sorted(os.listdir(layout.root)) if name != layout.component)
    return tuple(path for path in found if (path / layout.generations.name).is_dir())


def _trees(layout: Layout, others: tuple[Path, ...]) -> tuple[Path, ...]:
    """The trees of the store that this component's generations refer to, and nobody does, but no other component's;
    and litter there."""
    mine = _tree_ids(layout.home) | {path.name for path in (*half_trees(layout), *_unused(layout))}
    theirs = {one for other in others for one in _tree_ids(other)}
    return tuple(layout.store / one for one in sorted(mine - theirs) if (layout.store / one).is_dir())


def _unused(layout: Layout) -> tuple[Path, ...]:
    """Whole trees to which nothing leads: of a run that came to no switch."""
    return tuple(tree for tree in Store(layout.store, {}).unused(KEEPS) if first_fault(tree) is None)


def _tree_ids(home: Path) -> set[str]:
    receipts = [receipt for path in home.glob(f"generations/*/{NAME}") if (receipt := _readable(path)) is not None]
    return {str(tree["id"]) for receipt in receipts for tree in receipt.trees.values() if "id" in tree}


def _readable(path: Path) -> Receipt | None:
    try:
        return decode(path.read_text(errors="replace"), str(path))
    except DamagedReceipt:
        return None


def _sizes(last: Receipt | None) -> dict[str, int]:
    """Bytes of disk of each folder and secret that the receipt knows of, and that is there."""
    resources = [record.resource() for record in last.records()] if last else []
    data = [resource for resource in resources if isinstance(resource, Directory | Secret)]
    return {resource.key: size_of(resource.path) for resource in data if resource.path.exists()}


def _unnamed(layout: Layout, last: Receipt | None) -> tuple[Path, ...]:
    """What killed runs left beside the names that it was for: of files, links and secrets, and of folders."""
    resources = [record.resource() for record in last.records()] if last else []
    named = {path for one in resources if isinstance(path := getattr(one, "path", None), Path)}
    beside = {left for path in named if path.parent.is_dir() for left in atomic.left_beside(path)}
    return (*sorted(beside), *Folders(layout.root).unnamed())


def _folders(layout: Layout, others: tuple[Path, ...]) -> tuple[Path, ...]:
    """The folders that we made and that may go when they are empty: not those of other components."""
    theirs = [place for other in others for place in (other, layout.root / "secrets" / other.name)]
    made = (*Folders(layout.root).made(), layout.store)
    return tuple(path for path in made if not any(path.is_relative_to(place) for place in theirs))


def _is_empty(path: Path) -> bool:
    """Whether nothing is in a folder; what the root always has does not count."""
    return path.is_dir() and set(os.listdir(path)) <= {JOURNAL, LOCK}


def _accounts(layout: Layout) -> frozenset[str]:
    """Accounts that another component here, or a stack in a root beside this one, runs its services as."""
    found = set()
    for path in layout.root.parent.glob(f"*/*/current/{NAME}"):
        receipt = _readable(path) if path.parent.parent != layout.home else None
        records = receipt.records() if receipt else ()
        found |= {str(record.state["name"]) for record in records if record.kind == "user"}
    return frozenset(found)
