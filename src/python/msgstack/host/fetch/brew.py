"""Homebrew: it installs, we copy what it installed, so that its upgrades change nothing that runs.

Its bytes have no pin of ours; it checks its bottles itself. What is proved is what the program says and can do.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgstack.catalogue.manifest import Provenance
from msgstack.catalogue.model import Brew
from msgstack.catalogue.model import Candidate
from msgstack.errors import UnreachableError
from msgstack.errors import VerificationError
from msgstack.host.fetch.door import Workshop
from msgstack.resource.event import Note
from msgstack.resource.event import Say

QUIET: Final = {"HOMEBREW_NO_AUTO_UPDATE": "1", "HOMEBREW_NO_ENV_HINTS": "1", "HOMEBREW_NO_ANALYTICS": "1"}
INSTALL_SECONDS: Final = 1800
ASK_SECONDS: Final = 60


@dataclass(frozen=True)
class Homebrew:
    """`program` is the host's brew, None where there is none."""

    program: Path | None

    def make(self, candidate: Candidate, shop: Workshop, say: Say) -> Provenance:
        recipe = candidate.recipe
        assert isinstance(recipe, Brew)
        program = self._program()
        if not _installed(program, recipe):
            say(Note(f"brew install {recipe.formula}"))
            _run([str(program), "install", recipe.formula], INSTALL_SECONDS)
        prefix = Path(_run([str(program), "--prefix", recipe.formula], ASK_SECONDS).strip())
        _copy(prefix / "bin", shop.tree, recipe)
        version = _version(shop.tree, recipe)
        _check_version(version, recipe)
        _check_capabilities(shop.tree, recipe)
        return Provenance(
            kind=candidate.kind.value,
            version=version,
            source=(f"Homebrew's {recipe.formula}",),
            verified=(f"it says version {version}, which is {recipe.accepts}", *_proved(recipe)),
            not_verified=("its bytes: Homebrew checks its own bottles, and the catalogue has no digest of them",),
        )

    def _program(self) -> Path:
        if self.program is None:
            raise UnreachableError("Homebrew is not on this host", "no brew was found", "install it from brew.sh")
        return self.program


def _installed(program: Path, recipe: Brew) -> bool:
    """`brew list --versions` exits 1 for what is not installed."""
    result = _result([str(program), "list", "--versions", recipe.formula], ASK_SECONDS, os.environ)
    return result.returncode == 0 and bool(result.stdout.strip())


def _copy(source: Path, tree: Path, recipe: Brew) -> None:
    for name, target in recipe.binaries:
        if not (source / name).is_file():
            raise UnreachableError(f"Homebrew's {recipe.formula} has no {name}", f"{source / name} is not there")
        (tree / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, tree / target)
        (tree / target).chmod(0o755)


def _version(tree: Path, recipe: Brew) -> str:
    text = _ask(tree, recipe, recipe.version.command)
    found = re.search(recipe.version.pattern, text)
    if found is None:
        raise _wrong(recipe, f"it does not tell its version: {text.strip()[:80]!r}")
    return found[1]


def _check_version(version: str, recipe: Brew) -> None:
    """Another version is not a lie: Homebrew doesn't have the one that is wanted, and the next source may."""
    from packaging.specifiers import SpecifierSet

    if version not in SpecifierSet(recipe.accepts):
        raise UnreachableError(
            f"Homebrew's {recipe.formula} is {version}",
            f"wanted is {recipe.accepts}",
            f"brew upgrade {recipe.formula}, if it is too old",
        )


def _check_capabilities(tree: Path, recipe: Brew) -> None:
    for capability in recipe.capabilities:
        text = _ask(tree, recipe, capability.command)
        missing = [word for word in capability.shows if word not in text]
        if missing:
            raise _wrong(recipe, f"{' '.join(capability.command)} does not show {', '.join(missing)}")


def _proved(recipe: Brew) -> tuple[str, ...]:
    return tuple(f"{' '.join(one.command)} shows {', '.join(one.shows)}" for one in recipe.capabilities)


def _ask(tree: Path, recipe: Brew, command: Sequence[str]) -> str:
    """What a program of the tree prints, on either stream. It gets no environment: nothing of it is trusted yet."""
    try:
        result = _result([str(tree / command[0]), *command[1:]], ASK_SECONDS, {"PATH": "/usr/bin:/bin"})
    except UnreachableError as error:
        raise _wrong(recipe, str(error)) from error
    if result.returncode != 0:
        raise _wrong(recipe, f"{' '.join(command)} exits {result.returncode}")
    return result.stdout + result.stderr


def _wrong(recipe: Brew, why: str) -> VerificationError:
    fix = "leave brew out of sources.order, or repair the formula"
    return VerificationError(f"Homebrew's {recipe.formula} is not the program that is wanted", why, fix)


def _run(command: Sequence[str], seconds: int) -> str:
    """Raises UnreachableError with brew's own last words."""
    result = _result(command, seconds, {**os.environ, **QUIET})
    if result.returncode != 0:
        words = " / ".join(result.stderr.strip().splitlines()[-3:])
        raise UnreachableError(f"{' '.join(command)} failed", words or f"exit {result.returncode}")
    return result.stdout


def _result(command: Sequence[str], seconds: int, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            env={**environ},
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnreachableError(f"{' '.join(command)} hangs", f"no end within {seconds} s") from error
    except OSError as error:
        raise UnreachableError(f"{command[0]} can't be run", error.strerror or str(error)) from error
