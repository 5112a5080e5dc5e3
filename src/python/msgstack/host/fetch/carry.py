"""Fill a folder with all that hosts without a network need: the other end of offline.py."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from msgstack.catalogue.model import Candidate
from msgstack.catalogue.model import GoBuild
from msgstack.catalogue.model import SourceKind
from msgstack.catalogue.model import TreeWant
from msgstack.errors import UsageError
from msgstack.host.fetch import offline
from msgstack.host.fetch.cache import Cache
from msgstack.host.fetch.door import first_reachable
from msgstack.host.fetch.doors import Settings
from msgstack.host.fetch.files import Files
from msgstack.host.fetch.gomodule import GoModule
from msgstack.resource.event import Say


def carry(wants: Sequence[TreeWant], settings: Settings, into: Path, say: Say) -> tuple[Path, ...]:
    """Put one set of pinned files for every want into the folder `into`; what no server has is built for its platform.

    A want may be for any platform. Raises NoSourceError, VerificationError, and UsageError for what can't be carried.
    """
    placed: dict[str, Path] = {}
    for want in wants:
        candidates = [candidate for candidate in want.candidates if candidate.files]
        if not candidates:
            kinds = ", ".join(candidate.kind for candidate in want.candidates)
            raise UsageError(f"{want.name} {want.version} can't be carried", f"its sources are {kinds}")
        first_reachable(candidates, lambda one: placed.update(_carry(one, settings, into, say)), say)
    return tuple(placed.values())


def _carry(candidate: Candidate, settings: Settings, into: Path, say: Say) -> dict[str, Path]:
    files = Files(Cache(settings.cache), settings.offline, settings.mirrors)
    if not isinstance(candidate.recipe, GoBuild):
        return {file.name: offline.place(files.get(file, say), into, file.name) for file in candidate.files}
    builder = GoModule(files, settings.platform, settings.modules, settings.mirrors.get(SourceKind.GO))
    settings.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".tmp-", dir=settings.cache) as scratch:
        built = builder.output(candidate, Path(scratch), say)
        name = candidate.recipe.output.name
        return {name: offline.place(built, into, name)}
