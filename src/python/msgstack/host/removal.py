"""Drivers of what only uninstall speaks of: trees of the store, generations, the folders that were made."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from msgstack.engine import receipt as receipts
from msgstack.host import atomic
from msgstack.host import litter
from msgstack.host.folder import Folders
from msgstack.host.generation import memory_of
from msgstack.host.generation import numbers
from msgstack.host.store import discard
from msgstack.resource.event import Say
from msgstack.resource.generation import Generations
from msgstack.resource.generation import MadeFolders
from msgstack.resource.generation import StoredTree
from msgstack.resource.layout import Layout
from msgstack.resource.model import Absent
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from msgstack.resource.model import Seen


class StoredTreeDriver:
    """Removes one tree of the store."""

    def observe(self, want: StoredTree) -> Seen[StoredTree]:
        return Present(want) if want.path.is_dir() else Absent()

    def change(self, change: Change[StoredTree], say: Say) -> None:
        if change.resource.path.is_dir():
            discard(change.resource.path)
            atomic.sync_dir(change.resource.path.parent)


class GenerationsDriver:
    """Removes all generations of a component; the newest goes last, so that a killed run still has its receipt."""

    def __init__(self, layout: Layout, program: str, now: Callable[[], str]) -> None:
        self.layout = layout
        self.program = program
        self.now = now

    def observe(self, want: Generations) -> Seen[Generations]:
        there = os.path.lexists(self.layout.current) or self.layout.generations.is_dir()
        return Present(want) if there else Absent()

    def change(self, change: Change[Generations], say: Say) -> None:
        self._keep(change.resource)
        if self.layout.current.is_symlink():
            self.layout.current.unlink()
        for name in (*_unnumbered(self.layout.generations), *map(str, numbers(self.layout))):
            _remove(self.layout.generations / name)
        if self.layout.generations.is_dir():
            self.layout.generations.rmdir()
        atomic.clear_beside(self.layout.current)
        atomic.sync_dir(self.layout.home)

    def _keep(self, want: Generations) -> None:
        """What stays is written down before anything goes; nothing stays, nothing is written."""
        path = litter.kept(self.layout)
        if not want.kept:
            path.unlink(missing_ok=True)
            return
        kept = memory_of(want, want.kept, self.program, self.now())
        atomic.write_file(path, receipts.encode(kept).encode())


class MadeFoldersDriver:
    """Removes the folders that were made for the stack and are empty; the root itself goes with the lock."""

    def __init__(self, layout: Layout, folders: Folders) -> None:
        self.layout = layout
        self.folders = folders

    def observe(self, want: MadeFolders) -> Seen[MadeFolders]:
        return Present(want) if want.paths or want.unnamed else Absent()

    def change(self, change: Change[MadeFolders], say: Say) -> None:
        for path in change.resource.unnamed:
            if os.path.lexists(path):  # else it went with what was made beside it
                _remove(path)
        self.folders.remove_empty(change.resource.paths)
        self._forget_what_is_gone()
        self.folders.remove_empty(change.resource.paths)

    def _forget_what_is_gone(self) -> None:
        """A folder of data that was empty went with the others: there is nothing left of it to purge."""
        path = litter.kept(self.layout)
        if not path.is_file():
            return
        receipt = receipts.decode(path.read_text(), str(path))
        left = tuple(record for record in receipt.leftover if os.path.lexists(str(record.state["path"])))
        if not left:
            path.unlink()
        elif left != receipt.leftover:
            atomic.write_file(path, receipts.encode(replace(receipt, leftover=left)).encode())


def _unnumbered(generations: Path) -> tuple[str, ...]:
    """What stands among the generations and is none: half written, marked as never used."""
    names = sorted(os.listdir(generations)) if generations.is_dir() else []
    return tuple(name for name in names if not name.isdecimal())


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path)
