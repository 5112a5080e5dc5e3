"""A ROOT with a small server in its current generation, for the drivers of services to run."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from pathlib import Path

from msgstack.host.service.driver import ServiceDriver
from msgstack.host.service.driver import record
from msgstack.resource.event import Event
from msgstack.resource.facts import Facts
from msgstack.resource.facts import Manager
from msgstack.resource.kinds import Service
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from msgstack.service.definition import generation_files
from msgstack.service.definition import service
from msgstack.service.launchd import early_log
from msgstack.service.spec import Ready
from msgstack.service.spec import ServiceSpec
from msgstack.service.start import Start
from msgstack.service.start import start_script
from msgstack.service.wall import for_one_life
from services import server
from services.specs import facts
from services.specs import spec


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Install:
    """One component below `root`, its server listening on `port`."""

    root: Path
    manager: Manager = Manager.SUPERVISORD
    component: str = "nats"
    said: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.port = free_port()
        home = Path(os.environ.get("HOME", "/")) if self.manager is Manager.SYSTEMD else self.root.parent
        self.facts: Facts = replace(facts(self.manager, home=home, root=self.root), python=Path(sys.executable))
        self.driver = ServiceDriver(self.facts)

    @property
    def home(self) -> Path:
        return self.root / self.component

    def spec(self, **changes: object) -> ServiceSpec:
        """The spec of its service; folders are made."""
        made = spec(self.facts)
        moved = {
            "component": self.component,
            "command": (str(self.home / "current/service/run"),),
            "working_directory": self.home / "data",
            "started": self.home / "run/started",
            "lock": self.home / "data/.lock",
            "writable": tuple(self.home / name for name in ("data", "log", "run")),
            "log": self.home / "log/service.log",
            "ready": Ready(url=f"http://127.0.0.1:{self.port}/healthz", seconds=20),
            "stop_seconds": 5,
            "restart_most": 1,
        }
        made = replace(made, **{**moved, **changes})  # type: ignore[arg-type]
        for folder in made.writable:
            folder.mkdir(parents=True, exist_ok=True)
        return made

    def want(self, revision: str = "r1", **changes: object) -> Service:
        """The service, with its generation on disk."""
        made = self.spec(**changes)
        folder = self.home / "current"
        (folder / "service").mkdir(parents=True, exist_ok=True)
        start = Start((sys.executable, "-S", "-I", server.__file__, str(self.port)))
        if self.manager is Manager.LAUNCHD:
            start = replace(start, beside=(for_one_life(made, self.facts.python),), early_log=early_log(made.log))
        self._put("service/run", start_script(made, start, revision), 0o755)
        for file in generation_files(made, self.facts):
            self._put(file.path, file.content, file.mode)
        if self.manager is Manager.SUPERVISORD:
            self._environment(folder / "supervisor" / "site")
        return service(made, self.facts, revision)

    def _put(self, path: str, text: str, mode: int) -> None:
        target = self.home / "current" / path
        target.write_text(text)
        target.chmod(mode)

    def _environment(self, site: Path) -> None:
        import supervisor  # type: ignore[import-untyped]

        site.mkdir(parents=True, exist_ok=True)
        if not (site / "supervisor").exists():
            (site / "supervisor").symlink_to(Path(supervisor.__file__).parent)

    def apply(self, want: Service) -> tuple[str, ...]:
        """Observe, and change what differs, as the engine does. The reasons; none when nothing was changed."""
        seen = self.driver.observe(want)
        reasons: tuple[str, ...] = ("absent",) if isinstance(seen, Absent) else ()
        if isinstance(seen, Present):
            reasons = want.differences(seen.resource)
        if reasons:
            self.driver.change(Change(Action.UPDATE, want, seen, reasons), self.said.append)
        return reasons

    def remove(self, want: Service) -> None:
        self.driver.change(Change(Action.DELETE, want, self.driver.observe(want)), self.said.append)

    def pid(self, want: Service) -> int:
        """The process that the record names."""
        started = record(want)
        assert started is not None, "nothing was started"
        return started.pid

    def temper(self, word: str) -> None:
        (self.home / "data/temper").write_text(word)


def until(holds: Callable[[], object], what: str, seconds: float = 15) -> None:
    """Wait until it holds; an assertion that says `what` did not happen."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
