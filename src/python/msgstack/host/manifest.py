"""A tree on disk against its manifest: written once when the tree is complete, compared cheaply, or byte for byte."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgstack.catalogue import manifest
from msgstack.catalogue.manifest import Entry
from msgstack.catalogue.manifest import Manifest
from msgstack.catalogue.manifest import Provenance
from msgstack.catalogue.model import Candidate
from msgstack.host import atomic

FOLDER_MODE: Final = 0o555


def seal(tree: Path, candidate: Candidate, provenance: Provenance) -> None:
    """Write the manifest, take every write permission away, and flush all of it to the disk."""
    for path in _files(tree):
        if not path.is_symlink():
            path.chmod(0o555 if path.stat().st_mode & stat.S_IXUSR else 0o444)
    text = Manifest(
        id=candidate.id,
        name=candidate.name,
        version=candidate.version,
        platform=candidate.platform,
        built=candidate.recipe.built,
        provenance=provenance,
        files=tuple(_entry(tree, path) for path in _files(tree)),
    ).to_json()
    atomic.write_file(tree / manifest.NAME, text.encode(), 0o444)
    for folder, _, _ in os.walk(tree, topdown=False):
        os.chmod(folder, FOLDER_MODE)
    atomic.sync_tree(tree)


def read(tree: Path) -> Manifest | None:
    """The manifest of a complete tree; None if there is no such tree or its manifest can't be read."""
    try:
        return manifest.from_json((tree / manifest.NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def quick_faults(tree: Path, wanted: Manifest) -> Iterator[str]:
    """What differs in presence, kind, size or mode. Reads no content: about 10 µs a file."""
    for entry in wanted.files:
        path = tree / entry.path
        try:
            found = path.lstat()
        except OSError:
            yield f"{entry.path} is missing"
            continue
        yield from _attribute_faults(path, entry, found)


def deep_faults(tree: Path, wanted: Manifest) -> Iterator[str]:
    """As quick_faults, and every content that differs, and every file that nobody put there."""
    quick = tuple(quick_faults(tree, wanted))
    yield from quick
    known = {entry.path for entry in wanted.files}
    for path in _files(tree):
        name = path.relative_to(tree).as_posix()
        if name != manifest.NAME and name not in known:
            yield f"{name} does not belong to it"
    for entry in wanted.files:
        path = tree / entry.path
        if entry.link is None and path.is_file() and not path.is_symlink() and _sha256(path) != entry.sha256:
            yield f"{entry.path} has other content"


def _attribute_faults(path: Path, entry: Entry, found: os.stat_result) -> Iterator[str]:
    if stat.S_ISLNK(found.st_mode) != (entry.link is not None):
        yield f"{entry.path} is {'a link' if entry.link is None else 'no link'}"
    elif entry.link is not None:
        if os.readlink(path) != entry.link:
            yield f"{entry.path} leads to {os.readlink(path)}"
    elif found.st_size != entry.size:
        yield f"{entry.path} has {found.st_size} bytes, not {entry.size}"
    elif stat.S_IMODE(found.st_mode) != entry.mode:
        yield f"{entry.path} has mode {stat.S_IMODE(found.st_mode):04o}, not {entry.mode:04o}"


def _files(tree: Path) -> Iterator[Path]:
    """Everything in the tree but folders, in the order of names."""
    for folder, folders, names in os.walk(tree):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names + links))


def _entry(tree: Path, path: Path) -> Entry:
    name = path.relative_to(tree).as_posix()
    if path.is_symlink():
        return Entry(name, link=os.readlink(path))
    found = path.stat()
    return Entry(name, stat.S_IMODE(found.st_mode), found.st_size, _sha256(path))


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
