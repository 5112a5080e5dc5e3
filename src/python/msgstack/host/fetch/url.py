"""A file at an address of its own, or at a mirror that keeps it under the same name."""

from __future__ import annotations

from pathlib import Path

from msgstack.catalogue.digest import Digest
from msgstack.catalogue.model import File
from msgstack.host.fetch import download
from msgstack.host.fetch.part import Watch
from msgstack.resource.event import Say


def fetch(file: File, address: str, mirror: str | None, part: Path, say: Say, watch: Watch) -> Digest:
    """Download to `part`, from `mirror`/<name> if there is a mirror. Raises UnreachableError, VerificationError."""
    return download.fetch(source(file, address, mirror), part, file.pin, limits(file), say, watch)


def source(file: File, address: str, mirror: str | None) -> str:
    """Where the file is asked for. A mirror stands instead of the address: whoever names one means it."""
    return f"{mirror.rstrip('/')}/{file.name}" if mirror else address


def limits(file: File) -> download.Limits:
    """No more bytes than the file is known to have."""
    return download.Limits() if file.size is None else download.Limits(max_bytes=file.size)
