"""Drivers for every kind of resource, put together for one run: the only place that knows all of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from collections.abc import Mapping
from datetime import UTC
from datetime import datetime
from functools import cached_property
from pathlib import Path

from msgstack import data
from msgstack.catalogue.load import load
from msgstack.catalogue.model import Catalogue
from msgstack.catalogue.model import Recipe
from msgstack.cli.component import Component
from msgstack.host.directory import DirectoryDriver
from msgstack.host.fetch.door import Door
from msgstack.host.fetch.doors import Doors
from msgstack.host.fetch.doors import Settings
from msgstack.host.fetch.doors import doors
from msgstack.host.file import GenerationFileDriver
from msgstack.host.file import HostFileDriver
from msgstack.host.folder import Folders
from msgstack.host.generation import GenerationDriver
from msgstack.host.generation import StagingDriver
from msgstack.host.generation import of_store
from msgstack.host.link import GenerationLinkDriver
from msgstack.host.link import HostLinkDriver
from msgstack.host.secret import SecretDriver
from msgstack.host.store import Store
from msgstack.host.user import SystemUserDriver
from msgstack.resource.driver import Drivers
from msgstack.resource.facts import Facts
from msgstack.resource.generation import Generation
from msgstack.resource.generation import Staging
from msgstack.resource.kinds import Directory
from msgstack.resource.kinds import GenerationFile
from msgstack.resource.kinds import GenerationLink
from msgstack.resource.kinds import HostFile
from msgstack.resource.kinds import HostLink
from msgstack.resource.kinds import Secret
from msgstack.resource.kinds import Service
from msgstack.resource.kinds import SystemUser
from msgstack.resource.kinds import Tree
from msgstack.resource.layout import Layout
from msgstack.spec.stack import Stack
from msgstack.version import VERSION

ARTEFACTS = "3rdparty/artifacts"


class LazyDoors(Mapping[type[Recipe], Door]):
    """Doors that are imported when the first tree is made: a run that fetches nothing pays nothing for them."""

    def __init__(self, where: Settings) -> None:
        self._where = where

    @cached_property
    def _doors(self) -> Doors:
        return doors(self._where)

    def __getitem__(self, kind: type[Recipe]) -> Door:
        return self._doors[kind]

    def __iter__(self) -> Iterator[type[Recipe]]:
        return iter(self._doors)

    def __len__(self) -> int:
        return len(self._doors)


def catalogue() -> Catalogue:
    """What can be installed."""
    return load((name, data.text(name)) for name in data.names(ARTEFACTS, ".toml"))


def drivers(component: Component, stack: Stack, facts: Facts, layout: Layout) -> Drivers:
    """A driver for each kind of which `component` is made."""
    from msgstack.host.service.driver import ServiceDriver

    folders = Folders(layout.root)
    return {
        Tree: Store(layout.store, LazyDoors(settings(stack, facts))),
        Directory: DirectoryDriver(folders),
        Secret: SecretDriver(folders),
        SystemUser: SystemUserDriver(),
        Staging: StagingDriver(layout, folders, program(component), now),
        GenerationFile: GenerationFileDriver(layout),
        GenerationLink: GenerationLinkDriver(layout),
        Generation: GenerationDriver(layout, program(component), now, of_store(layout.store)),
        HostFile: HostFileDriver(folders),
        HostLink: HostLinkDriver(folders),
        Service: ServiceDriver(facts),
        **component.drivers(layout, stack),
    }


def removers(component: Component, layout: Layout) -> Drivers:
    """The drivers of what only uninstall speaks of."""
    from msgstack.host.removal import GenerationsDriver
    from msgstack.host.removal import MadeFoldersDriver
    from msgstack.host.removal import StoredTreeDriver
    from msgstack.resource.generation import Generations
    from msgstack.resource.generation import MadeFolders
    from msgstack.resource.generation import StoredTree

    return {
        StoredTree: StoredTreeDriver(),
        Generations: GenerationsDriver(layout, program(component), now),
        MadeFolders: MadeFoldersDriver(layout, Folders(layout.root)),
    }


def settings(stack: Stack, facts: Facts) -> Settings:
    """Where trees come from, as the stack file and this host say."""
    offline = stack.sources.offline
    return Settings(
        cache=cache_root(facts.system),
        platform=facts.platform,
        modules=data.path(ARTEFACTS),
        offline=Path(offline).expanduser() if offline else None,
        mirrors=stack.sources.mirrors,
        brew=facts.brew,
    )


def cache_root(system: str) -> Path:
    """The download cache: MSGSTACK_CACHE, or where this system keeps a user's caches."""
    told = os.environ.get("MSGSTACK_CACHE")
    if told:
        return Path(told).absolute()
    if system == "macos":
        return Path.home() / "Library" / "Caches" / "msgstack"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "msgstack"


def program(component: Component) -> str:
    """Who a receipt says has made it."""
    return f"{component.program} {VERSION}"


def now() -> str:
    """UTC, ISO 8601, whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")
