"""Every kind of hostile archive, and that it leaves nothing: not in its folder, not around it."""

from __future__ import annotations

import gzip
import lzma
import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes import archives
from msgstack.host.unpack import ArchiveError
from msgstack.host.unpack import Caps
from msgstack.host.unpack import Entry
from msgstack.host.unpack import Kind
from msgstack.host.unpack import Rules
from msgstack.host.unpack import fresh_folder
from msgstack.host.unpack import unpack

CASES = Path(__file__).parent / "cases"


def table(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = expand(tomllib.loads((CASES / name).read_text())["case"])
    return cases


def expand(value: Any) -> Any:
    """`REPEAT:text:n` and `ZEROS:n rest` in the tables stand for what would be unreadable there."""
    if isinstance(value, dict):
        return {expand(key): expand(item) for key, item in value.items()}
    if isinstance(value, list):
        return [expand(item) for item in value]
    if isinstance(value, str) and value.startswith("REPEAT:"):
        text, _, count = value.removeprefix("REPEAT:").rpartition(":")
        return text * int(count)
    if isinstance(value, str) and value.startswith("ZEROS:"):
        count, _, rest = value.removeprefix("ZEROS:").partition(" ")
        return "\0" * int(count) + rest
    return value


def rules_of(case: dict[str, Any]) -> Rules:
    said = dict(case.get("rules", {}))
    caps = {key: said.pop(key) for key in ("max_members", "max_bytes") if key in said}
    return Rules(caps=Caps(**caps), executable=frozenset(said.pop("executable", [])), **said)


def tar_of(case: dict[str, Any]) -> bytes:
    return archives.tar(case["members"], end=case.get("end", "\0" * 1024).encode())


def refused(body: bytes, rules: Rules, root: Path) -> str:
    """What the refusal says, once it is sure that nothing is left."""
    archive = root / "archive"
    archive.write_bytes(body)
    (root / "work").mkdir(exist_ok=True)
    folder = fresh_folder(root / "work")
    try:
        with pytest.raises(ArchiveError) as caught:
            unpack(archive, folder, rules)
    finally:
        archive.unlink()
    assert list((root / "work").iterdir()) == []
    assert caught.value.code == 4
    assert str(caught.value).isprintable(), "a hostile name must not reach the terminal as it is"
    return str(caught.value)


PACK: dict[str, Callable[[bytes], bytes]] = {"tar": bytes, "gz": gzip.compress, "xz": lzma.compress}


@pytest.mark.parametrize("pack", PACK.values(), ids=PACK.keys())
@pytest.mark.parametrize("case", table("tar_refused.toml"), ids=lambda case: case["name"])
def test_tar(
    case: dict[str, Any], pack: Callable[[bytes], bytes], tmp_path: Path, bystanders: Callable[[], None]
) -> None:
    assert re.search(case["says"], refused(pack(tar_of(case)), rules_of(case), tmp_path))
    bystanders()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("case", table("zip_refused.toml"), ids=lambda case: case["name"])
def test_zip(case: dict[str, Any], tmp_path: Path, bystanders: Callable[[], None]) -> None:
    assert re.search(case["says"], refused(archives.make_zip(case["members"]), rules_of(case), tmp_path))
    bystanders()


@pytest.mark.parametrize("case", table("tar_good.toml"), ids=lambda case: case["name"])
def test_good(case: dict[str, Any], tmp_path: Path, bystanders: Callable[[], None]) -> None:
    (tmp_path / "archive").write_bytes(gzip.compress(tar_of(case)))
    folder = fresh_folder(tmp_path / "work")
    entries = unpack(tmp_path / "archive", folder, rules_of(case))
    (tmp_path / "archive").unlink()
    assert {entry.path: described(folder, entry) for entry in entries} == case["tree"]
    assert sorted(entry.path for entry in entries) == sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))
    bystanders()


def described(folder: Path, entry: Entry) -> str:
    """As in the table, read from the disk."""
    path = folder / entry.path
    if entry.kind is Kind.SYMLINK:
        assert entry.link == os.readlink(path)
        return f"-> {entry.link}"
    mode = path.lstat().st_mode & 0o7777
    assert mode == entry.mode
    if entry.kind is Kind.FOLDER:
        assert mode == 0o755
        return "/"
    return {0o755: "x ", 0o644: ""}[mode] + path.read_text()


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress], ids=["gz", "xz"])
def test_a_bomb_stops_early(pack: Callable[[bytes], bytes], tmp_path: Path, bystanders: Callable[[], None]) -> None:
    body = pack(archives.tar([{"name": "f", "data": "\0" * 60_000_000}]))
    assert "more than 100 times" in refused(body, Rules(), tmp_path)
    bystanders()


@pytest.mark.parametrize("cut", [1, 10, 100, 1000])
@pytest.mark.parametrize("pack", PACK.values(), ids=PACK.keys())
def test_cut_short_anywhere(pack: Callable[[bytes], bytes], cut: int, tmp_path: Path) -> None:
    body = pack(archives.tar([{"name": f"f{n}", "data": os.urandom(999).hex()} for n in range(9)]))
    refused(body[:-cut] if pack is not bytes else body[: -1024 - cut], Rules(), tmp_path)


def test_zip_members_that_overlap(tmp_path: Path) -> None:
    """Two entries of the central directory that point to one local file: the trick of the better bombs."""
    body = bytearray(archives.make_zip([{"name": "aa", "data": "x" * 50}, {"name": "bb", "data": "x" * 50}]))
    second = body.rindex(b"PK\x01\x02")
    body[second + 42 : second + 46] = (0).to_bytes(4, "little")
    body[second + 46 : second + 48] = b"aa"
    assert "overlaps" in refused(bytes(body), Rules(), tmp_path)


def test_a_folder_that_is_not_empty_is_not_touched_by_members(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(archives.tar([{"name": "f", "data": "new"}]))
    folder = fresh_folder(tmp_path)
    (folder / "f").write_bytes(b"old")
    with pytest.raises(Exception, match="not empty"):
        unpack(tmp_path / "a.tar", folder, Rules())


def test_gzip_in_several_members_and_padded(tmp_path: Path) -> None:
    plain = archives.tar([{"name": "f", "data": "x" * 3000}])
    body = gzip.compress(plain[:1000]) + gzip.compress(plain[1000:]) + b"\0" * 700
    (tmp_path / "a.tar.gz").write_bytes(body)
    folder = fresh_folder(tmp_path)
    unpack(tmp_path / "a.tar.gz", folder, Rules())
    assert (folder / "f").read_bytes() == b"x" * 3000


def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(archives.tar([{"name": "d/f", "data": "x"}, {"name": "d/r", "mode": 0o755}]))
    before = os.umask(0o077)
    try:
        folder = fresh_folder(tmp_path)
        unpack(tmp_path / "a.tar", folder, Rules())
    finally:
        os.umask(before)
    assert [(folder / one).stat().st_mode & 0o777 for one in ("d", "d/f", "d/r")] == [0o755, 0o644, 0o755]


def test_a_full_disk_is_not_called_a_hostile_archive(tmp_path: Path) -> None:
    from msgstack.errors import Exit
    from msgstack.errors import MsgstackError

    (tmp_path / "a.tar").write_bytes(archives.tar([{"name": "f"}]))
    with pytest.raises(MsgstackError) as caught:
        unpack(tmp_path / "a.tar", tmp_path / "missing", Rules())
    assert caught.value.code is Exit.FAILED
