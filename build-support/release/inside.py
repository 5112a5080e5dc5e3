"""What is inside a program: the distributions that its PEX-INFO names, held against the committed lock."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from dataclasses import dataclass
from dataclasses import replace
from email.parser import HeaderParser
from pathlib import Path

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?P<rest>(?:.*\\\n)*.*)$", re.MULTILINE)


class NotAsLockedError(Exception):
    """A program holds what the lock doesn't name."""


@dataclass(frozen=True)
class Distribution:
    """A project inside a program; `hashes` are the sha256 of every file of it that the lock allows."""

    name: str
    version: str
    hashes: tuple[str, ...]
    license: str = ""  # as its own metadata declares it: an SPDX expression, or a name; "" if it doesn't


def sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: str) -> dict[str, Distribution]:
    """The committed lock, by normalised project name."""
    found = {}
    for entry in PIN.finditer(lock):
        hashes = tuple(sorted(re.findall(r"sha256:([0-9a-f]{64})", entry["rest"])))
        found[normal(entry["name"])] = Distribution(normal(entry["name"]), entry["version"], hashes)
    return found


def distributions(program: Path, lock: str) -> tuple[Distribution, ...]:
    """What the PEX holds, as the lock has it; NotAsLockedError if it holds another version or project."""
    with zipfile.ZipFile(program) as archive:
        wheels = {wheel: _license(archive, wheel) for wheel in json.loads(archive.read("PEX-INFO"))["distributions"]}
    pins = locked(lock)
    found = set()
    for wheel, declared in wheels.items():
        name, version = wheel.split("-")[:2]
        pin = pins.get(normal(name))
        if pin is None or pin.version != version:
            raise NotAsLockedError(f"{program.name} holds {wheel}, which is not in the lock")
        found.add(replace(pin, license=declared))
    return tuple(sorted(found, key=lambda one: one.name))


def _license(archive: zipfile.ZipFile, wheel: str) -> str:
    """What the wheel's core metadata say: License-Expression (PEP 639), else what came before it."""
    path = f".deps/{wheel}/{'-'.join(wheel.split('-')[:2])}.dist-info/METADATA"
    said = HeaderParser().parsestr(archive.read(path).decode())
    classifiers = [one for one in said.get_all("Classifier", []) if one.startswith("License :: ")]
    names = " AND ".join(one.rpartition(" :: ")[2] for one in classifiers)
    declared = (said.get("License-Expression"), said.get("License"), names)
    return next((one for one in declared if one and "\n" not in one), "")
