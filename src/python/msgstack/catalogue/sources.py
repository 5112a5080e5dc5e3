"""How each kind of source is written in the catalogue's tables, and the recipes that it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgstack.catalogue.digest import Digest
from msgstack.catalogue.model import PLATFORMS
from msgstack.catalogue.model import Address
from msgstack.catalogue.model import Brew
from msgstack.catalogue.model import Capability
from msgstack.catalogue.model import Carried
from msgstack.catalogue.model import Environment
from msgstack.catalogue.model import File
from msgstack.catalogue.model import GoBuild
from msgstack.catalogue.model import Members
from msgstack.catalogue.model import Pin
from msgstack.catalogue.model import Place
from msgstack.catalogue.model import Project
from msgstack.catalogue.model import Recipe
from msgstack.catalogue.model import SourceKind
from msgstack.catalogue.model import Unpack
from msgstack.catalogue.model import VersionProbe
from msgstack.errors import UsageError

Table = Mapping[str, Any]


class CatalogueError(UsageError):
    """The catalogue's own data can't be used."""

    def __init__(self, where: str, why: str, fix: str = "") -> None:
        super().__init__(f"the catalogue is wrong at {where}", why, fix)


@dataclass(frozen=True)
class Section:
    """One artefact's table, and all the others, for what it is built with."""

    name: str
    table: Table
    tables: Mapping[str, Table]

    def source(self, kind: SourceKind) -> tuple[Table, str]:
        """The table of one kind of source, and its name for messages."""
        return self.table[kind], f"{self.name}.{kind}"


@dataclass(frozen=True)
class Found:
    """A recipe for one platform; `version` None means any."""

    version: str | None
    platform: str
    kind: SourceKind
    recipe: Recipe


def url(section: Section) -> Iterator[Found]:
    """Archives at an address in which {version} and {file} are filled in."""
    table, where = section.source(SourceKind.URL)
    address = str(need(table, "address", where))
    for version, platform, entry, at in _each(table, "files", where):
        name = str(need(entry, "name", at))
        place = Address(address.format(version=version, file=name))
        yield Found(version, platform, SourceKind.URL, _unpack(table, _file(entry, name, place, at), where))


def wheel(section: Section) -> Iterator[Found]:
    """Wheels of one project, an archive each; or an environment of several, the same on every platform."""
    table, where = section.source(SourceKind.WHEEL)
    for version, platform, entry, at in _each(table, "files", where):
        place = Project(str(need(table, "project", where)))
        file = _file(entry, str(need(entry, "name", at)), place, at)
        yield Found(version, platform, SourceKind.WHEEL, _unpack(table, file, where))
    for version, entries in table.get("environment", {}).items():
        at = f"{where}.environment.{version}"
        files = tuple(_file(e, str(need(e, "name", at)), Project(str(need(e, "project", at))), at) for e in entries)
        for platform in PLATFORMS:
            yield Found(version, platform, SourceKind.WHEEL, Environment(files))


def go(section: Section) -> Iterator[Found]:
    """A build of the main module go/<name>-<version>, with a toolchain of the `go` artefact."""
    table, where = section.source(SourceKind.GO)
    toolchains = _toolchains(section.tables, str(need(table, "toolchain", where)))
    for version, platform, entry, at in _each(table, "outputs", where):
        name = f"{section.name}-{version}"
        recipe = GoBuild(
            module=f"go/{name}",
            package=str(need(table, "package", where)),
            binary=str(need(table, "binary", where)),
            ldflags=" ".join(["-s -w", *filter(None, [table.get("ldflags", "").format(version=version)])]),
            output=_file(entry, f"{name}-{platform}", Carried(), at),
            toolchains=toolchains,
        )
        yield Found(version, platform, SourceKind.GO, recipe)


def brew(section: Section) -> Iterator[Found]:
    """A Homebrew formula. Without a version range and capabilities nothing would prove what it brought."""
    table, where = section.source(SourceKind.BREW)
    probe = need(table, "version", where)
    recipe = Brew(
        formula=str(need(table, "formula", where)),
        binaries=tuple(need(table, "binaries", where).items()),
        accepts=str(need(table, "accepts", where)),
        version=VersionProbe(tuple(need(probe, "command", where)), str(need(probe, "pattern", where))),
        capabilities=tuple(_capability(one, f"{where}.capabilities") for one in need(table, "capabilities", where)),
    )
    for platform in need(table, "platforms", where):
        yield Found(None, _platform(platform, where), SourceKind.BREW, recipe)


def need(table: Table, key: str, where: str) -> Any:
    """The value of `key`, which must be there and say something."""
    if table.get(key) in (None, "", [], {}):
        raise CatalogueError(f"{where}.{key}", "is missing or empty")
    return table[key]


def _capability(entry: Table, where: str) -> Capability:
    return Capability(tuple(need(entry, "command", where)), tuple(need(entry, "shows", where)))


def _each(table: Table, key: str, where: str) -> Iterator[tuple[str, str, Table, str]]:
    """Version, platform, entry and its name for messages."""
    for version, platforms in table.get(key, {}).items():
        for platform, entry in platforms.items():
            at = f"{where}.{key}.{version}.{platform}"
            yield version, _platform(platform, at), entry, at


def _platform(name: str, where: str) -> str:
    if name not in PLATFORMS:
        raise CatalogueError(where, f"there is no platform {name}", f"platforms are {', '.join(PLATFORMS)}")
    return name


def _toolchains(tables: Mapping[str, Table], version: str) -> tuple[tuple[str, File], ...]:
    where = f"go.wheel.files.{version}"
    table = tables.get("go", {}).get("wheel", {})
    entries = need(table.get("files", {}), version, "go.wheel.files")
    place = Project(str(need(table, "project", "go.wheel")))
    return tuple((p, _file(e, str(need(e, "name", where)), place, f"{where}.{p}")) for p, e in entries.items())


def _unpack(table: Table, file: File, where: str) -> Unpack:
    members: Members = tuple(need(table, "members", where).items())
    return Unpack(file, members, int(table.get("strip", 0)))


def _file(entry: Table, name: str, place: Place, where: str) -> File:
    return File(name, _pin(entry, where), entry.get("size"), place)


def _pin(entry: Table, where: str) -> Pin:
    """No pin, no source: refused here, so that no later code has to think of it."""
    for algorithm in ("sha512", "sha256"):
        if algorithm in entry:
            try:
                return Digest.parse(f"{algorithm}:{entry[algorithm]}")
            except UsageError as error:
                raise CatalogueError(where, str(error)) from error
    raise CatalogueError(where, "has no pin", "give its sha256 or sha512")
