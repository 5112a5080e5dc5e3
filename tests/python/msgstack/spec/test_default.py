"""The commented default stack file: every key, and it says what no file says."""

from __future__ import annotations

import re

import pytest

from msgstack.data import text
from msgstack.spec.default import default_file
from msgstack.spec.reader import load
from msgstack.spec.shape import inner
from msgstack.spec.shape import is_mapping
from msgstack.spec.shape import is_table
from msgstack.spec.shape import keys
from msgstack.spec.shape import required
from msgstack.spec.stack import Stack

FILE = "configs/stacks/default.toml"


def test_the_file_is_what_the_types_say() -> None:
    assert text(FILE) == default_file(), "write it anew: nats-setup schema --default > configs/stacks/default.toml"


def test_it_says_what_no_file_says() -> None:
    assert load(text(FILE), FILE) == Stack()


def test_it_says_so_too_when_every_key_counts() -> None:
    assert load(re.sub(r"^#(?! )", "", text(FILE), flags=re.MULTILINE), FILE) == Stack()


def names(table: type[object]) -> set[str]:
    """The names of all keys, also of those of the tables inside."""
    found: set[str] = set()
    for name, (_, kind) in keys(table).items():
        bare = inner(kind) if is_mapping(kind) else required(kind)
        found |= {name} | (names(bare) if is_table(bare) else set())
    return found


@pytest.mark.parametrize("name", sorted(names(Stack)))
def test_it_has_every_key(name: str) -> None:
    assert re.search(rf"^(#|\[|#\[)?(.*\.)?{name}\b|example: {name} = ", text(FILE), re.MULTILINE)
