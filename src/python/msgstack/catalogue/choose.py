"""Which version, and in what order its sources are tried: catalogue and wishes in, candidates out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace

from msgstack.catalogue.model import Artefact
from msgstack.catalogue.model import Brew
from msgstack.catalogue.model import Candidate
from msgstack.catalogue.model import Catalogue
from msgstack.catalogue.model import File
from msgstack.catalogue.model import Release
from msgstack.catalogue.model import SourceKind
from msgstack.catalogue.model import TreeWant
from msgstack.errors import UsageError


@dataclass(frozen=True)
class Policy:
    """`order`: only these kinds, in this order; none means the catalogue's own. `offline`: from a folder alone."""

    order: tuple[SourceKind, ...] = ()
    offline: bool = False


def choose(catalogue: Catalogue, name: str, version: str | None, platform: str, policy: Policy = Policy()) -> TreeWant:
    """The candidates for one artefact on one platform.

    `version` is exact (`2.14.6`), a line (`2.14`, its newest on offer) or None, the default. Raises UsageError for
    what is too old, not on offer, or has no source here that the policy allows.
    """
    artefact = find(catalogue, name)
    release = pick(artefact, version)
    here = [c for c in release.candidates if c.platform == platform]
    if not here:
        raise UsageError(f"there is no {name} {release.version} for {platform}", _elsewhere(release))
    allowed = tuple(_exactly(c, version) for c in _in_order(here, policy))
    if not allowed:
        raise _no_source(name, release.version, here, policy)
    return TreeWant(name, release.version, platform, allowed)


def find(catalogue: Catalogue, name: str) -> Artefact:
    """The artefact of that name, or UsageError with the names that there are."""
    for artefact in catalogue.artefacts:
        if artefact.name == name:
            return artefact
    raise UsageError(f"there is no artefact {name!r}", f"the catalogue has {', '.join(catalogue.names())}")


def pick(artefact: Artefact, version: str | None) -> Release:
    """The release that a user's version means; see `choose`."""
    wanted = (version or artefact.default).removeprefix("v")
    for release in artefact.releases:  # newest first
        if release.version == wanted or release.version.startswith(f"{wanted}."):
            return release
    offer = "choose one of " + ", ".join(release.version for release in artefact.releases)
    if _is_before(wanted, artefact.oldest):
        raise UsageError(f"{artefact.name} {wanted} is too old", artefact.too_old, offer)
    raise UsageError(f"{artefact.name} {wanted} is not in the catalogue", "no pinned source for it is known", offer)


def files_needed(wants: Sequence[TreeWant]) -> tuple[File, ...]:
    """One set of pinned files from which every want can be made without a network, in order, each once."""
    chosen = (next((c.files for c in want.candidates if c.files), ()) for want in wants)
    return tuple(dict.fromkeys(file for files in chosen for file in files))


def _in_order(candidates: Sequence[Candidate], policy: Policy) -> list[Candidate]:
    order = policy.order or tuple(dict.fromkeys(c.kind for c in candidates))
    kept = [c for c in candidates if c.kind in order and (c.files or not policy.offline)]
    return sorted(kept, key=lambda c: order.index(c.kind))  # stable: within a kind as the catalogue has it


def _exactly(candidate: Candidate, version: str | None) -> Candidate:
    """Homebrew has but one version at a time: a user who names one means that, the default means "at least"."""
    if version is None or not isinstance(candidate.recipe, Brew):
        return candidate
    return replace(candidate, recipe=replace(candidate.recipe, accepts=f"=={candidate.version}"))


def _is_before(version: str, oldest: str) -> bool:
    from packaging.version import InvalidVersion
    from packaging.version import Version

    try:
        return Version(version) < Version(oldest)
    except InvalidVersion:
        return False


def _elsewhere(release: Release) -> str:
    return "it exists for " + ", ".join(dict.fromkeys(c.platform for c in release.candidates))


def _no_source(name: str, version: str, here: Sequence[Candidate], policy: Policy) -> UsageError:
    kinds = ", ".join(dict.fromkeys(c.kind.value for c in here))
    asked = "files of a folder" if policy.offline else "the kinds " + ", ".join(policy.order)
    return UsageError(
        f"no source of {name} {version} is allowed",
        f"it can be had by {kinds}; sources.order and sources.offline leave {asked}",
        f"add one of {kinds} to sources.order",
    )
