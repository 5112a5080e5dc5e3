"""Files and links outside of generations."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from msgstack.host.file import HostFileDriver
from msgstack.host.folder import Folders
from msgstack.host.link import HostLinkDriver
from msgstack.resource.kinds import HostFile
from msgstack.resource.kinds import HostLink
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "root")


def test_a_file_is_written_whole_with_its_mode_whatever_the_umask(tmp_path: Path, folders: Folders) -> None:
    want = HostFile(key="f", path=tmp_path / "bin" / "run", content="#!/bin/sh – ü\n", mode=0o755)
    driver = HostFileDriver(folders)
    assert driver.observe(want) == Absent()
    driver.change(Change(Action.CREATE, want, Absent()), print)
    assert driver.observe(want) == Present(want)
    driver.change(Change(Action.DELETE, want, Present(want)), print)
    assert driver.observe(want) == Absent()


def test_what_a_killed_run_left_beside_a_file_goes_with_the_next_write(tmp_path: Path, folders: Folders) -> None:
    want = HostFile(key="f", path=tmp_path / "run", content="x")
    (tmp_path / ".run.0123456789ab").touch()
    (tmp_path / ".run.backup").touch()
    HostFileDriver(folders).change(Change(Action.CREATE, want, Absent()), print)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [".run.backup", "run"]


@pytest.mark.parametrize("what", ["folder", "link"])
def test_what_is_no_plain_file_is_somebody_elses(tmp_path: Path, folders: Folders, what: str) -> None:
    want = HostFile(key="f", path=tmp_path / "run", content="x")
    want.path.mkdir() if what == "folder" else want.path.symlink_to(tmp_path)
    seen = HostFileDriver(folders).observe(want)
    assert isinstance(seen, Present)
    assert want.replaced(seen.resource) and "move it away" in str(want.refusal(seen.resource))


def test_bytes_that_are_no_text_are_a_difference(tmp_path: Path, folders: Folders) -> None:
    want = HostFile(key="f", path=tmp_path / "run", content="x")
    want.path.write_bytes(b"\xff\xfe")
    seen = HostFileDriver(folders).observe(want)
    assert isinstance(seen, Present) and want.differences(seen.resource) == ("content differs",)


def test_a_link_is_made_changed_and_removed(tmp_path: Path, folders: Folders) -> None:
    driver = HostLinkDriver(folders)
    want = HostLink(key="l", path=tmp_path / "opt" / "toy", target=tmp_path / "a")
    driver.change(Change(Action.CREATE, want, Absent()), print)
    other = HostLink(key="l", path=want.path, target=tmp_path / "b")
    assert other.differences(want) == (f"target: {tmp_path}/a → {tmp_path}/b",) or len(str(tmp_path)) > 50
    driver.change(Change(Action.UPDATE, other, Present(want)), print)
    assert os.readlink(want.path) == str(tmp_path / "b")
    driver.change(Change(Action.DELETE, other, Present(other)), print)
    assert driver.observe(want) == Absent()


def test_a_folder_where_our_link_was_is_never_deleted(tmp_path: Path, folders: Folders) -> None:
    want = HostLink(key="l", path=tmp_path / "toy", target=tmp_path / "a")
    want.path.mkdir()
    driver = HostLinkDriver(folders)
    seen = driver.observe(want)
    assert isinstance(seen, Present) and want.replaced(seen.resource)
    driver.change(Change(Action.DELETE, want, seen), print)
    assert want.path.is_dir()
