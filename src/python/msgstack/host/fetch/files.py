"""Pinned files, wherever they lie: in the cache, in an offline folder, or at their place. Verified all the same."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from msgstack.catalogue.digest import Digest
from msgstack.catalogue.model import Address
from msgstack.catalogue.model import File
from msgstack.catalogue.model import Project
from msgstack.catalogue.model import SourceKind
from msgstack.errors import UnreachableError
from msgstack.host.fetch import offline
from msgstack.host.fetch import url
from msgstack.host.fetch import wheel
from msgstack.host.fetch.cache import Cache
from msgstack.host.fetch.download import Limits
from msgstack.host.fetch.part import Unwatched
from msgstack.host.fetch.part import Watch
from msgstack.host.fetch.pipeline import FillWatched
from msgstack.host.fetch.pipeline import unpacked
from msgstack.host.unpack import Entry
from msgstack.host.unpack import Rules
from msgstack.resource.event import Say

Maker = Callable[[Path], None]
"""Writes a file that no server has, e.g. by building it."""


@dataclass(frozen=True)
class Files:
    """`folder`: an offline folder; where it is given nothing else is asked. `mirrors`: base address by kind."""

    cache: Cache
    folder: Path | None = None
    mirrors: Mapping[SourceKind, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def get(self, file: File, say: Say, make: Maker | None = None) -> Path:
        """The verified, read-only file. Raises UnreachableError or VerificationError.

        `make` is for a file that no server has; it is not called where an offline folder is given.
        """
        fill = self._fill(file, say, make)
        return self.cache.get(file.pin, file.name, lambda part: fill(part, Unwatched()), say)

    def unpack(self, file: File, folder: Path, rules: Rules, say: Say) -> tuple[Entry, ...]:
        """Fill the empty `folder` from the archive `file`; what is there is verified when this returns."""
        return unpacked(self.cache, file.pin, file.name, self._fill(file, say, None), folder, rules, say)

    def _fill(self, file: File, say: Say, make: Maker | None) -> FillWatched:
        def fill(part: Path, watch: Watch) -> Digest | None:
            if self.folder is not None:
                return offline.copy(self.folder, file, part, watch)
            job = url.Job(file, part, self.limits, say, watch)
            match file.place:
                case Address(url=address):
                    return url.fetch(job, address, self.mirrors.get(SourceKind.URL))
                case Project(name=project):
                    return wheel.fetch(job, project, self.mirrors.get(SourceKind.WHEEL))
            if make is None:
                raise UnreachableError(f"{file.name} is not on any server", "it is built where it is needed")
            part.unlink(missing_ok=True)
            make(part)
            return None

        return fill
