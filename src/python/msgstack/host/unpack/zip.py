"""Read a zip archive (a wheel is one): its central directory is held against itself before a byte is unpacked."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from zipfile import ZipFile
from zipfile import ZipInfo

from msgstack.host.unpack.names import shown
from msgstack.host.unpack.rules import ArchiveError
from msgstack.host.unpack.rules import Caps
from msgstack.host.unpack.rules import Kind
from msgstack.host.unpack.rules import Member

CHUNK: Final = 1 << 20
LOCAL_HEADER: Final = 30
ENCRYPTED: Final = 0x1
METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})

Body = Iterator[memoryview]


def members(archive: Path, caps: Caps) -> Iterator[tuple[Member, Body]]:
    """Each member with its content. Raises ArchiveError."""
    with _refusing(), ZipFile(archive) as opened:
        infos = opened.infolist()
        _check_ratio(infos, archive.stat().st_size, caps)
        _check_overlap(infos, opened.start_dir)
        for info in infos:
            member = _member(info)
            yield member, _content(opened, info, member)


@contextmanager
def _refusing() -> Iterator[None]:
    """Whatever zipfile stumbles over is the archive's fault."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError) as error:
        raise ArchiveError(f"it is no zip archive, or a damaged one ({error})") from error


def _member(info: ZipInfo) -> Member:
    """From `orig_filename`: zipfile cuts `filename` at a NUL and rewrites separators."""
    name = info.orig_filename
    mode = info.external_attr >> 16 if info.create_system == 3 else 0
    kind = Kind.FOLDER if name.endswith("/") else Kind.FILE
    if stat.S_IFMT(mode) not in (0, stat.S_IFDIR if kind is Kind.FOLDER else stat.S_IFREG):
        raise ArchiveError(f"{shown(name)} is a link, a device or another thing that is neither file nor folder")
    if info.flag_bits & ENCRYPTED or info.compress_type not in METHODS:
        raise ArchiveError(f"{shown(name)} is encrypted, or packed in a way that is not accepted")
    if kind is Kind.FOLDER and info.file_size:
        raise ArchiveError(f"{shown(name)} is a folder with content")
    return Member(name, kind, info.file_size, bool(mode & 0o111))


def _content(opened: ZipFile, info: ZipInfo, member: Member) -> Body:
    """zipfile checks the CRC at the end; that the size is the declared one is checked here."""
    left = member.size
    with _refusing(), opened.open(info) as body:
        while chunk := body.read(CHUNK):
            left -= len(chunk)
            yield memoryview(chunk)
    if left:
        raise ArchiveError(f"{shown(member.name)} has not the size that it declares")


def _check_ratio(infos: list[ZipInfo], packed: int, caps: Caps) -> None:
    size = sum(info.file_size for info in infos)
    if size > caps.ratio_from and size > packed * caps.max_ratio:
        raise ArchiveError(f"it expands to more than {caps.max_ratio} times its size")


def _check_overlap(infos: list[ZipInfo], end: int) -> None:
    """Members that share bytes: how a small zip becomes a large bomb."""
    for info in sorted(infos, key=lambda info: info.header_offset, reverse=True):
        least = info.header_offset + LOCAL_HEADER + len(info.orig_filename.encode("utf-8", "replace"))
        if info.header_offset < 0 or least + info.compress_size > end:
            raise ArchiveError(f"{shown(info.orig_filename)} overlaps another member")
        end = info.header_offset
