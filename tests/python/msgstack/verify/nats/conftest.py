"""A real server as an apply leaves it, with all that it declares inside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from faulty.places import furnish
from msgstack.nats.spec import Nats
from servers import nats


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def version() -> str:
    """The server's version; a test may take another."""
    return nats.NEWEST


@pytest.fixture
def place(tmp_path: Path, store: Path, version: str) -> Iterator[nats.Place]:
    tree = nats.install(store, version)
    with nats.place(tmp_path, tree, Nats(version=version)) as one:
        furnish(one)
        one.apply()
        yield one
