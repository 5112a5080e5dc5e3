"""A real server as an apply leaves it, with all that it declares inside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from faulty.places import furnish
from msgstack.nats.spec import Authentication
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
def host() -> str:
    """The address it listens on; a test may take another."""
    return "127.0.0.1"


@pytest.fixture
def place(tmp_path: Path, store: Path, version: str, host: str) -> Iterator[nats.Place]:
    tree = nats.install(store, version)
    asks = Authentication.NONE if host in ("127.0.0.1", "localhost") else Authentication.PASSWORD
    with nats.place(tmp_path, tree, Nats(version=version, host=host, authentication=asks)) as one:
        furnish(one)
        one.apply()
        yield one
