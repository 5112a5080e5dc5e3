"""Whatever an archive says: it is refused and leaves nothing, or all of it lies inside and is as it was reported."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from fakes import archives
from msgstack.host.unpack import ArchiveError
from msgstack.host.unpack import Caps
from msgstack.host.unpack import Kind
from msgstack.host.unpack import Rules
from msgstack.host.unpack import fresh_folder
from msgstack.host.unpack import unpack

PARTS = st.sampled_from(["a", "b", "A", "d", "..", ".", "", "é", "é", "x\\y", "n\0l", "work", "outside"])
NAMES = st.builds(
    lambda lead, parts: lead + "/".join(parts), st.sampled_from(["", "", "", "/", "./"]), st.lists(PARTS, max_size=4)
)
KINDS = st.sampled_from(["file", "folder", "symlink", "symlink", "hardlink", "fifo"])
MEMBERS = st.lists(st.fixed_dictionaries({"name": NAMES, "kind": KINDS, "link": NAMES}), max_size=8)
SAFE = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["a", "b", "cé", "d" * 60, "e" * 120]), min_size=1, max_size=4).map("/".join),
        st.binary(max_size=1500),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)
Format = Literal[0, 1, 2]
FORMATS: dict[str, Format] = {
    "ustar": tarfile.USTAR_FORMAT,
    "gnu": tarfile.GNU_FORMAT,
    "pax": tarfile.PAX_FORMAT,
}


@contextmanager
def place() -> Iterator[Path]:
    """A folder with a bystander, which must be untouched afterwards."""
    root = Path(tempfile.mkdtemp())
    try:
        (root / "outside").mkdir()
        (root / "outside" / "a").write_bytes(b"mine")
        (root / "work").mkdir()
        yield root
        assert sorted(one.name for one in root.iterdir()) == ["outside", "work"]
        assert [one.name for one in (root / "outside").iterdir()] == ["a"]
        assert (root / "outside" / "a").read_bytes() == b"mine"
        assert (root / "outside" / "a").stat().st_nlink == 1
    finally:
        shutil.rmtree(root)


def holds(body: bytes, root: Path) -> bool:
    """Unpack; True if it was taken, and then everything is inside and reported."""
    (root / "work" / "archive").write_bytes(body)
    folder = fresh_folder(root / "work")
    try:
        entries = unpack(root / "work" / "archive", folder, Rules(caps=Caps(max_bytes=1 << 20, max_members=50)))
    except ArchiveError as error:
        assert not folder.exists()
        assert str(error).isprintable()
        return False
    on_disk = sorted(
        os.path.relpath(os.path.join(at, name), folder) for at, ds, fs in os.walk(folder) for name in ds + fs
    )
    assert sorted(entry.path for entry in entries) == on_disk
    for entry in entries:
        assert (folder / entry.path).resolve(strict=True).is_relative_to(folder.resolve())
        assert (folder / entry.path).is_symlink() == (entry.kind is Kind.SYMLINK)
    return True


@settings(max_examples=150, deadline=None)
@given(MEMBERS)
def test_any_tar(members: list[dict[str, Any]]) -> None:
    for member in members:
        member["data"] = "x" if member["kind"] == "file" else ""
    with place() as root:
        holds(archives.tar(members), root)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(max_examples=75, deadline=None)
@given(
    st.lists(st.fixed_dictionaries({"name": NAMES, "deflate": st.booleans(), "data": st.text(max_size=50)}), max_size=6)
)
def test_any_zip(members: list[dict[str, Any]]) -> None:
    with place() as root:
        holds(archives.make_zip(members), root)


WHOLE = {
    "tar": archives.tar([{"name": "d/f", "data": "x" * 700}, {"name": "l", "kind": "symlink", "link": "d/f"}]),
    "gz": gzip.compress(
        archives.tar([{"name": "d/f", "data": "xyz" * 700}, {"name": "p", "pax": {"path": "q"}}]), mtime=0
    ),
    "zip": archives.make_zip([{"name": "d/f", "data": "x" * 700, "deflate": True}, {"name": "g", "data": "y"}]),
}


@pytest.mark.parametrize("kind", WHOLE)
@settings(max_examples=75, deadline=None)
@given(st.data())
def test_any_damage(kind: str, data: st.DataObject) -> None:
    body = bytearray(WHOLE[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with place() as root:
        holds(bytes(body[: data.draw(st.integers(0, len(body)))]), root)


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS.keys())
@settings(max_examples=20, deadline=None)
@given(SAFE)
def test_what_an_archiver_writes_is_what_is_unpacked(form: Format, files: list[tuple[str, bytes, bool]]) -> None:
    wanted: dict[str, tuple[bytes, bool]] = {}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=form) as archive:
        for number, (name, data, executable) in enumerate(files):
            path = f"top{number}/{name}"
            if form == tarfile.USTAR_FORMAT and len(path.encode()) > 90:
                continue
            member = tarfile.TarInfo(path)
            member.size, member.mode, member.mtime = len(data), 0o750 if executable else 0o600, 1.25
            archive.addfile(member, io.BytesIO(data))
            wanted[path] = (data, executable)
    with place() as root:
        assert holds(out.getvalue(), root) == bool(wanted)
        folder = next((one for one in (root / "work").iterdir() if one.is_dir()), root / "none")
        files_there = [path for path in folder.rglob("*") if path.is_file()]
        assert {str(path.relative_to(folder)): content(path) for path in files_there} == wanted


def content(path: Path) -> tuple[bytes, bool]:
    return path.read_bytes(), path.stat().st_mode & 0o777 == 0o755
