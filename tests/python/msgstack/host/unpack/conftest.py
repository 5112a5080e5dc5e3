"""A place to unpack in, whose surroundings must not change."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest


def snapshot(root: Path) -> dict[str, tuple[int, int, str | bytes]]:
    """Path → mode, links, content of everything below."""
    found: dict[str, tuple[int, int, str | bytes]] = {}
    for path in sorted(root.rglob("*")):
        seen = path.lstat()
        content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(root))] = (seen.st_mode, 0 if path.is_dir() else seen.st_nlink, content)
    return found


@pytest.fixture
def bystanders(tmp_path: Path) -> Callable[[], None]:
    """Files around the folder `work`; call it to check that they are as they were and nothing new is there."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "victim").write_bytes(b"mine")
    (tmp_path / "work").mkdir()
    before = snapshot(tmp_path)

    def check() -> None:
        now = {path: seen for path, seen in snapshot(tmp_path).items() if not path.startswith("work/")}
        assert now == {path: seen for path, seen in before.items() if not path.startswith("work/")}
        assert not Path("/nonexistent").exists()

    return check
