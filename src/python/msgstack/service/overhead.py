"""What keeping services running takes beside them: part of the stack's budget, for all components together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msgstack.resource.facts import Manager

SUPERVISOR: Final = 48 * 2**20  # it and its libraries: 19 MB measured on Linux x86_64 with CPython 3.11
WALL: Final = 16 * 2**20  # a Python with nothing but the standard library: 11 MB measured there
SUPERVISOR_LOG: Final = 3 * 2**20  # three parts: configs/service/supervisord.conf.j2
EARLY_LOG: Final = 2**20  # two parts: configs/service/run.sh.j2


@dataclass(frozen=True)
class Overhead:
    """Bytes at most."""

    memory: int
    disk: int


def overhead(manager: Manager) -> Overhead:
    """systemd and launchd are the host's own; the embedded supervisor and the memory wall are the stack's."""
    if manager is Manager.SUPERVISORD:
        return Overhead(SUPERVISOR + WALL, SUPERVISOR_LOG)
    if manager is Manager.LAUNCHD:
        return Overhead(WALL, EARLY_LOG)
    return Overhead(0, 0)
