"""Fixtures of the engine's tests."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")


@pytest.fixture
def quick_path(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where the host has such a place: hundreds of runs flush hundreds of files, and a killed
    process loses nothing that it had written."""
    yield from _folder(tmp_path)


@pytest.fixture(scope="module")
def module_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """As quick_path, shared by the examples of a property."""
    yield from _folder(tmp_path_factory.mktemp("worlds"))


def _folder(otherwise: Path) -> Iterator[Path]:
    if not os.access(MEMORY, os.W_OK):
        yield otherwise
        return
    with tempfile.TemporaryDirectory(dir=MEMORY, prefix="msgstack-test-") as folder:
        yield Path(folder)
