"""The repository as a tree of files, in a checkout and in a test's sandbox alike."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[3]
CODE = ("src", "tests", "scripts", "bench", "build-support")
# What a build needs, and nothing that a build, a test or an editor leaves behind.
TOPS = (".ci", "3rdparty", "bench", "build-support", "configs", "docs", "scripts", "src", "tests")


def python_files(*tops: str) -> tuple[Path, ...]:
    """Every Python file under these folders of the repository, scripts without a suffix included."""
    found = sorted(file for top in tops for file in (ROOT / top).rglob("*") if file.is_file() and _is_python(file))
    assert found, f"no Python file under {tops} in {ROOT}: the test lacks its dependency on //:tree"
    return tuple(found)


def _is_python(file: Path) -> bool:
    if file.suffix:
        return file.suffix == ".py"
    return file.read_bytes()[:80].partition(b"\n")[0].endswith(b"python3")


def module(file: Path) -> str:
    """The dotted name of a file under `src/python`."""
    parts = file.relative_to(ROOT / "src" / "python").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def copy(target: Path) -> None:
    """A clone of the repository's files as they are now, as a builder elsewhere would have it."""
    leave = shutil.ignore_patterns("__pycache__", "*.pyc", ".*_cache", ".hypothesis")
    target.mkdir(parents=True)
    for top in TOPS:
        shutil.copytree(ROOT / top, target / top, ignore=leave, symlinks=True)
    for file in (*ROOT.glob("*.toml"), ROOT / "BUILD", ROOT / "pants", ROOT / ".gitignore"):
        shutil.copy2(file, target / file.name)
    (target / ".tools").mkdir()
    for made in ("ship.lock", "tools.lock", "pex-tool"):
        shutil.copy2(ROOT / ".tools" / made, target / ".tools" / made)
