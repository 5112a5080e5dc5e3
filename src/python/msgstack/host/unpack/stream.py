"""Decompress in a thread of its own: reading, decompressing and writing overlap, in a few MiB of memory.

zlib, lzma and the SHA functions release the interpreter's lock, so two cores are really used.
"""

from __future__ import annotations

import importlib
import lzma
import queue
import threading
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import Any
from typing import Final
from typing import Protocol
from typing import Self

from msgstack.host.unpack.rules import ArchiveError
from msgstack.host.unpack.rules import Caps

CHUNK: Final = 1 << 20
WAITING: Final = 8
XZ_MEMORY: Final = 256 << 20
GZIP: Final = b"\x1f\x8b"
XZ: Final = b"\xfd7zXZ\x00"


class Readable(Protocol):
    """Bytes in order: at most `count`, none at the end."""

    def read(self, count: int, /) -> bytes: ...


def plain(source: Readable, caps: Caps) -> Iterator[bytes]:
    """The bytes of a .tar, .tar.gz or .tar.xz without compression, in pieces of about 1 MiB. Raises ArchiveError."""
    head = source.read(CHUNK)
    while 0 < len(head) < len(XZ) and (more := source.read(CHUNK)):
        head += more
    if not head.startswith((GZIP, XZ)):
        return _chunks(head, source)
    new = _Gunzip if head.startswith(GZIP) else _Unxz
    return _within(caps, _Counted(_chunks(head, source)), new)


def _chunks(head: bytes, source: Readable) -> Iterator[bytes]:
    while head:
        yield head
        head = source.read(CHUNK)


class _Counted:
    """Counts what went in, for the ratio."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks = chunks
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            self.size += len(chunk)
            yield chunk


class Decompressor(Protocol):
    """One compressed member: `feed` gives pieces of at most 1 MiB, `rest` what follows the member's end."""

    @property
    def eof(self) -> bool: ...

    @property
    def rest(self) -> bytes: ...

    def feed(self, chunk: bytes) -> Iterator[bytes]: ...


class _Gunzip:
    """isa-l where it is installed (twice as fast), else the standard library; both check the CRC and the length."""

    def __init__(self) -> None:
        self._machine = _inflater()

    @property
    def eof(self) -> bool:
        return bool(self._machine.eof)

    @property
    def rest(self) -> bytes:
        return bytes(self._machine.unused_data)

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        piece = b"-"
        while (chunk or piece) and not self.eof:
            piece = self._machine.decompress(chunk, CHUNK)
            yield piece
            chunk = self._machine.unconsumed_tail


class _Unxz:
    def __init__(self) -> None:
        self._machine = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)

    @property
    def eof(self) -> bool:
        return self._machine.eof

    @property
    def rest(self) -> bytes:
        return self._machine.unused_data

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        yield self._machine.decompress(chunk, CHUNK)
        while not self._machine.needs_input and not self.eof:
            yield self._machine.decompress(b"", CHUNK)


def _inflater() -> Any:
    """An object like zlib.decompressobj for the gzip format. By name, since isal may be missing everywhere."""
    try:
        library: Any = importlib.import_module("isal.isal_zlib")
    except ImportError:
        library = zlib
    return library.decompressobj(zlib.MAX_WBITS | 16)


def _within(caps: Caps, packed: _Counted, new: type[_Gunzip | _Unxz]) -> Iterator[bytes]:
    """Decompressed pieces, as long as they keep to the cap on bytes out for each byte in."""
    size = 0
    try:
        for piece in _decompress(packed, new):
            size += len(piece)
            if size > caps.ratio_from and size > packed.size * caps.max_ratio:
                raise ArchiveError(f"it expands to more than {caps.max_ratio} times its size")
            yield piece
    except (zlib.error, lzma.LZMAError, EOFError) as error:  # isal_zlib.error is zlib.error
        raise ArchiveError(f"its compressed data is damaged ({error})") from error


def _decompress(packed: _Counted, new: type[_Gunzip | _Unxz]) -> Iterator[bytes]:
    """Any number of compressed members one after the other (RFC 1952, 2.2), then at most zero padding."""
    machine = new()
    for chunk in packed:
        while chunk:
            if machine.eof:
                chunk = chunk.lstrip(b"\0")
                if not chunk:
                    break
                machine = new()
            yield from machine.feed(chunk)
            chunk = machine.rest if machine.eof else b""
    if not machine.eof:
        raise ArchiveError("it is cut short")


class Ahead:
    """Runs an iterator in a thread, at most a few pieces ahead of whoever iterates. Use it as a context manager."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._queue: queue.Queue[bytes | BaseException] = queue.Queue(WAITING)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="decompress", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stopped.set()
        while self._thread.is_alive():
            try:
                self._queue.get(timeout=0.05)
            except queue.Empty:
                continue

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._queue.get():
            if isinstance(piece, BaseException):
                raise piece
            yield piece

    def _run(self) -> None:
        try:
            for piece in self._pieces:
                if self._stopped.is_set():
                    return
                if piece:
                    self._queue.put(piece)
            self._queue.put(b"")
        except BaseException as error:  # noqa: BLE001  every failure belongs to the thread that iterates
            self._queue.put(error)
