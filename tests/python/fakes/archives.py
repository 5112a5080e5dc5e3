"""Archives made by hand, so that they can say what no archiver would write."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from typing import Any

BLOCK = 512
USTAR = b"ustar\x0000"
KINDS = {"file": b"0", "hardlink": b"1", "symlink": b"2", "char": b"3", "block": b"4", "folder": b"5", "fifo": b"6"}


def tar(members: Iterable[dict[str, Any]], *, end: bytes = b"\0" * 1024) -> bytes:
    """A tar of members {name, kind, link, mode, data, size, pax, long, raw_type, magic}; `size` may lie about `data`.

    `pax` and `long` become headers before the member. Text is UTF-8, with surrogates for other bytes.
    """
    return b"".join(tar_member(**member) for member in members) + end


def tar_member(
    name: str = "",
    kind: str = "file",
    link: str = "",
    mode: int = 0o644,
    data: str = "",
    size: int | None = None,
    pax: dict[str, str] | None = None,
    long: str = "",
    raw_type: str = "",
    magic: str = "",
) -> bytes:
    """One member and the headers before it."""
    before = b""
    if pax is not None:
        before += block("pax", b"x", _records(pax), size=None, magic=USTAR)
    if long:
        before += block("././@LongLink", b"L", _bytes(long) + b"\0", size=None, magic=USTAR)
    kind_byte = raw_type.encode("latin-1") if raw_type else KINDS[kind]
    return before + block(name, kind_byte, _bytes(data), link=link, mode=mode, size=size, magic=_bytes(magic) or USTAR)


def block(
    name: str,
    kind: bytes,
    data: bytes,
    *,
    link: str = "",
    mode: int = 0o644,
    size: int | None = None,
    magic: bytes = USTAR,
) -> bytes:
    """A header with a right check sum, and its data padded."""
    length = len(data) if size is None else size
    number = b"%011o\0" % length if length >= 0 else b"\xff" * 4 + length.to_bytes(8, "big", signed=True)
    head = b"".join(
        (
            _bytes(name)[:100].ljust(100, b"\0"),
            b"%07o\0" % mode + b"0000000\x00" * 2,
            number,
            b"00000000000\0" + b" " * 8 + kind,
            _bytes(link)[:100].ljust(100, b"\0"),
            magic.ljust(8, b"\0"),
        )
    ).ljust(BLOCK, b"\0")
    total = b"%06o\0 " % sum(head)
    return head[:148] + total + head[156:] + data + b"\0" * (-len(data) % BLOCK)


def make_zip(members: Iterable[dict[str, Any]]) -> bytes:
    """A zip of members {name, data, mode, system, deflate, declared}; `declared` is a lie about the size."""
    out = io.BytesIO()
    lies: list[tuple[int, int]] = []
    with zipfile.ZipFile(out, "w") as archive:
        for member in members:
            _add(archive, member, lies)
    body = out.getvalue()
    for real, declared in lies:
        body = body.replace(real.to_bytes(4, "little"), declared.to_bytes(4, "little"))
    return body


def _add(archive: zipfile.ZipFile, member: dict[str, Any], lies: list[tuple[int, int]]) -> None:
    info = zipfile.ZipInfo("x")
    info.filename = member["name"]
    info.create_system = member.get("system", 3)
    info.external_attr = member.get("mode", 0o100644) << 16
    info.compress_type = zipfile.ZIP_DEFLATED if member.get("deflate") else zipfile.ZIP_STORED
    data = _bytes(member.get("data", ""))
    archive.writestr(info, data)
    if "declared" in member:
        lies.append((len(data), member["declared"]))


def _records(values: dict[str, str]) -> bytes:
    out = b""
    for key, value in values.items():
        rest = b" " + key.encode() + b"=" + _bytes(value) + b"\n"
        length = len(rest) + 1
        while len(str(length)) + len(rest) != length:
            length += 1
        out += str(length).encode() + rest
    return out


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
