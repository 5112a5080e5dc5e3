"""Build every Go program of the catalogue for every platform, with empty caches, and hold it to its pin.

    PYTHONPATH=src/python:. python3 bench/go_builds.py [NAME-VERSION ...]

Any host builds all platforms; a second host that ends with 0 has made the same bytes. About a minute of one core for
each; 1.5 GB of disk while it runs.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from msgstack import data
from msgstack.catalogue.load import load
from msgstack.catalogue.model import Candidate
from msgstack.catalogue.model import GoBuild
from msgstack.errors import VerificationError
from msgstack.host.fetch.cache import Cache
from msgstack.host.fetch.files import Files
from msgstack.host.fetch.gomodule import GoModule
from msgstack.resource.event import Event

SYSTEMS = {"linux": "linux", "darwin": "macos"}
ARTEFACTS = "3rdparty/artifacts"


def builds() -> Iterator[Candidate]:
    """Every candidate that is built from Go modules."""
    for artefact in load((name, data.text(name)) for name in data.names(ARTEFACTS, ".toml")).artefacts:
        for release in artefact.releases:
            yield from (one for one in release.candidates if isinstance(one.recipe, GoBuild))


def holds(candidate: Candidate, cache: Path) -> bool:
    """Build it with a cache of its own for what comes out; only the toolchain is shared."""
    here = f"{SYSTEMS[sys.platform]}-{platform.machine()}"
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="go-builds-") as scratch:
        door = GoModule(Files(Cache(cache)), here, data.path(ARTEFACTS))
        try:
            door.output(candidate, Path(scratch), quiet)
            verdict = "the pinned bytes"
        except VerificationError as error:
            verdict = f"OTHER BYTES: {error}"
    print(f"{candidate.name} {candidate.version} {candidate.platform}: {verdict}, {time.monotonic() - began:.0f} s")
    return verdict == "the pinned bytes"


def quiet(event: Event) -> None:
    """Nobody listens."""


def main(names: list[str]) -> int:
    chosen = [one for one in builds() if not names or f"{one.name}-{one.version}" in names]
    print(f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores, ", end="")
    print(f"Python {platform.python_version()}, the Go toolchains of the catalogue", flush=True)
    with tempfile.TemporaryDirectory(prefix="go-builds-cache-") as cache:
        results = [holds(candidate, Path(cache)) for candidate in chosen]
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
