"""Drivers of generations: the empty place for the next one, and the one switch.

A generation gets its number by a rename, and becomes the current one by a second. Between the two, `.pending` names it:
so one that a killed run left behind is known from one that was in use, and is removed by the next run.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from msgstack.engine import receipt as receipts
from msgstack.engine.receipt import DamagedReceipt
from msgstack.engine.receipt import Receipt
from msgstack.engine.receipt import recorded
from msgstack.host import atomic
from msgstack.host import litter
from msgstack.host.folder import Folders
from msgstack.resource.event import Say
from msgstack.resource.generation import Generation
from msgstack.resource.generation import Generations
from msgstack.resource.generation import Staging
from msgstack.resource.layout import Layout
from msgstack.resource.model import Absent
from msgstack.resource.model import Change
from msgstack.resource.model import Json
from msgstack.resource.model import Present
from msgstack.resource.model import Seen
from msgstack.resource.model import to_json

STACK: Final = "stack.toml"
Provenance = Callable[[str], dict[str, Json] | None]
"""What the store's manifest says of where a tree, named by its id, came from; None if that tree is not there."""


class StagingDriver:
    """Empties the place where the next generation is written, and writes down what will be made outside of it."""

    def __init__(self, layout: Layout, folders: Folders, program: str, now: Callable[[], str]) -> None:
        """`program` and `now` as in GenerationDriver."""
        self.layout = layout
        self.folders = folders
        self.program = program
        self.now = now

    def observe(self, want: Staging) -> Seen[Staging]:
        return Absent()

    def change(self, change: Change[Staging], say: Say) -> None:
        litter.clear(self.layout)
        self.folders.make(self.layout.generations)
        memory = memory_of(change.resource, change.resource.states, self.program, self.now())
        atomic.write_file(litter.coming(self.layout), receipts.encode(memory).encode())
        self.layout.staging.mkdir()
        self.layout.staging.chmod(0o755)


class GenerationDriver:
    """Gives the staged generation its receipt and its number, and makes it the current one."""

    def __init__(self, layout: Layout, program: str, now: Callable[[], str], provenance: Provenance) -> None:
        """`program` is the name and version that receipts show; `now` tells the time in UTC, ISO 8601."""
        self.layout = layout
        self.program = program
        self.now = now
        self.provenance = provenance

    def observe(self, want: Generation) -> Seen[Generation]:
        """A current generation whose receipt or stack file is damaged is as good as none: it is written anew."""
        try:
            last = _read(self.layout.current / receipts.NAME)
            stack = (self.layout.current / STACK).read_bytes()
        except (DamagedReceipt, FileNotFoundError):
            return Absent()
        if hashlib.sha256(stack).hexdigest() != last.stack_sha256:
            return Absent()
        return Present(
            Generation(
                key=want.key,
                component=last.component,
                instance=last.instance,
                stack_digest=last.stack_digest,
                stack_text="",
                states=tuple(record.as_json() for record in last.resources),
                number=last.number,
            )
        )

    def change(self, change: Change[Generation], say: Say) -> None:
        number = max(numbers(self.layout), default=0) + 1
        staging = self.layout.staging
        atomic.write_file(staging / STACK, change.resource.stack_text.encode())
        atomic.write_file(staging / receipts.NAME, receipts.encode(self._receipt(change.resource, number)).encode())
        atomic.write_link(litter.pending(self.layout), str(number))
        atomic.replace(staging, self.layout.generations / str(number))
        atomic.write_link(self.layout.current, f"{self.layout.generations.name}/{number}")
        litter.forget(self.layout)

    def _receipt(self, want: Generation, number: int) -> Receipt:
        return Receipt(
            program=self.program,
            component=want.component,
            instance=want.instance,
            number=number,
            made=self.now(),
            stack_digest=want.stack_digest,
            stack_sha256=hashlib.sha256(want.stack_text.encode()).hexdigest(),
            resources=recorded(want.states),
            trees={key: self._tree(ids) for key, ids in want.trees},
            leftover=recorded(want.leftover),
        )

    def _tree(self, ids: tuple[str, ...]) -> dict[str, Json]:
        """The first of these trees that the store has, with where it came from."""
        for one in ids:
            told = self.provenance(one)
            if told is not None:
                return {"id": one, **told}
        return {}


def of_store(store: Path) -> Provenance:
    """The provenance that the manifests of the trees in `store` tell."""
    from msgstack.host import manifest

    def told(tree: str) -> dict[str, Json] | None:
        known = manifest.read(store / tree)
        return {"version": known.version, "provenance": to_json(known.provenance)} if known else None

    return told


def read_last(layout: Layout) -> Receipt | None:
    """The receipt to go by: of the current generation, else of the newest that can be read, else what an uninstall
    left; what a run that came to no switch may have made is left over in it. Raises MsgstackError for one that a
    newer program wrote."""
    older = [layout.generations / str(number) for number in sorted(numbers(layout), reverse=True)]
    files = [folder / receipts.NAME for folder in (layout.current, *older)]
    last = next((found for path in (*files, litter.kept(layout)) if (found := _readable(path)) is not None), None)
    coming = _readable(litter.coming(layout))
    return _with_leftover(last, coming) if last and coming else last or coming


def memory_of(of: Staging | Generations, states: Iterable[dict[str, Json]], program: str, made: str) -> Receipt:
    """The receipt of what is there and belongs to no generation: its number is 0."""
    return Receipt(
        program=program, component=of.component, instance=of.instance, number=0, made=made,
        stack_digest="", resources=(), leftover=recorded(states),
    )  # fmt: skip


def numbers(layout: Layout) -> tuple[int, ...]:
    """The numbers of all generations that there are, ascending."""
    if not layout.generations.is_dir():
        return ()
    return tuple(sorted(int(name) for name in os.listdir(layout.generations) if name.isdecimal()))


def _with_leftover(last: Receipt, more: Receipt) -> Receipt:
    known = {record.key for record in last.records()}
    return replace(last, leftover=last.leftover + tuple(one for one in more.records() if one.key not in known))


def _readable(path: Path) -> Receipt | None:
    try:
        return _read(path)
    except (DamagedReceipt, FileNotFoundError, NotADirectoryError):
        return None


def _read(path: Path) -> Receipt:
    return receipts.decode(path.read_text(errors="replace"), str(path))
