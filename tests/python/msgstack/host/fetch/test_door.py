from __future__ import annotations

import pytest

from msgstack.catalogue.digest import Digest
from msgstack.catalogue.model import Address
from msgstack.catalogue.model import Candidate
from msgstack.catalogue.model import File
from msgstack.catalogue.model import SourceKind
from msgstack.catalogue.model import Unpack
from msgstack.errors import Exit
from msgstack.errors import UnreachableError
from msgstack.errors import VerificationError
from msgstack.host.fetch.door import NoSourceError
from msgstack.host.fetch.door import first_reachable
from msgstack.resource.event import Event
from msgstack.resource.event import Note

FILE = File("thing.tar.gz", Digest("sha256", "1" * 64), None, Address("https://example.org/thing.tar.gz"))
WAYS = tuple(
    Candidate("thing", "1.0", "linux-x86_64", kind, Unpack(FILE, (("thing", "bin/thing"),)))
    for kind in (SourceKind.WHEEL, SourceKind.URL, SourceKind.GO)
)


def test_the_next_source_is_tried_when_one_can_not_be_reached() -> None:
    tried: list[str] = []
    told: list[Event] = []

    def attempt(candidate: Candidate) -> None:
        tried.append(candidate.kind)
        if candidate.kind is SourceKind.WHEEL:
            raise UnreachableError("the index", "is down")

    first_reachable(WAYS, attempt, told.append)
    assert tried == ["wheel", "url"]
    assert told == [Note("thing 1.0 not from wheel: the index: is down")]


def test_a_source_that_fails_verification_is_the_last() -> None:
    tried: list[str] = []

    def attempt(candidate: Candidate) -> None:
        tried.append(candidate.kind)
        raise VerificationError("other bytes")

    with pytest.raises(VerificationError) as caught:
        first_reachable(WAYS, attempt, lambda event: None)
    assert (tried, caught.value.code) == (["wheel"], Exit.VERIFICATION)


def test_when_none_can_be_reached_all_are_named_with_the_way_out() -> None:
    def attempt(candidate: Candidate) -> None:
        raise UnreachableError(f"no {candidate.kind}", "refused")

    with pytest.raises(NoSourceError) as caught:
        first_reachable(WAYS, attempt, lambda event: None)
    said = f"{caught.value} {caught.value.fix}"
    assert caught.value.code == Exit.FAILED
    for word in ("thing 1.0", "wheel: no wheel: refused", "url: no url", "go: no go", "thing.tar.gz", FILE.pin.hex):
        assert word in said, said
