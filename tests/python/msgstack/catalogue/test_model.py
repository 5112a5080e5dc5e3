from __future__ import annotations

from dataclasses import replace

import pytest

from msgstack.catalogue.digest import Digest
from msgstack.catalogue.model import Address
from msgstack.catalogue.model import Candidate
from msgstack.catalogue.model import File
from msgstack.catalogue.model import Project
from msgstack.catalogue.model import SourceKind
from msgstack.catalogue.model import Unpack

FILE = File("thing.tar.gz", Digest("sha256", "1" * 64), 10, Address("https://example.org/thing.tar.gz"))
RECIPE = Unpack(FILE, (("thing", "bin/thing"),), 1)
THING = Candidate("thing", "1.2", "linux-x86_64", SourceKind.URL, RECIPE)


def test_an_id_names_the_version_and_never_changes_by_itself() -> None:
    assert THING.id == replace(THING).id
    assert THING.id.startswith("thing-1.2-")
    assert len(THING.id) == len("thing-1.2-") + 12


@pytest.mark.parametrize(
    "other",
    [
        replace(THING, platform="linux-aarch64"),
        replace(THING, kind=SourceKind.WHEEL),
        replace(THING, recipe=replace(RECIPE, strip=0)),
        replace(THING, recipe=replace(RECIPE, members=(("thing", "bin/other"),))),
        replace(THING, recipe=replace(RECIPE, file=replace(FILE, pin=Digest("sha256", "2" * 64)))),
    ],
    ids=["platform", "kind", "strip", "members", "pin"],
)
def test_whatever_goes_in_changes_the_id(other: Candidate) -> None:
    assert other.id != THING.id


@pytest.mark.parametrize(
    "file", [replace(FILE, place=Project("thing")), replace(FILE, size=None)], ids=["place", "size"]
)
def test_where_it_lies_does_not(file: File) -> None:
    assert replace(THING, recipe=replace(RECIPE, file=file)).id == THING.id
