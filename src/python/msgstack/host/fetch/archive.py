"""Trees that are unpacked: one archive's members, or an environment of several wheels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from msgstack.catalogue.manifest import Provenance
from msgstack.catalogue.model import Candidate
from msgstack.catalogue.model import Environment
from msgstack.catalogue.model import File
from msgstack.catalogue.model import Unpack
from msgstack.errors import MsgstackError
from msgstack.host.fetch.door import Workshop
from msgstack.host.fetch.files import Files
from msgstack.host.unpack import Rules
from msgstack.resource.event import Say

SITE = "site"


@dataclass(frozen=True)
class Archive:
    """Unpacks the wanted members of one archive. What goes to bin/ is made executable: wheels often don't say."""

    files: Files

    def make(self, candidate: Candidate, shop: Workshop, say: Say) -> Provenance:
        recipe = candidate.recipe
        assert isinstance(recipe, Unpack)
        programs = frozenset(target for _, target in recipe.members if target.startswith("bin/"))
        rules = Rules(strip=recipe.strip, members=dict(recipe.members), executable=programs)
        self.files.unpack(recipe.file, shop.tree, rules, say)
        return provenance(candidate, (recipe.file,))


@dataclass(frozen=True)
class Wheels:
    """Unpacks wheels side by side into site/. Two wheels that have a file in common are refused."""

    files: Files

    def make(self, candidate: Candidate, shop: Workshop, say: Say) -> Provenance:
        recipe = candidate.recipe
        assert isinstance(recipe, Environment)
        site = shop.tree / SITE
        site.mkdir()
        for number, file in enumerate(recipe.files):
            folder = shop.scratch / f"wheel-{number}"
            folder.mkdir()
            self.files.unpack(file, folder, Rules(), say)
            _move(folder, site, file)
        return provenance(candidate, recipe.files)


def provenance(candidate: Candidate, files: tuple[File, ...]) -> Provenance:
    """What is said of trees whose every byte was pinned."""
    return Provenance(
        kind=candidate.kind.value,
        version=candidate.version,
        source=tuple(f"{file.name} from {file.place}" for file in files),
        verified=tuple(f"{file.name} is {file.pin}, as the catalogue pins it" for file in files),
        not_verified=("who built it: the source publishes no signature",),
    )


def _move(folder: Path, site: Path, file: File) -> None:
    for entry in folder.iterdir():
        if (site / entry.name).exists():
            raise MsgstackError(f"{file.name} does not fit its environment", f"{entry.name} is there already")
        entry.rename(site / entry.name)
