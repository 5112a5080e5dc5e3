"""Pants' own view of the build files: every file is owned, and every BUILD file is as Pants would write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from build.nested import Checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A clone without `//:tree`: a target that owns every file would leave tailor nothing to find."""
    found = Checkout(tmp_path / "clone")
    found.prepare()
    (found.root / "BUILD").write_text('files(name="tree", sources=["pants"])\nfiles(name="tools", sources=["pants"])\n')
    return found


@pytest.mark.timeout(600)
def test_tailor_and_update_build_files_have_nothing_to_say(checkout: Checkout) -> None:
    done = checkout.pants("tailor", "--check", "update-build-files", "--check", "::")
    assert done.returncode == 0, done.stdout + done.stderr[-6000:]


@pytest.mark.timeout(600)
def test_a_file_that_nobody_owns_is_noticed(checkout: Checkout) -> None:
    lost = checkout.root / "src" / "python" / "msgstack" / "lost"
    lost.mkdir()
    (lost / "found.py").write_text('"""Owned by no target."""\n')
    done = checkout.pants("tailor", "--check", "src/python/msgstack/lost::")
    assert done.returncode != 0 and "lost" in done.stdout
