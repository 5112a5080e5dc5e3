"""The doors of this host, put together from what the stack file and the host say about sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from msgstack.catalogue.model import Brew
from msgstack.catalogue.model import Environment
from msgstack.catalogue.model import GoBuild
from msgstack.catalogue.model import Recipe
from msgstack.catalogue.model import SourceKind
from msgstack.catalogue.model import Unpack
from msgstack.host.fetch.door import Door

Doors = Mapping[type[Recipe], Door]


@dataclass(frozen=True)
class Settings:
    """`cache`: root of the download cache. `modules`: folder of the catalogue's data, for Go main modules.

    `offline`: a folder that stands for every source. `mirrors`: base address by kind. `brew`: the program, if any.
    """

    cache: Path
    platform: str
    modules: Path
    offline: Path | None = None
    mirrors: Mapping[SourceKind, str] = field(default_factory=dict)
    brew: Path | None = None


def doors(settings: Settings) -> Doors:
    """One door for each kind of recipe. Nothing is opened yet; what is heavy is imported when a tree is made."""
    from msgstack.host.fetch.archive import Archive
    from msgstack.host.fetch.archive import Wheels
    from msgstack.host.fetch.brew import Homebrew
    from msgstack.host.fetch.cache import Cache
    from msgstack.host.fetch.files import Files
    from msgstack.host.fetch.gomodule import GoModule

    files = Files(Cache(settings.cache), settings.offline, settings.mirrors)
    return {
        Unpack: Archive(files),
        Environment: Wheels(files),
        GoBuild: GoModule(files, settings.platform, settings.modules, settings.mirrors.get(SourceKind.GO)),
        Brew: Homebrew(settings.brew),
    }
