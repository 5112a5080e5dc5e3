"""A real server for each test that asks for one: the oldest and the newest that are accepted."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from msgstack.nats.spec import Nats
from servers import nats

Start = Callable[[Nats], nats.Place]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(params=(nats.OLDEST, nats.NEWEST))
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def start(tmp_path: Path, store: Path, version: str) -> Iterator[Start]:
    """Starts a server of that version with this part of a stack file."""
    with ExitStack() as stack:
        tree = nats.install(store, version)
        yield lambda wanted: stack.enter_context(nats.place(tmp_path, tree, with_version(wanted, version)))


@pytest.fixture
def place(start: Start) -> nats.Place:
    """A server with the default stack."""
    return start(Nats())


def with_version(wanted: Nats, version: str) -> Nats:
    from dataclasses import replace

    return replace(wanted, version=version)
