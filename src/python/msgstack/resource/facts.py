"""Facts: what was read of the host, once, before anything is decided. Pure; `host/facts.py` reads them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Mode(StrEnum):
    """Whose services they are: the user's own, without root, or the machine's."""

    USER = "user"
    SYSTEM = "system"


class Manager(StrEnum):
    """What starts a service and keeps it running."""

    SYSTEMD = "systemd"
    LAUNCHD = "launchd"
    SUPERVISORD = "supervisord"


@dataclass(frozen=True)
class Facts:
    """One host as this run sees it. Sizes in bytes."""

    system: str  # "linux" or "macos"
    machine: str  # "x86_64"; "aarch64" on Linux, "arm64" on macOS
    mode: Mode
    manager: Manager
    managers: tuple[Manager, ...]  # those that work here in this mode; supervisord always does
    user: str
    service_user: str | None  # whom the services run as in system mode; None in user mode
    home: Path
    root: Path
    memory: int
    disk_free: int  # of the file system that holds root
    cores: int
    python: Path  # a Python outside of any PEX, for environments in the store
    python_version: tuple[int, int]
    config_home: Path  # XDG_CONFIG_HOME or what stands for it
    brew: Path | None = None
    temporary: tuple[Path, ...] = ()  # folders that the host empties by itself

    @property
    def platform(self) -> str:
        """The catalogue's name: linux-x86_64, linux-aarch64, macos-x86_64, macos-arm64."""
        return f"{self.system}-{self.machine}"
