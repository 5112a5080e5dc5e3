"""Fetch and unpack side by side: the tree is there only if every byte was verified, however the source behaves."""

from __future__ import annotations

import hashlib
import io
import random
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from fakes import faults
from fakes.origin import Origin
from msgstack.catalogue.digest import Digest
from msgstack.errors import UnreachableError
from msgstack.errors import VerificationError
from msgstack.host.fetch.cache import Cache
from msgstack.host.fetch.download import Limits
from msgstack.host.fetch.download import fetch
from msgstack.host.fetch.part import Watch
from msgstack.host.fetch.pipeline import unpacked
from msgstack.host.unpack import ArchiveError
from msgstack.host.unpack import Entry
from msgstack.host.unpack import Rules
from msgstack.host.unpack import fresh_folder
from msgstack.resource.event import Event

FILES = {f"top/d{number % 7}/f{number}": random.Random(number).randbytes(20_000) for number in range(40)}
LIMITS = Limits(max_bytes=8 << 20, total_seconds=30, stall_seconds=0.5, attempts=3, backoff_seconds=0.01)


def tar_gz(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def pin(body: bytes) -> Digest:
    return Digest("sha512", hashlib.sha512(body).hexdigest())


BODY = tar_gz(FILES)


def run(root: Path, url: str, digest: Digest, name: str = "a.tar.gz") -> tuple[Path, tuple[Entry, ...]]:
    """One install; whatever happens, no thread stays behind."""

    def say(event: Event) -> None:
        """Nobody listens."""

    def fill(part: Path, watch: Watch) -> Digest:
        return fetch(url, part, digest, LIMITS, say, watch)

    before = threading.active_count()
    folder = fresh_folder(root)
    try:
        return folder, unpacked(Cache(root / "cache"), digest, name, fill, folder, Rules(strip=1), say)
    finally:
        names = [one.name for one in threading.enumerate()]
        assert "unpack" not in names and "decompress" not in names, f"{before}: {names}"


def tree(folder: Path) -> dict[str, bytes]:
    return {f"top/{one.relative_to(folder)}": one.read_bytes() for one in folder.rglob("*") if one.is_file()}


HONEST_IN_THE_END: dict[str, list[faults.Fault]] = {
    "at once": [],
    "cut, resumed": [faults.cut(300_000)],
    "cut, then lying about the range": [faults.cut(300_000), faults.lying_range()],
    "cut, then no ranges": [faults.cut(300_000), faults.no_ranges()],
    "corrupted end of a first piece": [faults.both(faults.corrupt(200_000), faults.cut(300_000))],
    "stalled": [faults.stall(300_000)],
}


@pytest.mark.parametrize("first", HONEST_IN_THE_END.values(), ids=HONEST_IN_THE_END.keys())
def test_the_whole_tree(first: list[faults.Fault], tmp_path: Path) -> None:
    with Origin() as origin:
        folder, entries = run(tmp_path, origin.put("/a.tar.gz", BODY, *first), pin(BODY))
    assert tree(folder) == FILES
    digests = {f"top/{one.path}": one.sha256 for one in entries if one.sha256}
    assert digests == {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}


def test_from_the_cache_and_from_a_damaged_cache(tmp_path: Path) -> None:
    with Origin() as origin:
        url = origin.put("/a.tar.gz", BODY)
        run(tmp_path, url, pin(BODY))
        assert tree(run(tmp_path, url, pin(BODY))[0]) == FILES
        assert len(origin.asked) == 1
        kept = tmp_path / "cache" / "sha512" / pin(BODY).hex / "a.tar.gz"
        kept.chmod(0o644)
        kept.write_bytes(BODY[:-40_000] + BODY[:40_000])
        assert tree(run(tmp_path, url, pin(BODY))[0]) == FILES
        assert len(origin.asked) == 2


def test_resumed_from_an_earlier_run(tmp_path: Path) -> None:
    part = tmp_path / "cache" / "sha512" / pin(BODY).hex / "a.tar.gz.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(BODY[:500_000])
    with Origin() as origin:
        folder, _ = run(tmp_path, origin.put("/a.tar.gz", BODY), pin(BODY))
        assert [one.start for one in origin.asked] == [500_000]
    assert tree(folder) == FILES


def test_a_wheel(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("top/bin/tool", b"tool")
    with Origin() as origin:
        folder, _ = run(tmp_path, origin.put("/t.whl", out.getvalue()), pin(out.getvalue()), "t.whl")
    assert (folder / "bin" / "tool").read_bytes() == b"tool"


FALSE: dict[str, tuple[faults.Fault, type[Exception]]] = {
    "one byte wrong": (faults.corrupt(700_000), VerificationError),
    "no archive at all": (faults.replaced(b"<html>sign in</html>"), VerificationError),
    "endless": (faults.endless(), VerificationError),
    "not there": (faults.status(404), UnreachableError),
    "always cut": (faults.cut(100_000), UnreachableError),
    "always stalled": (faults.stall(0), UnreachableError),
}


@pytest.mark.parametrize("name", ["a.tar.gz", "a.whl"])
@pytest.mark.parametrize(("always", "raised"), FALSE.values(), ids=FALSE.keys())
def test_nothing_stays_of_what_is_false(
    always: faults.Fault, raised: type[Exception], name: str, tmp_path: Path
) -> None:
    body = BODY + random.Random(3).randbytes(200_000)
    with Origin() as origin, pytest.raises(raised) as caught:
        run(tmp_path, origin.put("/a", body, always=always), pin(BODY), name)
    assert not isinstance(caught.value, ArchiveError), "the digest speaks before the archive's content does"
    assert [one.name for one in tmp_path.iterdir()] == ["cache"]


def test_a_pinned_archive_that_breaks_a_rule(tmp_path: Path) -> None:
    body = tar_gz({"top/ok": b"", "top/../../evil": b"evil"})
    with Origin() as origin, pytest.raises(ArchiveError):
        run(tmp_path, origin.put("/a.tar.gz", body), pin(body))
    assert [one.name for one in tmp_path.iterdir()] == ["cache"]
