"""A tree's manifest: what is in it, where it came from, and what was and was not verified."""

from __future__ import annotations

import json
from dataclasses import asdict
from dataclasses import dataclass
from typing import Any
from typing import Final

NAME: Final = "manifest.json"
SCHEMA: Final = 1


@dataclass(frozen=True)
class Entry:
    """A file with its permission bits, size in bytes and SHA-256, or a link with its target and nothing else."""

    path: str
    mode: int = 0
    size: int = 0
    sha256: str = ""
    link: str | None = None


@dataclass(frozen=True)
class Provenance:
    """How a tree came to be. `version` is what was found, which with Homebrew may be newer than what was wanted."""

    kind: str
    version: str
    source: tuple[str, ...]
    verified: tuple[str, ...]
    not_verified: tuple[str, ...]


@dataclass(frozen=True)
class Manifest:
    """All files of one tree but the manifest itself, sorted by path."""

    id: str
    name: str
    version: str
    platform: str
    built: bool
    provenance: Provenance
    files: tuple[Entry, ...]

    def to_json(self) -> str:
        """Its text: the same manifest gives the same bytes."""
        return json.dumps({"schema_version": SCHEMA, **asdict(self)}, indent=1, sort_keys=True) + "\n"


def from_json(text: str) -> Manifest:
    """Read a manifest back. Raises ValueError for anything that `to_json` does not write."""
    try:
        data: dict[str, Any] = json.loads(text)
        if data.pop("schema_version") != SCHEMA:
            raise ValueError("a manifest of another schema")
        provenance = {key: _frozen(value) for key, value in data.pop("provenance").items()}
        files = tuple(Entry(**entry) for entry in data.pop("files"))
        return Manifest(**data, provenance=Provenance(**provenance), files=files)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a manifest: {error}") from error


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
