"""Pants inside a test: on a copy of the repository, with its own work directory and results, without a daemon."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from build import tree


def launcher() -> str:
    """The Pants that ./pants runs; it tells us by `MSGSTACK_LAUNCHER`."""
    told = os.environ.get("MSGSTACK_LAUNCHER") or str(tree.ROOT / ".tools" / "bin" / "pants")
    found = told if Path(told).exists() else shutil.which("pants")
    if not found:
        raise FileNotFoundError("no Pants to test with: run the tests by ./pants, or ./pants once")
    return found


def builder() -> Path:
    """The real file of the Python that runs this test, which is the one that builds."""
    return Path(os.path.realpath(sys.executable))


@dataclass(frozen=True)
class Checkout:
    """A copy of the repository and what differs between one builder's machine and another's."""

    root: Path
    umask: int = 0o022
    environment: Mapping[str, str] | None = None
    interpreters: tuple[Path, ...] = ()  # beside the one that builds
    own_downloads: bool = False  # else the user's, as a second build on one machine would

    def prepare(self) -> None:
        tree.copy(self.root)
        pythons = self.root / ".tools" / "bin"
        pythons.mkdir()
        (pythons / "python3.11").symlink_to(builder())
        (pythons / "python3").symlink_to("python3.11")
        for other in self.interpreters:
            (pythons / other.name).symlink_to(other)

    def pants(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run goals here. Nothing comes from an earlier run's results; the output is in the answer."""
        done = subprocess.run(
            [launcher(), *self._apart(), *arguments],
            cwd=self.root,
            env=self._environment(),
            umask=self.umask,
            text=True,
            capture_output=True,
            check=False,
        )
        return done

    def _apart(self) -> Sequence[str]:
        apart = ["--no-pantsd", "--no-dynamic-ui", f"--local-store-dir={self.root}/.store", "--no-watch-filesystem"]
        return [*apart, f"--named-caches-dir={self.root}/.downloads"] if self.own_downloads else apart

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PEX", "PYTEST", "PYTHON"))}
        return {**kept, **(self.environment or {})}
