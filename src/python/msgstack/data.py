"""The data files that are part of the program: templates, stacks, and the catalogue's tables.

They are real files in a checkout, in a test's sandbox and in an unpacked PEX alike: `configs/` and
`3rdparty/artifacts/` lie beside the packages, wherever those are.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import ModuleType


@cache
def _top(folder: str) -> Path:
    """The directory that holds this top folder (a namespace package: it may lie in a tree of its own)."""
    from importlib.util import find_spec

    spec = find_spec(folder)
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise FileNotFoundError(f"the program's own data folder {folder!r} is missing: the program was not built whole")
    return Path(places[0])


def path(name: str) -> Path:
    """Where a data file or folder lies, by its path in the repository, e.g. `configs/nats/server.conf.j2`."""
    top, _, rest = name.partition("/")
    return _top(top) / rest


def text(name: str) -> str:
    """A data file's text (UTF-8), by its path in the repository."""
    return path(name).read_text(encoding="utf-8")


def names(folder: str, suffix: str = "") -> tuple[str, ...]:
    """The files under a data folder that end so, as paths in the repository, sorted: the same on every machine."""
    top = path(folder)
    found = (file.relative_to(top).as_posix() for file in top.rglob("*") if file.is_file())
    return tuple(sorted(f"{folder}/{name}" for name in found if name.endswith(suffix)))


def program(module: ModuleType) -> str:
    """The text of one of our own single-file programs (`msgstack.helper`), to be placed beside what it serves."""
    return Path(str(module.__file__)).read_text(encoding="utf-8")
