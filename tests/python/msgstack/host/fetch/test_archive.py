"""Trees from archives, over every kind of place, from honest and lying origins."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from fakes import faults
from fakes import index
from fakes.origin import Origin
from msgstack.catalogue.digest import Digest
from msgstack.catalogue.model import Address
from msgstack.catalogue.model import Candidate
from msgstack.catalogue.model import Environment
from msgstack.catalogue.model import File
from msgstack.catalogue.model import Project
from msgstack.catalogue.model import SourceKind
from msgstack.catalogue.model import Unpack
from msgstack.errors import MsgstackError
from msgstack.errors import UnreachableError
from msgstack.errors import VerificationError
from msgstack.host.fetch.archive import Archive
from msgstack.host.fetch.archive import Wheels
from msgstack.host.fetch.cache import Cache
from msgstack.host.fetch.door import Workshop
from msgstack.host.fetch.download import Limits
from msgstack.host.fetch.files import Files
from msgstack.resource.event import Event

LIMITS = Limits(total_seconds=20, stall_seconds=0.5, attempts=2, backoff_seconds=0.01)
MEMBERS = (("thing", "bin/thing"), ("LICENSE", "LICENSE"))


def quiet(event: Event) -> None:
    """Nobody listens."""


def tar_gz() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in {"thing-1.0/thing": b"\x7fELF" + os.urandom(99_000), "thing-1.0/LICENSE": b"MIT"}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


BODY = tar_gz()


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path / "tree", tmp_path / "scratch")
    made.tree.mkdir()
    made.scratch.mkdir()
    return made


def candidate(url: str) -> Candidate:
    file = File("thing.tar.gz", Digest("sha256", index.sha256(BODY)), len(BODY), Address(url))
    return Candidate("thing", "1.0", "linux-x86_64", SourceKind.URL, Unpack(file, MEMBERS, 1))


def contents(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def test_the_wanted_members_and_no_others(tmp_path: Path, shop: Workshop) -> None:
    with Origin() as origin:
        wanted = candidate(origin.put("/thing.tar.gz", BODY))
        provenance = Archive(Files(Cache(tmp_path / "cache"), limits=LIMITS)).make(wanted, shop, quiet)
    assert contents(shop.tree) == ["LICENSE", "bin/thing"]
    assert os.access(shop.tree / "bin" / "thing", os.X_OK)
    assert not os.access(shop.tree / "LICENSE", os.X_OK)
    assert index.sha256(BODY) in provenance.verified[0]
    assert provenance.source == (f"thing.tar.gz from {origin.url}/thing.tar.gz",)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (faults.corrupt(60_000), VerificationError),
        (faults.status(404), UnreachableError),
        (faults.status(500), UnreachableError),
        (faults.cut(5_000, reset=True), UnreachableError),
        (faults.stall(5_000), UnreachableError),
        (faults.endless(), MsgstackError),
    ],
)
def test_an_origin_that_lies_leaves_nothing(
    tmp_path: Path, shop: Workshop, fault: faults.Fault, kind: type[MsgstackError]
) -> None:
    with Origin() as origin:
        wanted = candidate(origin.put("/thing.tar.gz", BODY, always=fault))
        with pytest.raises(kind):
            Archive(Files(Cache(tmp_path / "cache"), limits=LIMITS)).make(wanted, shop, quiet)
    assert not shop.tree.exists() or contents(shop.tree) == []
    assert not (tmp_path / "cache" / "sha256" / index.sha256(BODY) / "thing.tar.gz").exists()


def test_an_origin_that_fails_once_is_forgiven(tmp_path: Path, shop: Workshop) -> None:
    with Origin() as origin:
        wanted = candidate(origin.put("/thing.tar.gz", BODY, faults.status(500)))
        Archive(Files(Cache(tmp_path / "cache"), limits=LIMITS)).make(wanted, shop, quiet)
    assert contents(shop.tree) == ["LICENSE", "bin/thing"]


def test_a_mirror_is_asked_by_the_file_s_name(tmp_path: Path, shop: Workshop) -> None:
    with Origin() as origin:
        origin.put("/mirror/thing.tar.gz", BODY)
        mirrors = {SourceKind.URL: f"{origin.url}/mirror/"}
        files = Files(Cache(tmp_path / "cache"), mirrors=mirrors, limits=LIMITS)
        Archive(files).make(candidate("http://127.0.0.1:1/thing.tar.gz"), shop, quiet)
    assert contents(shop.tree) == ["LICENSE", "bin/thing"]


def test_a_folder_stands_for_every_source(tmp_path: Path, shop: Workshop) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with Origin() as origin:
        wanted = candidate(origin.put("/thing.tar.gz", BODY))
        door = Archive(Files(Cache(tmp_path / "cache"), folder=folder, limits=LIMITS))
        with pytest.raises(UnreachableError, match="thing.tar.gz is not in"):
            door.make(wanted, shop, quiet)
        (folder / "thing.tar.gz").write_bytes(BODY[:-1] + b"x")
        shop.tree.mkdir(exist_ok=True)
        with pytest.raises(VerificationError):
            door.make(wanted, shop, quiet)
        (folder / "thing.tar.gz").write_bytes(BODY)
        shop.tree.mkdir(exist_ok=True)
        door.make(wanted, shop, quiet)
        assert not origin.asked
    assert contents(shop.tree) == ["LICENSE", "bin/thing"]


ONE = index.wheel({"one/__init__.py": b"", "one-1.dist-info/METADATA": b"Name: one"})
TWO = index.wheel({"two/__init__.py": b"", "two-1.dist-info/METADATA": b"Name: two"})
CLASH = index.wheel({"one/more.py": b""})


def environment(tmp_path: Path, *bodies: bytes) -> tuple[Candidate, Wheels]:
    files = []
    for number, body in enumerate(bodies):
        (tmp_path / f"{number}.whl").write_bytes(body)
        files.append(File(f"{number}.whl", Digest("sha256", index.sha256(body)), len(body), Project("any")))
    one = Candidate("environment", "1.0", "linux-x86_64", SourceKind.WHEEL, Environment(tuple(files)))
    return one, Wheels(Files(Cache(tmp_path / "cache"), folder=tmp_path))


def test_wheels_lie_side_by_side(tmp_path: Path, shop: Workshop) -> None:
    wanted, door = environment(tmp_path, ONE, TWO)
    provenance = door.make(wanted, shop, quiet)
    assert contents(shop.tree) == [
        "site/one-1.dist-info/METADATA",
        "site/one/__init__.py",
        "site/two-1.dist-info/METADATA",
        "site/two/__init__.py",
    ]
    assert len(provenance.verified) == 2


def test_wheels_that_overlap_are_refused(tmp_path: Path, shop: Workshop) -> None:
    wanted, door = environment(tmp_path, ONE, CLASH)
    with pytest.raises(MsgstackError, match="one is there already"):
        door.make(wanted, shop, quiet)
