"""ROOT/store: trees that are complete, verified and read-only, or not there. The driver of `Tree`."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from msgstack.catalogue.model import Candidate
from msgstack.errors import MsgstackError
from msgstack.host import atomic
from msgstack.host import manifest
from msgstack.host.fetch.door import Workshop
from msgstack.host.fetch.door import first_reachable
from msgstack.host.fetch.doors import Doors
from msgstack.host.folder import Folders
from msgstack.resource.event import Note
from msgstack.resource.event import Say
from msgstack.resource.kinds import Tree
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from msgstack.resource.model import Seen

LITTER: Final = ".tmp-"
KEEPS: Final = ("*/generations/[0-9]*/*", "supervisor/*")
"""Where below ROOT a link to a tree keeps it."""
USES: Final = (*KEEPS, "*/generations/.staging/*")
"""And while an apply is at work."""


class Store:
    """Trees below `root`, made through `doors`. Changes are made by whoever holds the lock of ROOT."""

    def __init__(self, root: Path, doors: Doors) -> None:
        self.root = root
        self.doors = doors

    def observe(self, want: Tree) -> Seen[Tree]:
        """Present if any candidate's tree is complete; a damaged one is present with what is wrong as its version."""
        damaged = ""
        for tree in self._trees(want):
            fault = first_fault(tree)
            if fault is None:
                return Present(want)
            damaged = damaged or (fault if tree.exists() else "")
        return Present(replace(want, version=f"{want.version} damaged: {damaged}")) if damaged else Absent()

    def change(self, change: Change[Tree], say: Say) -> None:
        """Make the tree from the first candidate that can be reached, or remove those that nothing uses any more."""
        self.sweep()
        if change.action is Action.DELETE:
            self._delete(change.resource, say)
        else:
            first_reachable(change.resource.candidates, lambda candidate: self._realise(candidate, say), say)

    def sweep(self) -> None:
        """Remove what killed runs left."""
        if self.root.is_dir():
            for path in self.root.iterdir():
                if path.name.startswith(LITTER):
                    discard(path)

    def faults(self, want: Tree) -> tuple[str, ...]:
        """Every byte of the tree against its manifest; empty when all is as it was installed."""
        for tree in self._trees(want):
            known = manifest.read(tree)
            if known is not None:
                return tuple(manifest.deep_faults(tree, known))
        return (f"{want.name} {want.version} is not in {self.root}",)

    def unused(self, uses: Sequence[str] = USES) -> tuple[Path, ...]:
        """Trees to which no link of a generation or of the supervisor leads."""
        used = {
            Path(os.path.realpath(link)) for use in uses for link in self.root.parent.glob(use) if link.is_symlink()
        }
        trees = (path for path in sorted(self.root.glob("[!.]*")) if path.is_dir())
        return tuple(tree for tree in trees if Path(os.path.realpath(tree)) not in used)

    def _trees(self, want: Tree) -> list[Path]:
        """Where it may be. What a receipt remembers has no candidates: then whatever has its name and version."""
        if want.candidates:
            return [self.root / candidate.id for candidate in want.candidates]
        found = ((path, manifest.read(path)) for path in sorted(self.root.glob(f"{want.name}-{want.version}-*")))
        return [path for path, known in found if known is not None and known.platform == want.platform]

    def _delete(self, want: Tree, say: Say) -> None:
        unused = self.unused()
        for tree in self._trees(want):
            if tree in unused:
                discard(tree)
            elif tree.exists():
                say(Note(f"{tree.name} stays: an older generation uses it"))

    def _realise(self, candidate: Candidate, say: Say) -> None:
        target = self.root / candidate.id
        if first_fault(target) is None:
            return
        with self._workshop() as shop:
            provenance = self.doors[type(candidate.recipe)].make(candidate, shop, say)
            manifest.seal(shop.tree, candidate, provenance)
            if target.exists():  # damaged: what runs keeps its open files, and for a moment the name is gone
                target.rename(shop.scratch.with_name(f"{shop.scratch.name}-damaged"))
            atomic.replace(shop.tree, target)

    @contextmanager
    def _workshop(self) -> Iterator[Workshop]:
        """Folders beside the trees, so that the last step is one rename, under names that `sweep` knows."""
        token = f"{LITTER}{secrets.token_hex(6)}"
        shop = Workshop(self.root / f"{token}-tree", self.root / f"{token}-scratch")
        try:
            Folders(self.root.parent).make(self.root)
            for folder in (shop.tree, shop.scratch):
                folder.mkdir(mode=0o755)
            yield shop
        except OSError as error:
            which = error.filename or self.root
            raise MsgstackError(f"{which} can't be used", error.strerror or str(error)) from error
        finally:
            for left in self.root.glob(f"{token}-*"):
                discard(left)


def first_fault(tree: Path) -> str | None:
    """Why the tree is not complete, cheaply; None when it is."""
    known = manifest.read(tree)
    if known is None:
        return f"{tree.name} has no manifest"
    if known.id != tree.name:
        return f"{tree.name} has the manifest of {known.id}"
    return next(manifest.quick_faults(tree, known), None)


def discard(path: Path) -> None:
    """Remove a tree, read-only or not. Its name goes first, so that a half-removed tree is litter, never a tree."""
    if not path.name.startswith(LITTER):
        litter = path.with_name(f"{LITTER}{secrets.token_hex(6)}-{path.name}")
        os.rename(path, litter)
        path = litter
    for folder, _, _ in os.walk(path):
        os.chmod(folder, 0o700)
    shutil.rmtree(path)
