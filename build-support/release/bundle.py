"""One component's release directory: made whole, then renamed into place; checked file by file."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path

from release import inside
from release import provenance
from release import sbom
from release import signature

# Component → its programs. Those that do nothing yet aren't here.
COMPONENTS: Mapping[str, tuple[str, ...]] = {"nats": ("nats-setup",), "verify": ("verify",)}
PINS = ("3rdparty/python/*.lock", "3rdparty/artifacts/**/*.toml", "3rdparty/artifacts/**/go.sum", "pants.toml")
SUMS = "SHA256SUMS"
# A signature has bytes that it doesn't cover itself (a hint at the key): none may change unnoticed.
SEAL = f"{SUMS}.sig.sha256"
STATEMENT = "provenance.intoto.json"


class TamperedError(Exception):
    """A file of a release is not what the release says."""


class NotReadyError(Exception):
    """There is nothing to release, or it would not say where it comes from."""


def source(root: Path) -> provenance.Source:
    """The commit and what it pins; NotReadyError if the checkout differs from its commit."""
    if _git(root, "status", "--porcelain"):
        raise NotReadyError("the checkout differs from its commit: commit first, a release names its source")
    files = sorted(file for pattern in PINS for file in root.glob(pattern))
    pins = {str(file.relative_to(root)): inside.sha256(file) for file in files}
    return provenance.Source(_git(root, "rev-parse", "HEAD"), pins)


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotReadyError(f"git: {done.stderr.strip()}")
    return done.stdout.strip()


def version(root: Path) -> str:
    """The one version, read and not imported: the tree that is released may not be the one that runs."""
    scope: dict[str, str] = {}
    exec((root / "src" / "python" / "msgstack" / "version.py").read_text(), scope)
    return scope["VERSION"]


def make(name: str, root: Path, programs: Path, out: Path, origin: provenance.Source, key: str | None) -> Path:
    """Write the component's release to `out`, replacing what was there only when all of it is made."""
    draft = out.with_name(f".{out.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    lock = (root / "3rdparty" / "python" / "ship.lock").read_text()
    for program in COMPONENTS[name]:
        _add(programs / f"{program}.pex", draft, root, lock)
    subjects = digests(draft)
    (draft / STATEMENT).write_text(provenance.statement(name, version(root), origin, subjects))
    (draft / SUMS).write_text(listing(digests(draft)))
    if key:
        made = signature.sign(draft / SUMS, key)
        (draft / SEAL).write_text(listing({made.name: inside.sha256(made)}))
    shutil.rmtree(out, ignore_errors=True)
    draft.rename(out)
    return out


def license_of(root: Path) -> str:
    """The license of what is released: an SPDX expression."""
    return str(tomllib.loads((root / "pyproject.toml").read_text())["project"]["license"])


def _add(program: Path, draft: Path, root: Path, lock: str) -> None:
    if not program.exists():
        raise NotReadyError(f"{program} is not there: build it first")
    shutil.copy2(program, draft / program.name)
    parts = inside.distributions(program, lock)
    whole = inside.Distribution(program.stem, version(root), (inside.sha256(program),), license_of(root))
    text = sbom.document(whole, parts)
    (draft / f"{program.stem}.cdx.json").write_text(text)


def digests(folder: Path) -> dict[str, str]:
    """File name → sha256, of all that the sums are to list."""
    return {file.name: inside.sha256(file) for file in folder.iterdir() if not file.name.startswith(SUMS)}


def verify(folder: Path, signer: str | None, key_file: Path | None) -> int:
    """Check a release directory and say how many files it has; TamperedError or SignatureError otherwise.

    The signature comes first: without it, sums and files could have been changed together.
    """
    if not (folder / SUMS).is_file():
        raise TamperedError(f"{folder} has no {SUMS}")
    if signer and key_file:
        _verify_signature(folder, signer, key_file)
    listed = _listed(folder / SUMS)
    found = digests(folder)
    for name in sorted({*listed, *found}):
        if listed.get(name) != found.get(name):
            why = "is missing" if name not in found else "is not listed" if name not in listed else "has changed"
            raise TamperedError(f"{folder / name} {why}")
    _verify_statement(folder, found)
    return len(listed)


def _verify_signature(folder: Path, signer: str, key_file: Path) -> None:
    detached = folder / f"{SUMS}.sig"
    if not detached.is_file() or not (folder / SEAL).is_file():
        raise TamperedError(f"{folder} is not signed")
    if _listed(folder / SEAL) != {detached.name: inside.sha256(detached)}:
        raise TamperedError(f"{detached} or {SEAL} has changed")
    signature.verify(folder / SUMS, detached, signer, key_file)


def listing(found: Mapping[str, str]) -> str:
    """The text that `sha256sum --check` reads."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(found.items()))


def _listed(sums: Path) -> dict[str, str]:
    """File name → sha256, as the sums say; TamperedError if it is not byte for byte what we write."""
    text = sums.read_bytes().decode(errors="replace")
    lines = [line.split("  ", 1) for line in text.split("\n") if line]
    found = {line[-1]: line[0] for line in lines}
    if not found or listing(found) != text:
        raise TamperedError(f"{sums} has changed")
    return found


def _verify_statement(folder: Path, found: Mapping[str, str]) -> None:
    try:
        told = provenance.subjects((folder / STATEMENT).read_text())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TamperedError(f"{folder / STATEMENT}: {error}") from error
    about = {name: digest for name, digest in found.items() if name != STATEMENT}
    if told != about:
        raise TamperedError(f"{folder / STATEMENT} is about other files")
