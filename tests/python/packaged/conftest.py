"""Users for the tests of this folder; each leaves nothing that runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from packaged.user import User
from packaged.user import user

BUILD_SECONDS = 800.0


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs unpack themselves."""
    return tmp_path_factory.mktemp("unpacked")


@pytest.fixture(scope="session")
def downloaded(tmp_path_factory: pytest.TempPathFactory, unpacked: Path) -> None:
    """All that a default stack takes is in the shared cache: on a machine's first run the compiler needs minutes."""
    with user(tmp_path_factory.mktemp("downloads"), unpacked) as one:
        fetch = one.command("nats-setup", "fetch", "--into", str(one.home / "files"))
        done = one.finish(fetch, {}, BUILD_SECONDS)
        assert done.code == 0, done.err


@pytest.fixture(autouse=True)
def _downloads(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("live"):
        request.getfixturevalue("downloaded")


@pytest.fixture
def somebody(tmp_path: Path, unpacked: Path) -> Iterator[User]:
    """Nothing is installed yet."""
    with user(tmp_path / "home", unpacked) as one:
        yield one


@pytest.fixture
def installed(somebody: User) -> User:
    """The default stack runs."""
    somebody.apply()
    return somebody
