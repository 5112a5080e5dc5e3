"""One protocol for every way to come by a tree, and the rule that leads from one way to the next."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from msgstack.catalogue.manifest import Provenance
from msgstack.catalogue.model import Candidate
from msgstack.errors import MsgstackError
from msgstack.errors import UnreachableError
from msgstack.resource.event import Note
from msgstack.resource.event import Say


@dataclass(frozen=True)
class Workshop:
    """Two fresh folders on the store's file system: `tree` becomes the tree, `scratch` is thrown away."""

    tree: Path
    scratch: Path


class Door(Protocol):
    """Makes the tree of one kind of recipe."""

    def make(self, candidate: Candidate, shop: Workshop, say: Say) -> Provenance:
        """Fill `shop.tree`, from verified bytes only.

        Raises UnreachableError when the source can't be reached or doesn't have it, VerificationError when it has
        something else.
        """
        ...


class NoSourceError(MsgstackError):
    """Every source was tried, and none could be reached."""


def first_reachable(candidates: Sequence[Candidate], attempt: Callable[[Candidate], None], say: Say) -> None:
    """Try the candidates in order until one can be reached.

    What fails verification ends the search: another source would hide that someone changed this one. Raises
    NoSourceError, which names every source and why.
    """
    reasons: list[str] = []
    for candidate in candidates:
        try:
            return attempt(candidate)
        except UnreachableError as error:
            reasons.append(f"{candidate.kind}: {error}")
            say(Note(f"{candidate.name} {candidate.version} not from {candidate.kind}: {error}"))
    wanted = candidates[0]
    raise NoSourceError(
        f"{wanted.name} {wanted.version} can't be had",
        "\n".join(reasons),
        "check the network and sources.mirrors; or fill a folder by `fetch --into DIR` where there is a network, and "
        f"name it as sources.offline here\nwhat it must hold: {needed(candidates)}",
    )


def needed(candidates: Sequence[Candidate]) -> str:
    """What a folder for sources.offline must hold: name and digest of each file of the first that will do."""
    for candidate in candidates:
        if candidate.files:
            return ", ".join(f"{file.name} ({file.pin})" for file in candidate.files)
    return "none of its sources can be carried"
