"""What every uninstall leaves because other programs and a later install use it: caches of whoever ran it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from msgstack.cli.wiring import cache_root


def caches(system: str) -> dict[Path, str]:
    """The folders that are there, each with what it holds; `system` as in `Facts`."""
    found = {cache_root(system): "verified downloads"}
    unpacked = _unpacked(Path(sys.prefix))
    if unpacked is not None:
        found[unpacked] = "these programs unpacked, and any other PEX file's"
    return {path: what for path, what in found.items() if path.is_dir()}


def caches_text(system: str) -> str:
    """One line that names them and how to remove them; empty when there are none."""
    found = caches(system)
    if not found:
        return ""
    each = ", ".join(f"{path} ({what})" for path, what in found.items())
    return f"Caches stay: {each}. To remove them: rm -rf {shlex.join(map(str, found))}"


def _unpacked(prefix: Path) -> Path | None:
    """The folder into which PEX files unpack themselves, if this program is one: it runs from CACHE/venvs/…"""
    return next((path.parent for path in prefix.parents if path.name == "venvs"), None)
