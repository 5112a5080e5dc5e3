"""Users for the tests of this folder; each leaves nothing that runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from packaged.user import User
from packaged.user import user


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs unpack themselves."""
    return tmp_path_factory.mktemp("unpacked")


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
