"""The cache: nothing unverified under a final name, one writer at a time, damage found and mended."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes import faults
from fakes.origin import Origin
from msgstack.catalogue.digest import Digest
from msgstack.errors import MsgstackError
from msgstack.errors import VerificationError
from msgstack.host.fetch.cache import Cache
from msgstack.host.fetch.download import Limits
from msgstack.host.fetch.download import fetch
from msgstack.resource.event import Event
from msgstack.resource.event import Note
from msgstack.resource.event import Warned

BODY = random.Random(2).randbytes(400_000)
DIGEST = Digest("sha256", hashlib.sha256(BODY).hexdigest())
LIMITS = Limits(max_bytes=1 << 20, total_seconds=30, stall_seconds=5, attempts=2, backoff_seconds=0.01)

PROGRAM = """
import sys
from pathlib import Path
from msgstack.catalogue.digest import Digest
from msgstack.host.fetch.cache import Cache
from msgstack.host.fetch.download import Limits, fetch
root, url, pin = sys.argv[1:]
digest = Digest.parse(pin)
def say(event):
    print(event, flush=True)
path = Cache(Path(root)).get(digest, "f.bin", lambda part: fetch(url, part, digest, Limits(), say), say)
print("got", path, flush=True)
"""


def quiet(event: Event) -> None:
    """Nobody listens."""


def fail(part: Path) -> None:
    raise AssertionError("fetched although it is in the cache")


def write(body: bytes) -> Callable[[Path], None]:
    """A fill that does not hash, as a copy from a folder."""

    def fill(part: Path) -> None:
        part.write_bytes(body)

    return fill


def program(root: Path, url: str) -> subprocess.Popen[str]:
    """The cache in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(root), url, str(DIGEST)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def entry(root: Path) -> Path:
    return root / "sha256" / DIGEST.hex / "f.bin"


def wait_for(path: Path, least: int) -> None:
    deadline = time.monotonic() + 20
    while not path.exists() or path.stat().st_size < least:
        assert time.monotonic() < deadline, f"{path} did not reach {least} bytes"
        time.sleep(0.01)


def test_fetched_once_and_read_only(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    with Origin() as origin:
        url = origin.put("/f", BODY)
        path = cache.get(DIGEST, "f.bin", lambda part: fetch(url, part, DIGEST, LIMITS, quiet), quiet)
    assert path == entry(tmp_path)
    assert path.read_bytes() == BODY
    assert path.stat().st_mode & 0o777 == 0o444
    assert cache.get(DIGEST, "f.bin", fail, quiet) == path
    assert sorted(one.name for one in path.parent.iterdir()) == [".lock", "f.bin"]


def test_a_fill_that_does_not_hash_is_hashed_here(tmp_path: Path) -> None:
    path = Cache(tmp_path).get(DIGEST, "f.bin", write(BODY), quiet)
    assert path.read_bytes() == BODY


def test_false_bytes_never_stay(tmp_path: Path) -> None:
    with pytest.raises(VerificationError) as caught:
        Cache(tmp_path).get(DIGEST, "f.bin", write(BODY[:-1]), quiet)
    assert caught.value.code == 4
    assert DIGEST.hex in str(caught.value)
    assert [one.name for one in entry(tmp_path).parent.iterdir()] == [".lock"]


@pytest.mark.parametrize("damage", [b"", b"x", BODY[:-1] + b"!", BODY + b"!"], ids=len)
def test_a_damaged_entry_is_said_and_fetched_again(damage: bytes, tmp_path: Path) -> None:
    entry(tmp_path).parent.mkdir(parents=True)
    entry(tmp_path).write_bytes(damage)
    events: list[Event] = []
    path = Cache(tmp_path).get(DIGEST, "f.bin", write(BODY), events.append)
    assert path.read_bytes() == BODY
    assert [type(event) for event in events] == [Warned]


def test_a_link_as_entry_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(BODY)
    entry(tmp_path).parent.mkdir(parents=True)
    entry(tmp_path).symlink_to(tmp_path / "elsewhere")
    path = Cache(tmp_path).get(DIGEST, "f.bin", write(BODY), quiet)
    assert not path.is_symlink()


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc/passwd"])
def test_names_that_are_none(name: str, tmp_path: Path) -> None:
    with pytest.raises(MsgstackError, match="plain file name"):
        Cache(tmp_path / "c").get(DIGEST, name, fail, quiet)
    assert not (tmp_path / "c").exists()


def test_a_root_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MsgstackError) as caught:
        Cache(tmp_path / "file").get(DIGEST, "f.bin", fail, quiet)
    assert "MSGSTACK_CACHE" in caught.value.fix


def test_killed_in_mid_download_then_resumed(tmp_path: Path) -> None:
    part = entry(tmp_path).with_name("f.bin.part")
    with Origin() as origin:
        url = origin.put("/f", BODY, faults.stall(150_000))
        victim = program(tmp_path, url)
        wait_for(part, 150_000)
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
        assert not entry(tmp_path).exists()
        again = program(tmp_path, url)
        said, _ = again.communicate(timeout=30)
        assert again.returncode == 0, said
        assert [one.start for one in origin.asked] == [0, 150_000]
    assert entry(tmp_path).read_bytes() == BODY


def test_interrupted_leaves_a_part_to_resume(tmp_path: Path) -> None:
    part = entry(tmp_path).with_name("f.bin.part")
    with Origin() as origin:
        victim = program(tmp_path, origin.put("/f", BODY, faults.stall(150_000)))
        wait_for(part, 150_000)
        victim.send_signal(signal.SIGINT)
        said, _ = victim.communicate(timeout=30)
    assert "KeyboardInterrupt" in said
    assert part.read_bytes() == BODY[:150_000]


def test_two_programs_at_once_fetch_once(tmp_path: Path) -> None:
    part = entry(tmp_path).with_name("f.bin.part")
    with Origin() as origin:
        url = origin.put("/f", BODY, faults.drip(40_000, 0.2))
        first = program(tmp_path, url)
        wait_for(part, 1)
        second = program(tmp_path, url)
        said = [one.communicate(timeout=30)[0] for one in (first, second)]
        assert [first.returncode, second.returncode] == [0, 0], said
        assert len(origin.asked) == 1
    assert f"waiting for the program that fetches it (process {first.pid})" in said[1]


def test_no_final_name_before_all_is_verified(tmp_path: Path) -> None:
    names: set[str] = set()

    def look(event: Event) -> None:
        names.update(one.name for one in tmp_path.rglob("*"))

    with Origin() as origin:
        lying = origin.put("/f", BODY, always=faults.both(faults.corrupt(399_999), faults.drip(80_000, 0.1)))
        with pytest.raises(VerificationError):
            Cache(tmp_path).get(DIGEST, "f.bin", lambda part: fetch(lying, part, DIGEST, LIMITS, look), look)
    assert "f.bin.part" in names
    assert "f.bin" not in names
    assert not entry(tmp_path).exists()


def test_a_damaged_lock_file_is_no_trouble(tmp_path: Path) -> None:
    entry(tmp_path).parent.mkdir(parents=True)
    entry(tmp_path).with_name(".lock").write_bytes(b"\xff" * 100)
    events: list[Event] = []
    Cache(tmp_path).get(DIGEST, "f.bin", write(BODY), events.append)
    assert not [event for event in events if isinstance(event, Note)]
