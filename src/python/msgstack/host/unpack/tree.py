"""The tree that an archive describes, held against the rules before a byte of it is written. Pure.

Links are recorded when they come and proven at the end, when every member is known: the writer makes them last, so
that nothing is ever written through one.
"""

from __future__ import annotations

from typing import Final

from msgstack.host.unpack.names import check_target
from msgstack.host.unpack.names import folded
from msgstack.host.unpack.names import shown
from msgstack.host.unpack.rules import ArchiveError
from msgstack.host.unpack.rules import Caps
from msgstack.host.unpack.rules import Kind
from msgstack.host.unpack.rules import Rules

MAX_HOPS: Final = 40  # as Linux; macOS allows 32 and refuses deeper ones when used


class Tree:
    """Paths seen so far. Every `add_` raises ArchiveError where the member does not fit what came before."""

    def __init__(self, rules: Rules) -> None:
        self._caps: Caps = rules.caps
        self._outward = rules.outward
        self._kinds: dict[str, Kind] = {"": Kind.FOLDER}
        self._names: dict[str, str] = {"": ""}
        self._links: dict[str, str] = {}
        self._members = 0
        self._bytes = 0

    @property
    def links(self) -> dict[str, str]:
        """Path → target of every symbolic link; proven once `check_links` has returned."""
        return self._links

    def count(self, size: int) -> None:
        """One more member of `size` bytes, wanted or not."""
        self._members += 1
        self._bytes += size
        if self._members > self._caps.max_members:
            raise ArchiveError(f"it has more than {self._caps.max_members} members")
        if self._bytes > self._caps.max_bytes:
            raise ArchiveError(f"it unpacks to more than {self._caps.max_bytes} bytes")

    def add_folder(self, path: str) -> list[str]:
        """The folders on the way to `path`, and `path`, that are new: outermost first."""
        fresh: list[str] = []
        parent, slash, _ = path.rpartition("/")
        if slash:
            fresh = self.add_folder(parent)
        kind = self._kinds.get(path)
        if kind is None:
            self._add(path, Kind.FOLDER)
            fresh.append(path)
        elif kind is not Kind.FOLDER:
            raise ArchiveError(f"{shown(path)} is a {kind} and a folder")
        return fresh

    def add_file(self, path: str) -> list[str]:
        """The folders that `path` needs and that are new."""
        fresh = self.add_folder(path.rpartition("/")[0])
        self._add(path, Kind.FILE)
        return fresh

    def add_hardlink(self, path: str, target: str) -> list[str]:
        """As add_file; `target` must be a file that came before."""
        if self._kinds.get(target) is not Kind.FILE:
            raise ArchiveError(f"the hard link {shown(path)} leads to {shown(target)}, which is no file before it")
        return self.add_file(path)

    def add_symlink(self, path: str, target: str) -> list[str]:
        """As add_file; the target is proven by check_links."""
        if self._outward.get(path) != target:
            check_target(target, path)
        fresh = self.add_folder(path.rpartition("/")[0])
        self._add(path, Kind.SYMLINK)
        self._links[path] = target
        return fresh

    def check_links(self) -> None:
        """Every link's whole chain stays inside and ends at something that is there, but for those named outward."""
        for path, target in self._links.items():
            if self._outward.get(path) != target:
                self._follow(path, target)

    def _add(self, path: str, kind: Kind) -> None:
        other = self._names.setdefault(folded(path), path)
        if path in self._kinds:
            raise ArchiveError(f"{shown(path)} comes twice")
        if other != path:
            raise ArchiveError(f"{shown(path)} and {shown(other)} are one name where case does not count")
        self._kinds[path] = kind

    def _follow(self, path: str, target: str) -> None:
        """Walk as the kernel would: `..` is taken from where the walk really is."""
        here = path.split("/")[:-1]
        todo = _steps(target)
        hops = 1
        while todo:
            step = todo.pop()
            if step == "..":
                if not here:
                    raise ArchiveError(f"the link {shown(path)} leads to {shown(target)}, outside of the archive")
                here.pop()
                continue
            found = "/".join((*here, step))
            if found in self._links:
                hops += 1
                todo += self._hop(path, found, hops)
            else:
                self._check_step(path, target, found, last=not todo)
                here.append(step)

    def _hop(self, path: str, link: str, hops: int) -> list[str]:
        if hops > MAX_HOPS:
            raise ArchiveError(f"the link {shown(path)} goes in circles")
        if link in self._outward:
            raise ArchiveError(f"the link {shown(path)} leads outside through {shown(link)}")
        return _steps(self._links[link])

    def _check_step(self, path: str, target: str, found: str, *, last: bool) -> None:
        kind = self._kinds.get(found)
        if kind is None:
            raise ArchiveError(f"the link {shown(path)} leads to {shown(target)}, which is not in the archive")
        if kind is Kind.FILE and not last:
            raise ArchiveError(f"the link {shown(path)} goes through {shown(found)}, which is a file")


def _steps(target: str) -> list[str]:
    """A target's components, the first one last."""
    return [step for step in reversed(target.split("/")) if step not in ("", ".")]
