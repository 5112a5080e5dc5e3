"""Read a file while it is still being downloaded or verified: what makes fetch, hash, decompress and write overlap."""

from __future__ import annotations

import os
import threading
from types import TracebackType
from typing import Self


class Voided(Exception):
    """The bytes read so far count no more: the download began anew, failed, or was not verified."""


class Follow:
    """A `Watch` on one side, a blocking reader on the other, in two threads.

    The reader gets bytes before they are verified. It must keep what it makes of them under no final name until
    whoever downloads has verified them and called `whole()`.
    """

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._fd = -1
        self._size = 0
        self._at = 0
        self._whole = False
        self._void = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.abandon()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    @property
    def void(self) -> bool:
        """Bytes were read that count no more."""
        return self._void

    def opened(self, fd: int) -> None:
        """Bytes will be found in this file; a second file voids the first."""
        with self._news:
            if self._fd >= 0:
                self._void = True
            else:
                self._fd = os.dup(fd)
            self._news.notify_all()

    def grown(self, size: int) -> None:
        """The first `size` bytes are there."""
        with self._news:
            self._size = size
            self._news.notify_all()

    def restarted(self) -> None:
        """The file begins anew. Harmless as long as nothing was read."""
        with self._news:
            self._void = self._void or self._at > 0
            self._size = 0
            self._news.notify_all()

    def whole(self) -> None:
        """All bytes are there, and verified: the reader may come to the end."""
        with self._news:
            self._whole = True
            self._news.notify_all()

    def abandon(self) -> None:
        """There will be no verified file: a reader that waits gets Voided. Without effect after `whole()`."""
        with self._news:
            self._void = self._void or not self._whole
            self._news.notify_all()

    def read(self, count: int) -> bytes:
        """At most `count` bytes, at least one, or none at the end. Raises Voided."""
        with self._news:
            self._news.wait_for(lambda: self._void or self._whole or self._size > self._at)
            if self._void:
                raise Voided
            count = min(count, self._size - self._at)
            chunk = os.pread(self._fd, count, self._at) if count > 0 else b""
            self._at += len(chunk)
        return chunk
