"""A file that grows while it is downloaded, hashed in the same pass as it is written."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import Final
from typing import Protocol
from typing import Self

from msgstack.catalogue.digest import Algorithm
from msgstack.catalogue.digest import Digest
from msgstack.errors import MsgstackError
from msgstack.host import atomic

CHUNK: Final = 1 << 20


class Watch(Protocol):
    """Someone who reads the file while it grows (see follow.py)."""

    def opened(self, fd: int) -> None:
        """The bytes will be in the file that `fd` has open for reading and writing."""

    def grown(self, size: int) -> None:
        """The first `size` bytes are there."""

    def restarted(self) -> None:
        """What was there is void: the file starts again from its first byte."""


class Unwatched:
    """Nobody reads along."""

    def opened(self, fd: int) -> None:
        """Nothing to do."""

    def grown(self, size: int) -> None:
        """Nothing to do."""

    def restarted(self) -> None:
        """Nothing to do."""


class Part:
    """The `.part` file of a download: what an earlier run left in it is hashed again, then bytes are appended.

    `size` is the number of bytes written and hashed. It survives Ctrl-C and kill -9, so that a later run resumes.
    `stitched` is true once it holds bytes of more than one answer.
    """

    def __init__(self, path: Path, algorithm: Algorithm, watch: Watch) -> None:
        self.path = path
        self.size = 0
        self.stitched = False
        self._algorithm = algorithm
        self._watch = watch
        self._hash = hashlib.new(algorithm)
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            why = error.strerror or str(error)
            raise MsgstackError(f"can't write {path}", why, "check who owns that folder") from error
        watch.opened(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        os.close(self._fd)

    def rehash(self, limit: int) -> None:
        """Take over what an earlier run left: at most `limit` bytes, else the file is begun anew."""
        if os.fstat(self._fd).st_size > limit:
            os.ftruncate(self._fd, 0)
        while chunk := os.read(self._fd, CHUNK):
            self._count(chunk)
        self.stitched = self.size > 0

    def write(self, chunk: bytes) -> None:
        """Append. Raises MsgstackError if the disk does not take it."""
        try:
            atomic.write_all(self._fd, chunk)
        except OSError as error:
            raise MsgstackError(
                f"can't write {self.path}",
                error.strerror or str(error),
                "make room on that file system, then run again",
            ) from error
        self._count(chunk)

    def restart(self) -> None:
        """Forget every byte."""
        self._watch.restarted()
        os.ftruncate(self._fd, 0)
        os.lseek(self._fd, 0, os.SEEK_SET)
        self.size = 0
        self.stitched = False
        self._hash = hashlib.new(self._algorithm)

    def digest(self) -> Digest:
        """Of all bytes so far."""
        return Digest(self._algorithm, self._hash.hexdigest())

    def _count(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self.size += len(chunk)
        self._watch.grown(self.size)
