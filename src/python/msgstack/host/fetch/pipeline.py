"""Fetch, hash, decompress and write at the same time: a tree as soon as its last byte has come and was verified.

The bytes go one way: socket → `.part` file, hashed in the same pass; a second thread reads that file as it grows,
decompresses in a third, and writes into a fresh folder. A file that is in the cache goes through the same threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgstack.catalogue.digest import Digest
from msgstack.host.fetch.cache import Cache
from msgstack.host.fetch.follow import Follow
from msgstack.host.fetch.part import Unwatched
from msgstack.host.fetch.part import Watch
from msgstack.host.unpack import Entry
from msgstack.host.unpack import Rules
from msgstack.host.unpack import unpack
from msgstack.host.unpack import unpack_stream
from msgstack.host.unpack.write import remove
from msgstack.resource.event import Say

FillWatched = Callable[[Path, Watch], Digest | None]
"""As cache.Fill, and the watch is told: `lambda part, watch: fetch(url, part, digest, limits, say, watch)`."""

NEEDS_ALL: Final = (".zip", ".whl")  # their directory is at the end


def unpacked(
    cache: Cache, digest: Digest, name: str, fill: FillWatched, folder: Path, rules: Rules, say: Say
) -> tuple[Entry, ...]:
    """Fill the fresh `folder` (unpack.fresh_folder) from the pinned archive `name`, from the cache or through `fill`.

    Returns what is in it once every byte of the archive was verified. Raises what Cache.get and unpack raise;
    VerificationError before anything that a false archive made unpack say. Then `folder` is gone.
    """
    try:
        if name.endswith(NEEDS_ALL):
            path = cache.get(digest, name, lambda part: fill(part, Unwatched()), say)
            return unpack(path, folder, rules)
        return _side_by_side(cache, digest, name, fill, folder, rules, say)
    except BaseException:
        remove(folder)
        raise


def _side_by_side(
    cache: Cache, digest: Digest, name: str, fill: FillWatched, folder: Path, rules: Rules, say: Say
) -> tuple[Entry, ...]:
    """The calling thread downloads, since Ctrl-C and every error of the source belong to it."""
    with Follow() as follow:
        job = _Unpacking(follow, folder, rules)
        try:
            path = cache.get(digest, name, lambda part: fill(part, follow), say, follow)
            follow.whole()
        finally:
            follow.abandon()
            job.thread.join()
    return job.result(path)


class _Unpacking:
    """The second thread, and what came of it."""

    def __init__(self, follow: Follow, folder: Path, rules: Rules) -> None:
        self._follow = follow
        self._folder = folder
        self._rules = rules
        self._entries: tuple[Entry, ...] = ()
        self._error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, name="unpack", daemon=True)
        self.thread.start()

    def result(self, path: Path) -> tuple[Entry, ...]:
        """The archive at `path` is verified. If the download began anew on the way, unpack it now, from its start.

        Then whatever the thread made or complained of came from bytes that count no more.
        """
        if self._follow.void:
            remove(self._folder)
            self._folder.mkdir(mode=0o700)
            return unpack(path, self._folder, self._rules)
        if self._error is not None:
            raise self._error
        return self._entries

    def _run(self) -> None:
        try:
            self._entries = unpack_stream(self._follow, self._folder, self._rules)
        except BaseException as error:  # noqa: BLE001  told to the thread that waits, which knows if it matters
            self._error = error
