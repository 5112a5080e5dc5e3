"""What exists: artefacts, their versions, and for each platform the ways to come by them, in order.

Where a file lies (`Place`), what it must be (`Pin`) and what is made of it (`Recipe`) are three things: a mirror
changes the first alone, and nothing but the other two goes into the identity of a tree.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from dataclasses import field
from enum import StrEnum
from typing import Final
from typing import TypeAlias

from msgstack.catalogue.digest import Digest
from msgstack.resource.model import shown
from msgstack.resource.model import to_json

PLATFORMS: Final = ("linux-x86_64", "linux-aarch64", "macos-x86_64", "macos-arm64")


class SourceKind(StrEnum):
    """Kinds of source, as stack files name them."""

    BREW = "brew"
    WHEEL = "wheel"
    URL = "url"
    GO = "go"


Pin: TypeAlias = Digest
"""What proves that a file is the one meant. The union's one member: an OpenPGP signer's fingerprint joins it here."""


@dataclass(frozen=True)
class Address:
    """The file lies at this URL."""

    url: str

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True)
class Project:
    """The file belongs to this project of a Python package index; which index is the host's setting."""

    name: str

    def __str__(self) -> str:
        return f"the package index, project {self.name}"


@dataclass(frozen=True)
class Carried:
    """No server has the file: it is built on a host, and carried to others in a folder."""

    def __str__(self) -> str:
        return "no server: it is built"


Place = Address | Project | Carried


@dataclass(frozen=True)
class File:
    """One file as upstream names it. `size` in bytes, None where it was not published."""

    name: str
    pin: Pin
    size: int | None = field(metadata=shown())
    place: Place = field(metadata=shown())


Members = tuple[tuple[str, str], ...]
"""What to take out of an archive: glob over its names → path in the tree; one that ends in / is a folder."""


@dataclass(frozen=True)
class Unpack:
    """The members of one archive, without the first `strip` parts of their names. A fetched tree."""

    file: File
    members: Members
    strip: int = 0

    @property
    def built(self) -> bool:
        return False


@dataclass(frozen=True)
class Environment:
    """Python wheels unpacked side by side into `site/`, to be put on a Python's path. A built tree."""

    files: tuple[File, ...]

    @property
    def built(self) -> bool:
        return True


@dataclass(frozen=True)
class GoBuild:
    """A program compiled from Go modules that our own main module pins. A built tree of one file.

    `output` pins what comes out, so that a build which differs is refused and a built file can be carried.
    """

    module: str  # folder of go.mod and go.sum, below 3rdparty/artifacts
    package: str
    binary: str  # path in the tree
    ldflags: str
    output: File
    toolchains: tuple[tuple[str, File], ...] = field(metadata=shown())  # by the platform that builds

    @property
    def built(self) -> bool:
        return True


@dataclass(frozen=True)
class Capability:
    """What a program must be able to do: this command, run in the tree, exits 0 and shows all these words."""

    command: tuple[str, ...]
    shows: tuple[str, ...]


@dataclass(frozen=True)
class VersionProbe:
    """How a program tells its version: the first group of `pattern` in what the command prints."""

    command: tuple[str, ...]
    pattern: str


@dataclass(frozen=True)
class Brew:
    """What Homebrew installs, copied. Its bytes have no pin of ours: version and capabilities are proved instead."""

    formula: str
    binaries: Members  # name in the formula's bin → path in the tree
    accepts: str  # version specifier (PEP 440), such as ">=2.15.1,<3"
    version: VersionProbe
    capabilities: tuple[Capability, ...]

    @property
    def built(self) -> bool:
        return False


Recipe = Unpack | Environment | GoBuild | Brew


@dataclass(frozen=True)
class Candidate:
    """One way to come by one version of an artefact on one platform."""

    name: str
    version: str
    platform: str
    kind: SourceKind
    recipe: Recipe

    @property
    def id(self) -> str:
        """Its name in the store: <name>-<version>-<12 hex digits of all that goes in>."""
        goes_in = json.dumps(to_json(self), sort_keys=True)
        return f"{self.name}-{self.version}-{hashlib.sha256(goes_in.encode()).hexdigest()[:12]}"

    @property
    def files(self) -> tuple[File, ...]:
        """The pinned files it can be made of without a network; none for Homebrew."""
        match self.recipe:
            case Unpack(file=file):
                return (file,)
            case Environment(files=files):
                return files
            case GoBuild(output=output):
                return (output,)
            case Brew():
                return ()


@dataclass(frozen=True)
class Release:
    """One version: its candidates for every platform, in order of preference."""

    version: str
    supported: bool  # by its authors, when this catalogue was made
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Artefact:
    """One thing that can be installed, in all versions on offer, newest first."""

    name: str
    summary: str
    default: str
    oldest: str
    too_old: str  # why nothing before `oldest` is accepted
    support: str  # which versions their authors support, and until when
    provides: tuple[str, ...]  # paths that each of its trees has
    releases: tuple[Release, ...]


@dataclass(frozen=True)
class Catalogue:
    """All artefacts, by name."""

    artefacts: tuple[Artefact, ...]

    def names(self) -> tuple[str, ...]:
        return tuple(artefact.name for artefact in self.artefacts)


@dataclass(frozen=True)
class TreeWant:
    """A version that was chosen, and the ways to come by it here, the preferred one first."""

    name: str
    version: str
    platform: str
    candidates: tuple[Candidate, ...]
