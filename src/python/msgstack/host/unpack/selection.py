"""From a member's path in the archive to its path in the tree. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from msgstack.errors import UsageError
from msgstack.host.unpack.names import parts_of
from msgstack.host.unpack.rules import ArchiveError
from msgstack.host.unpack.rules import Rules


class Selection:
    """Answers for each member whether it is wanted and where it goes, and at the end whether all was found."""

    def __init__(self, rules: Rules) -> None:
        self._strip = rules.strip
        self._rules = [(tuple(pattern.split("/")), target) for pattern, target in rules.members.items()]
        self._found: set[tuple[str, ...]] = set()
        self._any = False
        for target in rules.members.values():
            if target:
                parts_of(target)

    def target(self, name: str) -> str | None:
        """The path in the tree of the archive's `name`, or None if it is not wanted. Raises ArchiveError."""
        parts = parts_of(name)[self._strip :]
        if not parts:
            return None
        self._any = True
        if not self._rules:
            return "/".join(parts)
        for pattern, target in self._rules:
            rest = _match(parts, pattern)
            if rest is not None:
                self._found.add(pattern)
                return _place(target, rest, subtree=pattern[-1] == "**")
        return None

    def check_all_found(self) -> None:
        """Raises ArchiveError if the archive holds nothing, or nothing for some pattern."""
        if not self._any:
            raise ArchiveError("it holds no files" + (f" below its first {self._strip} folders" if self._strip else ""))
        missing = ["/".join(pattern) for pattern, _ in self._rules if pattern not in self._found]
        if missing:
            raise ArchiveError(f"nothing in it matches {', '.join(missing)}")


def _match(parts: tuple[str, ...], pattern: Sequence[str]) -> tuple[str, ...] | None:
    """What of `parts` goes below the target: the base name, or all below a last `**`."""
    subtree = pattern[-1] == "**"
    fixed = pattern[:-1] if subtree else pattern
    if len(parts) < len(fixed) + subtree or (not subtree and len(parts) != len(fixed)):
        return None
    if not all(fnmatchcase(part, glob) for part, glob in zip(parts, fixed, strict=False)):
        return None
    return parts[len(fixed) :] if subtree else parts[-1:]


def _place(target: str, rest: tuple[str, ...], *, subtree: bool) -> str:
    if target and not target.endswith("/") and not subtree:
        return target
    return "/".join((*filter(None, target.split("/")), *rest))


def check_rules(rules: Rules) -> None:
    """Raises UsageError for rules that can't be meant: a `**` that is not last."""
    for pattern in rules.members:
        if "**" in pattern.split("/")[:-1] or not pattern:
            raise UsageError(f"the member pattern {pattern!r} is not understood", "`**` may only be its last part")
