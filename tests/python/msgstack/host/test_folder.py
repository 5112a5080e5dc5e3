"""Folders that are made, remembered, and taken back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from msgstack.host.folder import Folders


@pytest.fixture
def strict_umask() -> Iterator[None]:
    """As a careful administrator has it."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("strict_umask")
def test_below_the_root_everybody_may_enter_and_outside_the_umask_rules(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "share" / "root")
    folders.make(folders.root / "store" / "deep")
    folders.make(folders.root / "data", 0o700)
    folders.make(tmp_path / "etc" / "units")
    modes = {str(path.relative_to(tmp_path)): path.stat().st_mode & 0o777 for path in folders.made()}
    assert modes == {
        "share": 0o700, "share/root": 0o755, "share/root/store": 0o755, "share/root/store/deep": 0o755,
        "share/root/data": 0o700, "etc": 0o700, "etc/units": 0o700,
    }  # fmt: skip


def test_what_exists_is_neither_changed_nor_remembered(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir(mode=0o711)
    folders = Folders(tmp_path / "root")
    folders.make(tmp_path / "there", 0o755)
    assert (tmp_path / "there").stat().st_mode & 0o777 == 0o711
    assert folders.made() == (folders.root,)


def test_only_what_is_empty_and_ours_goes(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    folders = Folders(tmp_path / "root")
    folders.make(tmp_path / "theirs" / "a" / "b")
    folders.make(tmp_path / "theirs" / "c")
    (tmp_path / "theirs" / "c" / "file").touch()
    folders.remove_empty(folders.made())
    assert sorted(path.name for path in (tmp_path / "theirs").iterdir()) == ["c"]
    assert folders.root.is_dir()


def test_a_line_that_a_crash_cut_off_is_passed_over(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "root")
    folders.make(folders.root / "a")
    with folders.journal.open("a") as journal:
        journal.write('"/half a pa')
    assert folders.made() == (folders.root / "a", folders.root)


def test_names_of_any_kind_are_remembered(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "root")
    strange = folders.root / 'a "b"\nc – ü'
    folders.make(strange)
    assert strange in folders.made()


def test_a_root_with_something_in_it_stays(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "a" / "root")
    folders.make(folders.root / "data")
    folders.remove_root_if_unused()
    assert folders.root.is_dir()
    folders.remove_empty(folders.made())
    folders.remove_root_if_unused()
    assert list(tmp_path.iterdir()) == []


def test_parents_that_others_came_to_use_stay(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "a" / "b" / "root")
    folders.make(folders.root)
    (tmp_path / "a" / "other").touch()
    folders.remove_root_if_unused()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["other"]
