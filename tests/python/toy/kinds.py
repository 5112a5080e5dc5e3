"""Kinds of a toy component: a server that is a JSON file, and a service that is a file with what it runs from."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from msgstack.catalogue.manifest import Provenance
from msgstack.catalogue.model import Candidate
from msgstack.errors import VerificationError
from msgstack.host import atomic
from msgstack.host.fetch.door import Workshop
from msgstack.resource.event import Say
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Phase
from msgstack.resource.model import Present
from msgstack.resource.model import Resource
from msgstack.resource.model import Seen
from msgstack.resource.model import Unknown


@dataclass(frozen=True, kw_only=True)
class Process(Resource):
    """The server runs from this revision."""

    kind: ClassVar[str] = "toy-process"
    phase: ClassVar[Phase] = Phase.ACTIVATE

    revision: str


@dataclass(frozen=True, kw_only=True)
class Setting(Resource):
    """What the server holds: a name and a value. `fixed` can't be changed once it is there."""

    kind: ClassVar[str] = "toy-setting"
    phase: ClassVar[Phase] = Phase.LIVE
    holds_data: ClassVar[bool] = True

    name: str
    value: str
    fixed: bool = False

    def refusal(self, seen: Setting) -> str | None:
        return "it is fixed: rename it" if self.fixed != seen.fixed else None


class ProcessDriver:
    """Starting writes the revision into a file; while that file is there, the server runs."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def observe(self, want: Process) -> Seen[Process]:
        if not self.file.exists():
            return Absent()
        return Present(Process(key=want.key, revision=self.file.read_text()))

    def change(self, change: Change[Process], say: Say) -> None:
        atomic.clear_beside(self.file)
        if change.action is Action.DELETE:
            self.file.unlink(missing_ok=True)
        else:
            atomic.write_file(self.file, change.resource.revision.encode())


class SettingDriver:
    """The server's own file, read and written only while it runs."""

    def __init__(self, running: Path, data: Path) -> None:
        self.running = running
        self.data = data

    def observe(self, want: Setting) -> Seen[Setting]:
        if not self.data.exists():
            return Absent()
        if not self.running.exists():
            return Unknown("the server is stopped")
        held = self.held().get(want.name)
        return Present(Setting(key=want.key, name=want.name, value=held[0], fixed=held[1])) if held else Absent()

    def change(self, change: Change[Setting], say: Say) -> None:
        setting = change.resource
        held = {name: value for name, value in self.held().items() if name != setting.name}
        if change.action is not Action.DELETE:
            held[setting.name] = (setting.value, setting.fixed)
        atomic.clear_beside(self.data)
        atomic.write_file(self.data, json.dumps(held, sort_keys=True).encode())

    def held(self) -> dict[str, tuple[str, bool]]:
        if not self.data.exists():
            return {}
        return {name: (value, fixed) for name, (value, fixed) in json.loads(self.data.read_text()).items()}


class ToyDoor:
    """A source that has every tree; `bad` says for which it has other bytes than those that were pinned."""

    def __init__(self, bad: Callable[[Candidate], bool]) -> None:
        self.bad = bad

    def make(self, candidate: Candidate, shop: Workshop, say: Say) -> Provenance:
        (shop.tree / "bin").mkdir()
        program = shop.tree / "bin" / candidate.name
        program.write_text(f"{candidate.name} {candidate.version}\n" * 3)
        os.chmod(program, 0o755)
        (shop.scratch / "download").write_text("an archive")
        if self.bad(candidate):
            raise VerificationError(f"{candidate.name} is not what was pinned")
        return Provenance("wheel", candidate.version, ("a toy",), ("sha256",), ())
