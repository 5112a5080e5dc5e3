"""Unpack an archive that is not trusted into a fresh folder: every rule of what may be in it is kept here.

`unpack` for a file on disk (.tar, .tar.gz, .tar.xz, .zip, .whl), `unpack_stream` for a tar that is still coming.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path

from msgstack.host.unpack import stream
from msgstack.host.unpack import tar
from msgstack.host.unpack import zip as zip_
from msgstack.host.unpack.rules import ArchiveError
from msgstack.host.unpack.rules import Caps
from msgstack.host.unpack.rules import Entry
from msgstack.host.unpack.rules import Kind
from msgstack.host.unpack.rules import Member
from msgstack.host.unpack.rules import Rules
from msgstack.host.unpack.selection import Selection
from msgstack.host.unpack.selection import check_rules
from msgstack.host.unpack.tree import Tree
from msgstack.host.unpack.write import Writer
from msgstack.host.unpack.write import disk_trouble
from msgstack.host.unpack.write import fresh_folder
from msgstack.host.unpack.write import remove

__all__ = ["ArchiveError", "Caps", "Entry", "Kind", "Rules", "fresh_folder", "unpack", "unpack_stream"]

Members = Iterable[tuple[Member, Iterator[memoryview]]]


def unpack(archive: Path, folder: Path, rules: Rules) -> tuple[Entry, ...]:
    """Unpack `archive` into `folder`, which must be empty (see `fresh_folder`); what is there now, in archive order.

    The kind of archive is read from its first bytes. Raises ArchiveError if it breaks a rule, MsgstackError if the
    disk does; then `folder` is gone. Nothing is flushed: see atomic.sync_tree.
    """
    with archive.open("rb") as source:
        if source.read(2) == b"PK":
            return _into(folder, rules, zip_.members(archive, rules.caps))
        source.seek(0)
        return unpack_stream(source, folder, rules)


def unpack_stream(source: stream.Readable, folder: Path, rules: Rules) -> tuple[Entry, ...]:
    """As `unpack`, from a tar that is read once, front to back, for instance while it is downloaded (fetch/follow.py).

    Its bytes are not verified yet, so `folder` gets its final name only when they are.
    """
    with stream.Ahead(stream.plain(source, rules.caps)) as pieces:
        return _into(folder, rules, tar.members(iter(pieces)))


def _into(folder: Path, rules: Rules, members: Members) -> tuple[Entry, ...]:
    check_rules(rules)
    try:
        if any(folder.iterdir()):
            raise FileExistsError(17, "it is not empty")
        return _all(Writer(folder, rules.executable), rules, members)
    except OSError as error:
        remove(folder)
        raise disk_trouble(folder, error) from error
    except BaseException:
        remove(folder)
        raise


def _all(writer: Writer, rules: Rules, members: Members) -> tuple[Entry, ...]:
    tree, selection = Tree(rules), Selection(rules)
    for member, body in members:
        tree.count(member.size)
        path = selection.target(member.name)
        if path is not None:
            _one(writer, tree, selection, path, member, body)
    selection.check_all_found()
    tree.check_links()
    writer.symlinks(tree.links)
    return tuple(writer.entries)


def _one(
    writer: Writer, tree: Tree, selection: Selection, path: str, member: Member, body: Iterator[memoryview]
) -> None:
    match member.kind:
        case Kind.FOLDER:
            writer.folders(tree.add_folder(path))
        case Kind.FILE:
            writer.folders(tree.add_file(path))
            writer.file(path, body, executable=member.executable)
        case Kind.HARDLINK:
            target = selection.target(member.link) or ""
            writer.folders(tree.add_hardlink(path, target))
            writer.hardlink(path, target)
        case Kind.SYMLINK:
            writer.folders(tree.add_symlink(path, member.link))
