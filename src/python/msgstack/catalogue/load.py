"""From the tables in 3rdparty/artifacts to the catalogue. What has no pin is refused: nothing could verify it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from msgstack.catalogue.model import Artefact
from msgstack.catalogue.model import Candidate
from msgstack.catalogue.model import Catalogue
from msgstack.catalogue.model import Release
from msgstack.catalogue.model import SourceKind
from msgstack.catalogue.sources import CatalogueError
from msgstack.catalogue.sources import Found
from msgstack.catalogue.sources import Section
from msgstack.catalogue.sources import brew
from msgstack.catalogue.sources import go
from msgstack.catalogue.sources import need
from msgstack.catalogue.sources import url
from msgstack.catalogue.sources import wheel

READERS = {SourceKind.BREW: brew, SourceKind.WHEEL: wheel, SourceKind.URL: url, SourceKind.GO: go}

WORDS = ("summary", "default", "oldest", "too_old", "support")
KEYS = frozenset({*WORDS, "supported", "order", "provides", *SourceKind})


def load(texts: Iterable[tuple[str, str]]) -> Catalogue:
    """The catalogue of these TOML texts, each with the file's name for messages.

    Raises CatalogueError (a UsageError) that names file and key for anything missing, unknown or without a pin.
    """
    tables = dict(_tables(texts))
    return Catalogue(tuple(_artefact(Section(name, table, tables)) for name, table in sorted(tables.items())))


def _tables(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    seen: set[str] = set()
    for file, text in texts:
        try:
            parsed = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise CatalogueError(file, str(error)) from error
        for name, table in parsed.items():
            if name in seen:
                raise CatalogueError(file, f"{name} stands in another file too")
            seen.add(name)
            yield name, table


def _artefact(section: Section) -> Artefact:
    name, table = section.name, section.table
    unknown = set(table) - KEYS
    if unknown:
        raise CatalogueError(name, f"unknown {', '.join(sorted(unknown))}", f"allowed are {', '.join(sorted(KEYS))}")
    words = {word: str(need(table, word, name)) for word in WORDS}
    releases = tuple(_releases(section))
    if words["default"] not in {release.version for release in releases}:
        raise CatalogueError(name, f"the default {words['default']} has no source")
    return Artefact(name=name, provides=tuple(need(table, "provides", name)), releases=releases, **words)


def _releases(section: Section) -> Iterator[Release]:
    """Newest first. Homebrew has no version of its own to offer, so it joins every version the others have."""
    found = [one for kind in _kinds(section) for one in READERS[kind](section)]
    for version in sorted({one.version for one in found if one.version}, key=_number, reverse=True):
        mine = tuple(_candidate(section.name, version, one) for one in found if one.version in (version, None))
        supported = any(version.startswith(f"{line}.") for line in need(section.table, "supported", section.name))
        yield Release(version, supported, mine)


def _candidate(name: str, version: str, found: Found) -> Candidate:
    return Candidate(name, version, found.platform, found.kind, found.recipe)


def _kinds(section: Section) -> list[SourceKind]:
    """The kinds in the artefact's order; a source that the order forgets is an error, and so is the reverse."""
    order = list(need(section.table, "order", section.name))
    there = {kind.value for kind in SourceKind if kind in section.table}
    if set(order) != there or len(order) != len(there):
        raise CatalogueError(
            f"{section.name}.order", f"names {', '.join(order)}", f"the sources are {', '.join(sorted(there))}"
        )
    return [SourceKind(kind) for kind in order]


def _number(version: str) -> tuple[int, ...]:
    if not all(part.isdecimal() for part in version.split(".")):
        raise CatalogueError(version, "is not a version: numbers and dots only")
    return tuple(int(part) for part in version.split("."))
