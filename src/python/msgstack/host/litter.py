"""What killed runs left below a root: removed by the next run, under the lock, before it looks at anything."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from msgstack.host import atomic
from msgstack.resource.layout import Layout

STORE_PREFIX = ".tmp-"  # of what is being made, or removed, in the store


def clear(layout: Layout) -> None:
    """Remove it: half a generation, one that never was in use, half a tree, files that were not yet in place."""
    _remove_never_used(layout)
    if layout.staging.is_dir():
        shutil.rmtree(layout.staging)
    for path in (layout.current, pending(layout), coming(layout), kept(layout)):
        if path.parent.is_dir():
            atomic.clear_beside(path)
    for tree in half_trees(layout):
        remove_tree(tree)


def pending(layout: Layout) -> Path:
    """A link whose target is the number of a generation that is about to become the current one."""
    return layout.generations / ".pending"


def coming(layout: Layout) -> Path:
    """The receipt of what is being staged outside of generations: no generation's receipt tells of it yet."""
    return layout.generations / f"{layout.staging.name}.json"


def kept(layout: Layout) -> Path:
    """The receipt of what an uninstall left."""
    return layout.home / "kept.json"


def forget(layout: Layout) -> None:
    """After the switch: what was remembered until then is in the receipt of what is the current generation now."""
    coming(layout).unlink(missing_ok=True)
    kept(layout).unlink(missing_ok=True)
    pending(layout).unlink()


def half_trees(layout: Layout) -> tuple[Path, ...]:
    """Trees of the store that are not whole, or not any more."""
    return tuple(sorted(layout.store.glob(f"{STORE_PREFIX}*")))


def remove_tree(tree: Path) -> None:
    """Remove a folder whose folders may be read-only."""
    for folder, _folders, _files in os.walk(tree):
        os.chmod(folder, 0o700)
    shutil.rmtree(tree)


def _remove_never_used(layout: Layout) -> None:
    mark = pending(layout)
    if not mark.is_symlink():
        return
    number = os.readlink(mark)
    in_use = Path(os.readlink(layout.current)).name if layout.current.is_symlink() else ""
    if number == in_use:
        forget(layout)
        return
    if (layout.generations / number).is_dir():
        shutil.rmtree(layout.generations / number)
    mark.unlink()
