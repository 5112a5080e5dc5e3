"""Old or new, never between: also when the disk is full or the program is killed."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from msgstack.host import atomic


def test_exact_mode_and_bytes(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        atomic.write_file(tmp_path / "f", b"one", 0o640)
        atomic.write_file(tmp_path / "f", b"two", 0o600)
    finally:
        os.umask(before)
    assert (tmp_path / "f").read_bytes() == b"two"
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["f"]


def test_a_link_is_replaced_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"mine")
    (tmp_path / "f").symlink_to("target")
    atomic.write_file(tmp_path / "f", b"new")
    assert (tmp_path / "target").read_bytes() == b"mine"
    assert not (tmp_path / "f").is_symlink()


def test_a_failure_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    with pytest.raises(OSError):
        atomic.write_file(tmp_path / "f", b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["f"]
    assert (tmp_path / "f").is_dir()


def test_links_switch_in_one_step(tmp_path: Path) -> None:
    for name in ("1", "2"):
        (tmp_path / name).write_text(name)
    atomic.write_link(tmp_path / "current", "1")
    seen: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.add((tmp_path / "current").read_text())

    looker = threading.Thread(target=look)
    looker.start()
    for turn in range(300):
        atomic.write_link(tmp_path / "current", "12"[turn % 2])
    done.set()
    looker.join()
    assert seen <= {"1", "2"}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["1", "2", "current"]


def test_readers_never_see_half_a_file(tmp_path: Path) -> None:
    bodies = {b"a" * 200_000, b"b" * 100_000}
    atomic.write_file(tmp_path / "f", b"a" * 200_000)
    seen: set[bytes] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.add((tmp_path / "f").read_bytes())

    looker = threading.Thread(target=look)
    looker.start()
    for turn in range(100):
        atomic.write_file(tmp_path / "f", sorted(bodies)[turn % 2])
    done.set()
    looker.join()
    assert seen <= bodies


def test_trees_are_flushed_with_links_and_closed_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "f").write_bytes(b"x")
    (tmp_path / "d" / "loop").symlink_to("..")
    (tmp_path / "d" / "gone").symlink_to("nowhere")
    atomic.sync_tree(tmp_path)
    monkeypatch.setattr("sys.platform", "darwin")  # the way without syncfs, on whatever runs this
    atomic.sync_tree(tmp_path)


def test_a_tree_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        atomic.sync_tree(tmp_path / "missing")
