from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgstack.catalogue.manifest import Entry
from msgstack.catalogue.manifest import Manifest
from msgstack.catalogue.manifest import Provenance
from msgstack.catalogue.manifest import from_json

WORDS = st.lists(st.text(max_size=20), max_size=3).map(tuple)
ENTRIES = st.builds(
    Entry, path=st.text(), mode=st.integers(0, 0o777), size=st.integers(0), sha256=st.text(), link=st.none() | st.text()
)
MANIFESTS = st.builds(
    Manifest,
    id=st.text(),
    name=st.text(),
    version=st.text(),
    platform=st.text(),
    built=st.booleans(),
    provenance=st.builds(
        Provenance, kind=st.text(), version=st.text(), source=WORDS, verified=WORDS, not_verified=WORDS
    ),
    files=st.lists(ENTRIES, max_size=3).map(tuple),
)


@given(MANIFESTS)
def test_what_is_written_is_read(manifest: Manifest) -> None:
    assert from_json(manifest.to_json()) == manifest


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"schema_version": 2}', '{"schema_version": 1}'])
def test_anything_else_is_no_manifest(text: str) -> None:
    with pytest.raises(ValueError):
        from_json(text)


@given(MANIFESTS, st.data())
def test_half_a_manifest_is_none(manifest: Manifest, data: st.DataObject) -> None:
    text = manifest.to_json().rstrip()
    with pytest.raises(ValueError):
        from_json(text[: data.draw(st.integers(0, len(text) - 1))])
