"""Every program comes out as the same bytes, whoever builds it: really built twice, and compared.

What differs: directory (and its length), umask, time zone, locale, modification times, set of interpreters that the
build could find, results kept from earlier builds (none, in both), downloads kept (the user's; none).
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from build.nested import Checkout
from launcher import pythons

OTHER_PYTHONS = ("3.12", "3.13", "3.10", "3.9")


def build(checkout: Checkout) -> dict[str, str]:
    """Program to the digest of its bytes."""
    done = checkout.pants("package", "src/python::")
    assert done.returncode == 0, done.stdout + done.stderr[-6000:]
    programs = sorted((checkout.root / "dist").glob("*.pex"))
    return {program.name: hashlib.sha256(program.read_bytes()).hexdigest() for program in programs}


def age(root: Path) -> None:
    """Every file of another day, as in a clone made then."""
    for file in root.rglob("*"):
        if file.is_file() and not file.is_symlink():
            os.utime(file, (1_000_000_000, 1_000_000_000))


def other_interpreters() -> tuple[Path, ...]:
    found = (pythons.find_python((version,)) for version in OTHER_PYTHONS)
    return tuple(Path(python).resolve() for python in found if python)


@pytest.mark.live
@pytest.mark.timeout(1400)
def test_the_same_bytes_from_another_builder(tmp_path: Path) -> None:
    one = Checkout(tmp_path / "a", umask=0o022, environment={"TZ": "UTC", "LC_ALL": "C"})
    two = Checkout(
        tmp_path / "a-much-longer-directory" / "further_down" / "b",
        umask=0o077,
        environment={"TZ": "Asia/Kolkata", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "7"},
        interpreters=other_interpreters(),
        own_downloads=True,
    )
    for checkout in (one, two):
        checkout.prepare()
    age(two.root)
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(build, (one, two))
    assert {"nats-setup.pex", "verify.pex"} <= set(first)
    assert first == second, explain(one.root / "dist", two.root / "dist")


def explain(one: Path, two: Path) -> str:
    """Which members differ, for the one who must mend it."""
    lines = []
    for program in sorted(one.glob("*.pex")):
        first, second = (members(at / program.name) for at in (one, two))
        lines += [
            f"{program.name}: {name}" for name in sorted({*first, *second}) if first.get(name) != second.get(name)
        ]
    return "\n".join(lines[:40])


def members(program: Path) -> dict[str, tuple[object, ...]]:
    with zipfile.ZipFile(program) as archive:
        return {info.filename: (info.CRC, info.date_time, info.external_attr) for info in archive.infolist()}
