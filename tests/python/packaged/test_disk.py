"""A disk that is full, and one that refuses: said in words, nothing half-done in use, and the same command goes on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from packaged import traced
from packaged.user import User

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


@pytest.fixture
def tiny(somebody: User) -> Iterator[Path]:
    """A file system of 24 MiB where the stack is installed: too small for the programs."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    somebody.root.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0755", "tmpfs", str(somebody.root)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield somebody.root
    finally:
        subprocess.run(["umount", "--lazy", str(somebody.root)], check=True)


def test_a_disk_that_is_too_small_is_refused_before_anything_happens(somebody: User, tiny: Path) -> None:
    done = somebody.setup("apply", "--yes")
    assert done.code == 3, done.err
    assert "budget.disk" in done.err and "Traceback" not in done.err
    assert list(tiny.iterdir()) == []


def test_a_disk_that_is_full_in_the_middle(somebody: User, tiny: Path) -> None:
    """The budget fits, but the programs do not."""
    small = '[nats.jetstream]\nmax_file = "2MiB"\n[nats.log]\npart = "1MiB"\nparts = 2\n'
    streams = '[nats.streams.A]\nsubjects = ["a.>"]\nmax_bytes = "1MiB"\n[nats.buckets.b]\nmax_bytes = "1MiB"\n'
    somebody.write(small + streams, top='[budget]\ndisk = "12MiB"\ndisk_reserve = "1MiB"')
    done = somebody.setup("apply", "--yes")
    assert done.code == 1, done.err
    assert "Traceback" not in done.err and "defect" not in done.err, done.err
    assert "No space left on device" in done.err and "make room" in done.err, done.err
    assert "nothing was switched" in done.err
    assert not (tiny / "nats" / "current").exists()
    assert not list((tiny / "store").glob(".tmp-*")), "what did not come about takes no room"
    larger = subprocess.run(
        ["mount", "-o", "remount,size=256m", str(tiny)], capture_output=True, text=True, check=False
    )
    assert larger.returncode == 0, larger.stderr
    somebody.apply()
    assert somebody.apply()["changes"] == 0


def test_no_room_for_the_switch(somebody: User, tmp_path: Path) -> None:
    """The one rename that brings a generation into use is refused."""
    traced.need_strace()
    staging = somebody.root / "nats" / "generations" / ".staging"
    command = somebody.command("nats-setup", "apply", "--yes")
    done = traced.run(somebody, tmp_path / "calls", command, "rename:error=ENOSPC", staging)
    assert done.code == 1, done.err
    assert "No space left on device" in done.err and "make room" in done.err, done.err
    assert "nothing was switched" in done.err
    assert not (somebody.root / "nats" / "current").exists()
    somebody.apply()
    assert somebody.apply()["changes"] == 0


def test_a_cache_that_is_no_folder(somebody: User, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.write_text("no folder")
    done = somebody.setup("apply", "--yes", MSGSTACK_CACHE=str(cache))
    assert done.code == 1, done.err
    assert f"can't use {cache} as cache" in done.err and "MSGSTACK_CACHE" in done.err
    assert "nothing was switched" in done.err and "Traceback" not in done.err


def test_a_disk_that_turned_read_only(installed: User) -> None:
    """Read-only from now on, as a disk is after an error: what runs goes on, and looking goes on."""
    traced.need_strace()
    installed.write('[nats.limits]\nmax_payload = "2MiB"')
    command = installed.command("nats-setup", "apply", "--yes")
    log = installed.home / "calls"
    done = traced.run(installed, log, command, "mkdir:error=EROFS", installed.root / "nats/generations/.staging")
    assert done.code == 1, done.err
    assert "Read-only file system" in done.err and "generation 1 is still the current one" in done.err
    assert installed.setup("status").code == 0
    installed.apply()
    assert installed.verify()["summary"]["fail"] == 0
