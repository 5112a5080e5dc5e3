"""Read a tar archive once, front to back: ustar, pax and GNU long names, and nothing else that tar can say.

Own code, since CPython's `tarfile` has let archives write outside their folder in every version that we run on
(CVE-2025-4517 and others), takes an archive that is cut at a member's end for a whole one, and follows the archive's
word on sizes without a bound. The format is POSIX.1-2017, *pax*; magic numbers of GNU as in its tar manual.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from msgstack.host.unpack.names import shown
from msgstack.host.unpack.rules import ArchiveError
from msgstack.host.unpack.rules import Kind
from msgstack.host.unpack.rules import Member

BLOCK: Final = 512
MAX_META: Final = 1 << 20
KINDS: Final = {b"0": Kind.FILE, b"\0": Kind.FILE, b"1": Kind.HARDLINK, b"2": Kind.SYMLINK, b"5": Kind.FOLDER}
META: Final = frozenset(b"xgLK")
REFUSED: Final = {b"3": "a device", b"4": "a device", b"6": "a FIFO", b"S": "a sparse file"}


class Source:
    """Exactly the bytes that are asked for, out of pieces of any size, with as few copies as can be."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def some(self, most: int) -> memoryview:
        """1 to `most` bytes; none at the end."""
        if not self._left:
            self._left = memoryview(next(self._pieces, b""))
        got, self._left = self._left[:most], self._left[most:]
        return got

    def parts(self, size: int) -> Iterator[memoryview]:
        """`size` bytes piece by piece. Raises ArchiveError if the archive ends before."""
        while size:
            part = self.some(size)
            if not part:
                raise ArchiveError("it is cut short")
            size -= len(part)
            yield part

    def take(self, size: int) -> bytes:
        """`size` bytes at once; for headers."""
        return b"".join(self.parts(size))


@dataclass
class Long:
    """What the headers before a member say about it: they count more than its own."""

    name: str = ""
    link: str = ""
    size: int = -1
    pending: bool = False


Body = Iterator[memoryview]


def members(pieces: Iterator[bytes]) -> Iterator[tuple[Member, Body]]:
    """Each member with its content, which is skipped where it is not read before the next one is asked for.

    Raises ArchiveError for whatever is not plain, whole and meant for files, folders and links.
    """
    source = Source(pieces)
    long = Long()
    while any(header := source.take(BLOCK)):
        _check_sum(header)
        kind = header[156:157]
        if kind[0] in META:
            long = _meta(long, kind, source, _number(header[124:136]))
            continue
        member = _member(header, kind, long)
        body = source.parts(member.size)
        yield member, body
        for _ in body:
            pass
        source.take(-member.size % BLOCK)
        long = Long()
    if long.pending:
        raise ArchiveError("a header for a member that does not come")
    _check_end(source)


def _check_end(source: Source) -> None:
    """Read on to the very end, so that the compression's own check sum is looked at."""
    while rest := source.some(1 << 20):
        if any(rest):
            raise ArchiveError("something follows its end")


def _check_sum(header: bytes) -> None:
    """The field itself counts as eight spaces; six digits hold every sum (POSIX ustar)."""
    found = sum(header[:148]) + sum(header[156:]) + 8 * 0x20
    if header[148:156].strip(b" \0").lstrip(b"0") != b"%o" % found:
        raise ArchiveError("it is no tar archive, or a header in it is damaged")


def _number(field: bytes) -> int:
    """Octal digits, or GNU's base 256 for what is larger than 8 GiB."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    if not digits:
        return 0
    if any(digit not in b"01234567" for digit in digits):
        raise ArchiveError("a header in it has a number that is none")
    return int(digits, 8)


def _text(field: bytes) -> str:
    """Up to the first NUL; invalid UTF-8 stays visible as surrogates and is refused with the name."""
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _member(header: bytes, kind: bytes, long: Long) -> Member:
    prefix = _text(header[345:500]) if header[257:263] == b"ustar\0" else ""
    name = long.name or "/".join(filter(None, (prefix, _text(header[:100]))))
    if kind in REFUSED or kind not in KINDS:
        raise ArchiveError(f"{shown(name)} is {REFUSED.get(kind, f'of the unknown kind {kind!r}')}")
    size = long.size if long.size >= 0 else _number(header[124:136])
    if size and KINDS[kind] is not Kind.FILE:
        raise ArchiveError(f"{shown(name)} is a {KINDS[kind]} with content")
    if name.endswith("/") and KINDS[kind] is not Kind.FOLDER:
        raise ArchiveError(f"{shown(name)} is a {KINDS[kind]} with the name of a folder")
    link = long.link or _text(header[157:257])
    return Member(name, KINDS[kind], size, bool(_number(header[100:108]) & 0o111), link)


def _meta(long: Long, kind: bytes, source: Source, size: int) -> Long:
    """Take in a header that speaks about the next member (x, L, K) or about all that follow (g)."""
    if size > MAX_META:
        raise ArchiveError(f"a header of {size} bytes")
    data = source.take(size)
    source.take(-size % BLOCK)
    if kind == b"L":
        long.name = _once(long.name, _text(data))
    elif kind == b"K":
        long.link = _once(long.link, _text(data))
    else:
        _take_pax(long, dict(_records(data)), whole_archive=kind == b"g")
    long.pending = long.pending or kind != b"g"
    return long


def _once(old: str, new: str) -> str:
    if old or not new:
        raise ArchiveError("two headers that name one member, or an empty one")
    return new


def _take_pax(long: Long, said: dict[str, str], *, whole_archive: bool) -> None:
    """path, linkpath and size count; sparse maps are refused; times, owners and comments do not matter here."""
    matters = said.keys() & {"path", "linkpath", "size"}
    if any(key.startswith("GNU.sparse") for key in said):
        raise ArchiveError("it holds a sparse file")
    if (whole_archive and matters) or said.get("hdrcharset", "").endswith("BINARY"):
        raise ArchiveError("a pax header that would rename every member, or names that are not UTF-8")
    if "path" in said:
        long.name = _once(long.name, said["path"])
    if "linkpath" in said:
        long.link = _once(long.link, said["linkpath"])
    if "size" in said:
        long.size = _decimal(said["size"])


def _decimal(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ArchiveError("a pax header with a number that is none")
    return int(text)


def _records(data: bytes) -> Iterator[tuple[str, str]]:
    """pax records: `<length> <key>=<value>\\n`, the length counting all of it."""
    at = 0
    while at < len(data):
        digits = data[at : at + 8].partition(b" ")[0]
        length = _decimal(digits.decode("ascii", "replace"))
        record = data[at : at + length]
        key, equals, value = record[len(digits) + 1 : -1].partition(b"=")
        if len(record) != length or not equals or not key or record[-1:] != b"\n":
            raise ArchiveError("a pax header that is damaged")
        yield key.decode("utf-8", "replace"), value.decode("utf-8", "surrogateescape")
        at += length
