"""Programs compiled from Go modules: our main module pins every source, the catalogue pins what comes out.

A file that was built once, here or elsewhere, is never built again: the cache and an offline folder have it by its
digest. So the build itself is only the answer to "no server has this file".
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgstack.catalogue.manifest import Provenance
from msgstack.catalogue.model import Candidate
from msgstack.catalogue.model import File
from msgstack.catalogue.model import GoBuild
from msgstack.errors import UnreachableError
from msgstack.host.fetch.door import Workshop
from msgstack.host.fetch.files import Files
from msgstack.host.fetch.gotool import GoTool
from msgstack.host.unpack import Rules
from msgstack.resource.event import Note
from msgstack.resource.event import Say

SYSTEMS: Final = {"linux": "linux", "macos": "darwin"}
MACHINES: Final = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class GoModule:
    """`platform` is this host's; below `modules` lie the main modules; `proxy` replaces the host's GOPROXY."""

    files: Files
    platform: str
    modules: Path
    proxy: str | None = None

    def make(self, candidate: Candidate, shop: Workshop, say: Say) -> Provenance:
        recipe = candidate.recipe
        assert isinstance(recipe, GoBuild)
        target = shop.tree / recipe.binary
        target.parent.mkdir(parents=True)
        shutil.copyfile(self.output(candidate, shop.scratch, say), target)
        target.chmod(0o755)
        return Provenance(
            kind=candidate.kind.value,
            version=candidate.version,
            source=(f"{recipe.package}, built from {recipe.module}", *(f.name for _, f in self._toolchain(recipe))),
            verified=(f"the program is {recipe.output.pin}, as the catalogue pins it",),
            not_verified=(),
        )

    def output(self, candidate: Candidate, scratch: Path, say: Say) -> Path:
        """The program as a file in the cache, built in `scratch` if it is not there, for whatever platform."""
        recipe = candidate.recipe
        assert isinstance(recipe, GoBuild)
        return self.files.get(recipe.output, say, lambda part: self._build(candidate, recipe, scratch, part, say))

    def _build(self, candidate: Candidate, recipe: GoBuild, scratch: Path, part: Path, say: Say) -> None:
        tool = self._tool(recipe, scratch, say)
        module = scratch / "module"
        module.mkdir()
        for name in ("go.mod", "go.sum"):
            shutil.copyfile(self.modules / recipe.module / name, module / name)
        say(Note(f"building {candidate.name} {candidate.version} for {candidate.platform}"))
        system, _, machine = candidate.platform.partition("-")
        tool.build(
            module,
            recipe.package,
            recipe.ldflags,
            {"GOOS": SYSTEMS[system], "GOARCH": MACHINES[machine]},
            part,
            f"building {candidate.name} {candidate.version}",
            say,
        )

    def _tool(self, recipe: GoBuild, scratch: Path, say: Say) -> GoTool:
        for _, file in self._toolchain(recipe):
            root = scratch / "go"
            root.mkdir(parents=True)
            self.files.unpack(file, root, Rules(members={"go/**": ""}), say)
            return GoTool(root, scratch, self.proxy, self.files.limits.stall_seconds)
        raise UnreachableError(f"there is no Go toolchain for {self.platform}", "the catalogue has none")

    def _toolchain(self, recipe: GoBuild) -> list[tuple[str, File]]:
        return [(platform, file) for platform, file in recipe.toolchains if platform == self.platform]
