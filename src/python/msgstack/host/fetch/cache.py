"""Downloads kept by digest, so that a second install, instance or try needs no network.

`<root>/<algorithm>/<hex>/<name>` is there only when verified, and is verified again whenever it is used. That is why
nothing here is flushed to the medium: what a power cut tears is found at the next use, and fetched again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgstack.catalogue.digest import Digest
from msgstack.errors import MsgstackError
from msgstack.errors import VerificationError
from msgstack.host.fetch.part import CHUNK
from msgstack.host.fetch.part import Unwatched
from msgstack.host.fetch.part import Watch
from msgstack.host.wait import steps
from msgstack.resource.event import Note
from msgstack.resource.event import Say
from msgstack.resource.event import Warned

POLL: Final = 0.1  # seconds between two looks at another program's lock
Fill = Callable[[Path], Digest | None]
"""Writes the file, resuming what is there; returns the digest that it computed over every byte while it wrote them
(as `download.fetch` does), or None, and then the cache reads the file once more."""


class Cache:
    """A cache below `root`, which is made when needed. Safe for any number of programs at once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def get(self, digest: Digest, name: str, fill: Fill, say: Say, watch: Watch | None = None) -> Path:
        """The verified, read-only file `name` whose bytes have `digest`; `fill` is called only if it is not there.

        `watch` may read along while bytes come or are verified. Raises VerificationError if `fill` wrote other bytes,
        and whatever `fill` raises. A second program waits for the first, and says for whom.
        """
        if name in ("", "..") or Path(name).name != name:
            raise MsgstackError(f"{name!r} can't name a file in the cache", "it is no plain file name")
        folder = self._folder(digest)
        final, part = folder / name, folder / f"{name}.part"
        with _locked(folder / ".lock", name, say):
            if _still_good(final, digest, say, watch or Unwatched()):
                return final
            _check(part, digest, fill(part))
            part.rename(final)
            final.chmod(0o444)  # last: a killed run must not leave a part that its owner can't go on with
        return final

    def _folder(self, digest: Digest) -> Path:
        folder = self.root / digest.algorithm / digest.hex
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = error.strerror or str(error)
            raise MsgstackError(
                f"can't use {self.root} as cache", why, "name another folder in MSGSTACK_CACHE"
            ) from error
        return folder


def _check(part: Path, digest: Digest, found: Digest | None) -> None:
    """Nothing gets past here that is not the pinned file."""
    found = found or _digest_of(part, digest, Unwatched())
    if found != digest:
        part.unlink(missing_ok=True)
        raise VerificationError(
            f"{part.stem} is not the file that is pinned",
            f"expected {digest}, found {found}",
            "nothing was installed from it; do not use this file",
        )


def _still_good(final: Path, digest: Digest, say: Say, watch: Watch) -> bool:
    """True if the entry holds the pinned bytes; one that does not is removed, and that is said."""
    if not final.exists():
        return False
    if stat.S_ISREG(final.lstat().st_mode) and _digest_of(final, digest, watch) == digest:
        return True
    say(Warned(f"{final} in the cache was damaged; it is fetched again", "check that disk if it happens again"))
    final.unlink()
    return False


def _digest_of(path: Path, digest: Digest, watch: Watch) -> Digest:
    found = hashlib.new(digest.algorithm)
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        watch.opened(fd)
        watch.grown(os.fstat(fd).st_size)
        while chunk := os.read(fd, CHUNK):
            found.update(chunk)
    finally:
        os.close(fd)
    return Digest(digest.algorithm, found.hexdigest())


@contextmanager
def _locked(path: Path, name: str, say: Say) -> Iterator[None]:
    """Hold the entry. The kernel releases it when a program dies, so that no lock is ever stale."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        if not _taken(fd):
            holder = os.pread(fd, 32, 0).decode(errors="replace").strip()
            who = f"the program that fetches it (process {holder or 'unknown'})"
            say(Note(f"{name}: waiting for {who}"))
            any(_taken(fd) for _ in steps(f"{name}, by {who}", None, say, POLL))
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        with suppress(OSError):
            os.close(fd)


def _taken(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
