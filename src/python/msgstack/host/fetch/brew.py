"""Homebrew: it installs, we copy what it installed, so that its upgrades change nothing that runs.

Its bytes have no pin of ours; it checks its bottles itself. What is proved is what the program says and can do.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL
from subprocess import PIPE
from subprocess import CompletedProcess
from subprocess import Popen
from subprocess import TimeoutExpired
from typing import Final

from msgstack.catalogue.manifest import Provenance
from msgstack.catalogue.model import Brew
from msgstack.catalogue.model import Candidate
from msgstack.errors import UnreachableError
from msgstack.errors import VerificationError
from msgstack.host.fetch.door import Workshop
from msgstack.host.wait import output
from msgstack.resource.event import Note
from msgstack.resource.event import Say

QUIET: Final = {"HOMEBREW_NO_AUTO_UPDATE": "1", "HOMEBREW_NO_ENV_HINTS": "1", "HOMEBREW_NO_ANALYTICS": "1"}
INSTALL_SECONDS: Final = 1800
ASK_SECONDS: Final = 60
TIDY_SECONDS: Final = 10  # for brew to take back what it has half installed


@dataclass(frozen=True)
class Homebrew:
    """`program` is the host's brew, None where there is none."""

    program: Path | None

    def make(self, candidate: Candidate, shop: Workshop, say: Say) -> Provenance:
        recipe = candidate.recipe
        assert isinstance(recipe, Brew)
        program = self._program()
        if not _installed(program, recipe, say):
            say(Note(f"brew install {recipe.formula}"))
            _run([str(program), "install", recipe.formula], INSTALL_SECONDS, say)
        prefix = Path(_run([str(program), "--prefix", recipe.formula], ASK_SECONDS, say).strip())
        _copy(prefix / "bin", shop.tree, recipe)
        version = _version(shop.tree, recipe, say)
        _check_version(version, recipe)
        _check_capabilities(shop.tree, recipe, say)
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


def _installed(program: Path, recipe: Brew, say: Say) -> bool:
    """`brew list --versions` exits 1 for what is not installed."""
    result = _result([str(program), "list", "--versions", recipe.formula], ASK_SECONDS, os.environ, say)
    return result.returncode == 0 and bool(result.stdout.strip())


def _copy(source: Path, tree: Path, recipe: Brew) -> None:
    for name, target in recipe.binaries:
        if not (source / name).is_file():
            raise UnreachableError(f"Homebrew's {recipe.formula} has no {name}", f"{source / name} is not there")
        (tree / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, tree / target)
        (tree / target).chmod(0o755)


def _version(tree: Path, recipe: Brew, say: Say) -> str:
    text = _ask(tree, recipe, recipe.version.command, say)
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


def _check_capabilities(tree: Path, recipe: Brew, say: Say) -> None:
    for capability in recipe.capabilities:
        text = _ask(tree, recipe, capability.command, say)
        missing = [word for word in capability.shows if word not in text]
        if missing:
            raise _wrong(recipe, f"{' '.join(capability.command)} does not show {', '.join(missing)}")


def _proved(recipe: Brew) -> tuple[str, ...]:
    return tuple(f"{' '.join(one.command)} shows {', '.join(one.shows)}" for one in recipe.capabilities)


def _ask(tree: Path, recipe: Brew, command: Sequence[str], say: Say) -> str:
    """What a program of the tree prints, on either stream. It gets no environment: nothing of it is trusted yet."""
    try:
        result = _result([str(tree / command[0]), *command[1:]], ASK_SECONDS, {"PATH": "/usr/bin:/bin"}, say)
    except UnreachableError as error:
        raise _wrong(recipe, str(error)) from error
    if result.returncode != 0:
        raise _wrong(recipe, f"{' '.join(command)} exits {result.returncode}")
    return result.stdout + result.stderr


def _wrong(recipe: Brew, why: str) -> VerificationError:
    fix = "leave brew out of sources.order, or repair the formula"
    return VerificationError(f"Homebrew's {recipe.formula} is not the program that is wanted", why, fix)


def _run(command: Sequence[str], seconds: int, say: Say) -> str:
    """Raises UnreachableError with brew's own last words."""
    result = _result(command, seconds, {**os.environ, **QUIET}, say)
    if result.returncode != 0:
        words = " / ".join(result.stderr.strip().splitlines()[-3:])
        raise UnreachableError(f"{' '.join(command)} failed", words or f"exit {result.returncode}")
    return result.stdout


def _result(command: Sequence[str], seconds: int, environ: Mapping[str, str], say: Say) -> CompletedProcess[str]:
    """Run a program to its end. While it goes on, that is told."""
    what = " ".join((Path(command[0]).name, *command[1:]))
    try:
        with _running(command, environ) as process:
            return CompletedProcess(command, *_ended(process, what, seconds, say))
    except TimeoutExpired as error:
        raise UnreachableError(f"{' '.join(command)} hangs", f"no end within {seconds} s") from error
    except OSError as error:
        raise UnreachableError(f"{command[0]} can't be run", error.strerror or str(error)) from error


def _ended(process: Popen[str], what: str, seconds: int, say: Say) -> tuple[int, str, str]:
    out, err = output(process, what, seconds, say)
    return process.returncode, out, err


@contextmanager
def _running(command: Sequence[str], environ: Mapping[str, str]) -> Iterator[Popen[str]]:
    """A process group of its own, which does not outlive this block: asked to end first, as brew then tidies up."""
    process = Popen(
        command,
        env={**environ},
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        yield process
    finally:
        for sign, patience in ((signal.SIGINT, TIDY_SECONDS), (signal.SIGKILL, None)):
            if process.poll() is None:
                with suppress(TimeoutExpired, ProcessLookupError, PermissionError):  # it may end just now
                    os.killpg(process.pid, sign)
                    process.communicate(timeout=patience)
