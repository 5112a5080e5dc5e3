"""Pants' own view of the build files: every file is owned, and every BUILD file is as Pants would write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from build.nested import Checkout


@pytest.mark.timeout(600)
def test_tailor_and_update_build_files_have_nothing_to_say(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "clone")
    checkout.prepare()
    done = checkout.pants("tailor", "--check", "update-build-files", "--check", "::")
    assert done.returncode == 0, done.stdout + done.stderr[-6000:]


@pytest.mark.timeout(600)
def test_a_file_that_nobody_owns_is_noticed(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "clone")
    checkout.prepare()
    (checkout.root / "src" / "python" / "msgstack" / "lost").mkdir()
    (checkout.root / "src" / "python" / "msgstack" / "lost" / "found.py").write_text('"""Owned by no target."""\n')
    done = checkout.pants("tailor", "--check", "::")
    assert done.returncode != 0 and "lost" in done.stdout
