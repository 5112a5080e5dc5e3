"""Folders of data: mode, owner, links to other disks, and what deleting them means."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from msgstack.host.directory import DirectoryDriver
from msgstack.host.directory import size_of
from msgstack.host.folder import Folders
from msgstack.resource.event import Event
from msgstack.resource.kinds import Directory
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from msgstack.resource.model import Unknown


def silent(event: Event) -> None:
    """Nobody listens."""


@pytest.fixture
def driver(tmp_path: Path) -> DirectoryDriver:
    return DirectoryDriver(Folders(tmp_path / "root"))


def test_it_is_made_with_its_mode_and_mended(tmp_path: Path, driver: DirectoryDriver) -> None:
    want = Directory(key="d", path=tmp_path / "root" / "a" / "data", mode=0o750)
    assert driver.observe(want) == Absent()
    driver.change(Change(Action.CREATE, want, Absent()), silent)
    assert driver.observe(want) == Present(want)
    want.path.chmod(0o777)
    seen = driver.observe(want)
    assert isinstance(seen, Present) and want.differences(seen.resource) == ("mode: 511 → 488",)
    driver.change(Change(Action.UPDATE, want, seen), silent)
    assert driver.observe(want) == Present(want)


@pytest.mark.root
def test_all_in_it_gets_the_owner_and_the_folder_last(tmp_path: Path, driver: DirectoryDriver) -> None:
    if os.geteuid() != 0:
        pytest.skip("giving files to another user takes root")
    want = Directory(key="d", path=tmp_path / "root" / "data", owner="nobody")
    (want.path / "deep").mkdir(parents=True)
    (want.path / "deep" / "file").touch()
    (want.path / "outward").symlink_to(tmp_path)
    driver.change(Change(Action.UPDATE, want, driver.observe(want)), silent)
    assert driver.observe(want) == Present(want)
    number = pwd.getpwnam("nobody").pw_uid
    paths = (want.path, want.path / "deep", want.path / "deep" / "file", want.path / "outward")
    assert {path.lstat().st_uid for path in paths} == {number}
    assert tmp_path.stat().st_uid == 0, "what a link leads to is not ours to give away"


def test_a_file_in_its_place_is_told(tmp_path: Path, driver: DirectoryDriver) -> None:
    (tmp_path / "data").touch()
    seen = driver.observe(Directory(key="d", path=tmp_path / "data"))
    assert isinstance(seen, Unknown) and "is not a folder: move it away" in seen.reason


def test_data_that_was_moved_to_another_disk_is_found_and_purged_there(tmp_path: Path, driver: DirectoryDriver) -> None:
    disk = tmp_path / "disk"
    disk.mkdir(mode=0o700)
    (disk / "messages").write_bytes(b"x" * 8192)
    want = Directory(key="d", path=tmp_path / "data")
    want.path.symlink_to(disk)
    assert driver.observe(want) == Present(want)
    assert size_of(want.path) >= 8192
    driver.change(Change(Action.DELETE, want, Present(want)), silent)
    assert not os.path.lexists(want.path) and not disk.exists()


def test_deleting_follows_no_link_inside(tmp_path: Path, driver: DirectoryDriver) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "file").write_text("mine")
    want = Directory(key="d", path=tmp_path / "data")
    want.path.mkdir()
    (want.path / "outward").symlink_to(tmp_path / "theirs")
    driver.change(Change(Action.DELETE, want, Present(want)), silent)
    assert (tmp_path / "theirs" / "file").read_text() == "mine"
