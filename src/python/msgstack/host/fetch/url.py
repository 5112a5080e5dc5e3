"""A file at an address of its own, or at a mirror that keeps it under the same name."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path

from msgstack.catalogue.digest import Digest
from msgstack.catalogue.model import File
from msgstack.host.fetch import download
from msgstack.host.fetch.part import Watch
from msgstack.resource.event import Say


@dataclass(frozen=True)
class Job:
    """One file to be had: into `part`, within `limits`, with someone who reads along."""

    file: File
    part: Path
    limits: download.Limits
    say: Say
    watch: Watch

    def download(self, address: str) -> Digest:
        """Fetch it from `address`, and no more bytes than it is known to have."""
        limits = replace(self.limits, max_bytes=self.file.size or self.limits.max_bytes)
        return download.fetch(address, self.part, self.file.pin, limits, self.say, self.watch)


def fetch(job: Job, address: str, mirror: str | None) -> Digest:
    """Download from `address`, or from `mirror`/<name>. Raises UnreachableError, VerificationError.

    A mirror stands instead of the address: whoever names one means it.
    """
    return job.download(f"{mirror.rstrip('/')}/{job.file.name}" if mirror else address)
