"""What a long-running program needs, said once; systemd, launchd and supervisord are rendered from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from msgstack.resource.facts import Mode


@dataclass(frozen=True, kw_only=True)
class Ready:
    """How to tell that it serves: `url` answers 200 within `seconds`."""

    url: str
    seconds: int = 30


@dataclass(frozen=True, kw_only=True)
class Supervision:
    """The embedded supervisor: one for each ROOT, shared by its components."""

    folder: Path  # ROOT/supervisor: its configuration, which belongs to whoever installs
    python: Path  # a Python outside of any PEX
    site: Path  # where the package `supervisor` lies, through the current generation

    @property
    def run(self) -> Path:
        """Its socket, process id and log. It belongs to the services' user, who may write nothing else there: what
        the configuration says is done by root in system mode."""
        return self.folder / "run"


@dataclass(frozen=True, kw_only=True)
class ServiceSpec:
    """One service. Paths absolute, sizes in bytes, times in seconds."""

    root: Path  # whose service it is: another ROOT's is never touched
    component: str
    instance: str
    mode: Mode
    description: str
    command: tuple[str, ...]  # the start script of the current generation
    working_directory: Path
    user: str | None  # None: whoever installs (user mode)
    ready: Ready
    started: Path  # the start script writes here what it runs (`service.start.Started`)
    lock: Path  # held by the process for life: two can't run on one store
    memory_max: int  # the hard wall: the manager kills above it
    open_files: int
    tasks: int = 1024  # threads and processes
    stop_seconds: int
    success_codes: tuple[int, ...] = ()  # exit codes after SIGTERM that are no failure, besides 0
    writable: tuple[Path, ...]  # all that it may write
    log: Path  # what it prints before its own logging works
    log_max: int  # cap of that log, all its parts together
    after: tuple[str, ...] = ()  # names of our own services that start first
    documentation: str = ""
    jit: bool = False  # makes code at run time (a JVM): MemoryDenyWriteExecute would kill it
    restart_first: int = 1  # back-off between restarts grows from this
    restart_most: int = 30  # to this
    supervision: Supervision | None = None  # supervisord only

    @property
    def name(self) -> str:
        """Its name without a suffix: msgstack-nats, or msgstack-INSTANCE-nats."""
        return service_name(self.component, self.instance)

    @property
    def label(self) -> str:
        """Its launchd label: com.ai.nats, or com.ai.INSTANCE.nats."""
        middle = "" if self.instance == "default" else f"{self.instance}."
        return f"com.ai.{middle}{self.component}"


def service_name(component: str, instance: str) -> str:
    """The name by which systemd and supervisord know a component's service."""
    middle = "" if instance == "default" else f"{instance}-"
    return f"msgstack-{middle}{component}"
