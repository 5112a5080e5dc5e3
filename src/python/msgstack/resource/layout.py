"""Where everything lies below one ROOT: paths only, nothing is touched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """The folders of one component below `root` (docs/architecture.md, *On the host*)."""

    root: Path
    component: str
    instance: str = "default"

    @property
    def store(self) -> Path:
        return self.root / "store"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets" / self.component

    @property
    def bin(self) -> Path:
        return self.root / "bin"

    @property
    def home(self) -> Path:
        """The component's own folder."""
        return self.root / self.component

    @property
    def generations(self) -> Path:
        return self.home / "generations"

    @property
    def current(self) -> Path:
        return self.home / "current"

    @property
    def staging(self) -> Path:
        """The generation being written: it has no number and no reader until the switch."""
        return self.generations / ".staging"

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def lock(self) -> Path:
        return self.root / ".lock"
