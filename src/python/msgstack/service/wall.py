"""The hard wall around a service's memory where the manager has none: `helper/memory_wall.py`, in the generation."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from msgstack import data
from msgstack.helper import memory_wall
from msgstack.service.spec import ServiceSpec

WALL: Final = "memory_wall.py"  # beside the start script


def wall_program() -> str:
    """Its text: one file that any Python runs."""
    return data.program(memory_wall)


def under_supervisor(spec: ServiceSpec, python: Path, pid_file: Path) -> tuple[str, ...]:
    """The command of a supervisor that writes its process id there: for as long as the supervisor lives."""
    return _command(spec, python, pid_file)


def for_one_life(spec: ServiceSpec, python: Path) -> tuple[str, ...]:
    """The command for the start script: for as long as this server lives."""
    return _command(spec, python)


def _command(spec: ServiceSpec, python: Path, *before: Path) -> tuple[str, ...]:
    script = Path(spec.command[0]).with_name(WALL)
    return tuple(str(word) for word in (python, "-I", script, *before, spec.started, spec.memory_max))
