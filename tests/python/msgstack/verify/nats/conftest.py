"""A real server as an apply leaves it, with all that it declares inside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from faulty.places import furnish
from msgstack.nats.spec import Nats
from servers import nats


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The newest server's tree."""
    return nats.install(tmp_path_factory.mktemp("store"), nats.NEWEST)


@pytest.fixture
def place(tmp_path: Path, tree: Path) -> Iterator[nats.Place]:
    with nats.place(tmp_path, tree, Nats(version=nats.NEWEST)) as one:
        furnish(one)
        one.apply()
        yield one
