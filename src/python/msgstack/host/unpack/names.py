"""Which names of an archive are safe on every file system that we run on. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

from msgstack.host.unpack.rules import ArchiveError

MAX_COMPONENT: Final = 255  # bytes: ext4, XFS, and APFS in its strictest reading
MAX_PATH: Final = 700  # bytes: macOS stops at 1,024 for the whole path, and the store's folder comes before it


def parts_of(name: str) -> tuple[str, ...]:
    """The folders and base name of `name`; empty for the root itself (`.`, `./`). Raises ArchiveError."""
    if not name:
        raise ArchiveError("a member has no name")
    _check_characters(name)
    if name.startswith("/"):
        raise ArchiveError(f"{shown(name)} is an absolute name")
    bare = name.removeprefix("./").removesuffix("/")
    if bare in ("", "."):
        return ()
    parts = tuple(bare.split("/"))
    for part in parts:
        _check_part(part, name)
    if len(bare.encode()) > MAX_PATH:
        raise ArchiveError(f"{shown(name)} is longer than {MAX_PATH} bytes")
    return parts


def folded(path: str) -> str:
    """The same for all names that some file system takes for one: case and Unicode normalisation (APFS, HFS+)."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", path).casefold())


def shown(name: str) -> str:
    """A name that is safe to print: a hostile one could command the terminal."""
    text = ascii(name)
    return text if len(text) <= 80 else f"{text[:76]}...'"


def check_target(target: str, path: str) -> None:
    """A link's target is text that goes into the file system as it is."""
    if not target or target.startswith("/"):
        raise ArchiveError(f"the link {shown(path)} leads to {shown(target)}, outside of the archive")
    _check_characters(target)
    if len(target.encode()) > MAX_PATH or any(len(part.encode()) > MAX_COMPONENT for part in target.split("/")):
        raise ArchiveError(f"the target of the link {shown(path)} is too long")


def _check_characters(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise ArchiveError(f"{shown(name)} is not valid UTF-8") from None
    if "\\" in name:
        raise ArchiveError(f"{shown(name)} has a backslash, which is a separator elsewhere")
    if not name.isprintable() and any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise ArchiveError(f"{shown(name)} has control characters")


def _check_part(part: str, name: str) -> None:
    if part in ("", ".", ".."):
        raise ArchiveError(f"{shown(name)} has the component {part!r}")
    if len(part.encode()) > MAX_COMPONENT:
        raise ArchiveError(f"a component of {shown(name)} is longer than {MAX_COMPONENT} bytes")
