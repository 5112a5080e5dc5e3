"""What an archive may hold, and which of it is wanted. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from enum import StrEnum
from types import MappingProxyType

from msgstack.errors import VerificationError


class ArchiveError(VerificationError):
    """The archive is damaged, or holds what no archive for us should hold. Nothing of it is kept."""

    def __init__(self, why: str) -> None:
        super().__init__("the archive is refused", why, "do not use this file; fetch it anew from its publisher")


@dataclass(frozen=True)
class Caps:
    """The most that one archive may unpack to: bytes, members, and bytes out for each byte in.

    The ratio is looked at from `ratio_from` bytes on; honest text packs to 1:20, a gzip bomb to 1:1000.
    """

    max_bytes: int = 4 << 30
    max_members: int = 100_000
    max_ratio: int = 100
    ratio_from: int = 16 << 20


@dataclass(frozen=True)
class Rules:
    """How an archive becomes a tree.

    `strip`: leading folders to leave away (1 for an archive wrapped in one top folder).
    `members`: archive path (after strip; `*` and `?` within one folder name, a last `**` for all below) → tree path.
    A tree path that ends in `/`, or is empty, keeps the base name. Empty mapping: everything is wanted.
    `outward`: tree path → exact target of a link that may lead out of the tree, e.g. a JDK's
    `lib/security/cacerts`. No other link may.
    `executable`: tree paths that become executable whatever the archive says (wheels often don't).
    """

    strip: int = 0
    members: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    outward: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    executable: frozenset[str] = frozenset()
    caps: Caps = Caps()


class Kind(StrEnum):
    """What a member is. Nothing else is unpacked."""

    FILE = "file"
    FOLDER = "folder"
    SYMLINK = "symlink"
    HARDLINK = "hardlink"


@dataclass(frozen=True)
class Member:
    """One entry as the archive states it: nothing in it is checked yet."""

    name: str
    kind: Kind
    size: int = 0
    executable: bool = False
    link: str = ""


@dataclass(frozen=True)
class Entry:
    """One file or link of the tree that was unpacked. `sha256` in hex and `size` in bytes are empty for links.

    `mode` is 0o755 or 0o644; a hard link is an entry of kind FILE with the digest of what it shares.
    """

    path: str
    kind: Kind
    mode: int = 0o644
    size: int = 0
    sha256: str = ""
    link: str = ""
