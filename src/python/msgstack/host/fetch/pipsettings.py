"""Which package index this host uses: what pip would read, read without pip.

Environment before files; of the files the environment's own before the user's before the machine's (pip's
documentation, *Configuration*). Without any setting it is the default index, whose address a library knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from configparser import ConfigParser
from configparser import Error
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SECTIONS: Final = ("install", "download", "global")
MACHINE: Final = ("/etc/pip.conf", "/etc/xdg/pip/pip.conf", "/Library/Application Support/pip/pip.conf")


@dataclass(frozen=True)
class PipSettings:
    """`indexes`: base addresses, asked in order. `links`: folders, or pages of links, asked before."""

    indexes: tuple[str, ...]
    links: tuple[str, ...] = ()


def read(environ: Mapping[str, str], home: Path, machine: Sequence[str] = MACHINE) -> PipSettings:
    """The settings that hold for this process: its environment, the user's files in `home`, the machine's files."""
    mine = {key[4:].lower(): value for key, value in environ.items() if key.startswith("PIP_")}
    tables = [mine, *_files(environ, home, machine)]

    def words(key: str) -> tuple[str, ...]:
        return tuple(next((table[key] for table in tables if table.get(key)), "").split())

    links = words("find_links")
    if " ".join(words("no_index")).lower() in ("1", "true", "yes", "on"):
        return PipSettings((), links)
    return PipSettings((words("index_url") or (default_index(),)) + words("extra_index_url"), links)


def default_index() -> str:
    """The index that everyone uses who has set none."""
    from distlib.locators import SimpleScrapingLocator  # type: ignore[import-untyped]
    from distlib.locators import default_locator

    known = (one.base_url for one in default_locator.locators if isinstance(one, SimpleScrapingLocator))
    return str(next(known))


def _files(environ: Mapping[str, str], home: Path, machine: Sequence[str]) -> Iterator[dict[str, str]]:
    """The settings of each configuration file, the strongest first; one that can't be read says nothing."""
    for path in _paths(environ, home, machine):
        parser = ConfigParser(interpolation=None, strict=False)
        try:
            parser.read(path, encoding="utf-8")
        except (Error, OSError, UnicodeDecodeError):
            continue
        merged: dict[str, str] = {}
        for section in reversed(SECTIONS):
            if parser.has_section(section):
                merged.update({key.replace("-", "_"): value for key, value in parser.items(section)})
        yield merged


def _paths(environ: Mapping[str, str], home: Path, machine: Sequence[str]) -> Iterator[Path]:
    own = environ.get("PIP_CONFIG_FILE")
    if own:
        yield Path(own)
    if own == "/dev/null":
        return  # as pip: no file at all
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    yield home / "Library" / "Application Support" / "pip" / "pip.conf"
    yield home / ".pip" / "pip.conf"
    yield from map(Path, machine)
