"""A real NATS server as an apply would leave it: rendered, in a generation, started by its own start script.

What the engine and the service manager do is done here in a few lines, so that what is tested is NATS alone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import live_cache
from msgstack import data
from msgstack.catalogue.load import load
from msgstack.catalogue.model import Catalogue
from msgstack.host.fetch.doors import Settings
from msgstack.host.fetch.doors import doors
from msgstack.host.store import Store
from msgstack.nats.live import drivers
from msgstack.nats.live.monitor import Monitor
from msgstack.nats.live.monitor import NoAnswer
from msgstack.nats.resources import resources
from msgstack.nats.spec import Nats
from msgstack.resource.driver import Drivers
from msgstack.resource.event import Event
from msgstack.resource.facts import Facts
from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode
from msgstack.resource.kinds import GenerationFile
from msgstack.resource.kinds import Secret
from msgstack.resource.kinds import Tree
from msgstack.resource.layout import Layout
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Phase
from msgstack.resource.model import Present
from msgstack.resource.model import Resource
from msgstack.spec.stack import Stack

OLDEST = "2.10.26"
NEWEST = "2.15.1"
PLATFORM = "linux-x86_64" if os.uname().machine == "x86_64" else "linux-aarch64"
SECONDS = 20.0


def catalogue() -> Catalogue:
    return load([(name, data.text(name)) for name in data.names("3rdparty/artifacts", ".toml")])


def facts(folder: Path, **changes: Any) -> Facts:
    """A Linux host in user mode, all of it below `folder`."""
    host = Facts(
        system="linux",
        machine=PLATFORM.removeprefix("linux-"),
        mode=Mode.USER,
        manager=Manager.SYSTEMD,
        managers=(Manager.SYSTEMD, Manager.SUPERVISORD),
        user="someone",
        service_user=None,
        home=folder / "home",
        root=folder / "msgstack",
        memory=8 * 2**30,
        disk_free=100 * 2**30,
        cores=2,
        python=Path("/usr/bin/python3"),
        python_version=(3, 11),
        config_home=folder / "home" / ".config",
    )
    return replace(host, **changes)


def install(store: Path, version: str) -> Path:
    """The tree of that server version, from the package index or the shared cache."""
    settings = Settings(live_cache.root(), PLATFORM, data.path("3rdparty/artifacts/go"))
    stack = Stack(nats=Nats(version=version))
    wants = resources(stack, catalogue(), facts(store), Layout(store, "nats"))
    tree = next(want for want in wants if isinstance(want, Tree) and want.name == "nats-server")
    driver = Store(store, doors(settings))
    if not isinstance(driver.observe(tree), Present):
        driver.change(Change(Action.CREATE, tree, Absent()), ignore)
    return next(path for candidate in tree.candidates if (path := store / candidate.id).exists())


def ignore(_event: Event) -> None:
    """Nobody watches."""


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(one.getsockname()[1]) for one in sockets]


@dataclass
class Place:
    """One stack's NATS below `folder`, with the server of `tree`."""

    folder: Path
    tree: Path
    stack: Stack
    number: int = 0
    process: subprocess.Popen[bytes] | None = None

    @cached_property
    def facts(self) -> Facts:
        return facts(self.folder)

    @property
    def layout(self) -> Layout:
        return Layout(self.facts.root, "nats", self.stack.instance)

    @property
    def nats(self) -> Nats:
        return self.stack.nats

    @property
    def wants(self) -> tuple[Resource, ...]:
        return resources(self.stack, catalogue(), self.facts, self.layout)

    def drivers(self) -> Drivers:
        return drivers(self.layout, self.nats)

    def want(self, nats: Nats) -> None:
        """Another stack file from now on, with the ports as they are."""
        self.stack = replace(self.stack, nats=with_ports(nats, self.nats.port, self.nats.monitor_port))

    def stage(self) -> None:
        """All that lies outside of generations, and the files and links of the next one in `.staging`."""
        for name in ("data", "log", "run", "secrets", "staging"):
            getattr(self.layout, name).mkdir(parents=True, exist_ok=True)
        for want in self.wants:
            if isinstance(want, Secret) and not want.path.exists():
                want.path.write_text(want.template.format(secret="p-" + os.urandom(12).hex()))
            if isinstance(want, GenerationFile):
                path = self.layout.staging / want.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(want.content)
                path.chmod(want.mode)
        for name, target in (("home", self.tree), ("secrets", self.layout.secrets)):
            link = self.layout.staging / name
            link.unlink(missing_ok=True)
            link.symlink_to(target)

    def switch(self) -> None:
        """`.staging` becomes the current generation."""
        self.number += 1
        self.layout.staging.rename(self.layout.generations / str(self.number))
        self.layout.current.unlink(missing_ok=True)
        self.layout.current.symlink_to(f"generations/{self.number}")

    def start(self) -> None:
        """Run the current start script, and wait until the server is healthy."""
        self.process = self.run()
        until = time.monotonic() + SECONDS
        while not self.healthy():
            if self.process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"the server did not start:\n{self.words()}")
            time.sleep(0.02)

    def run(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen((str(self.layout.current / "service/run"),), start_new_session=True)

    def healthy(self) -> bool:
        try:
            return Monitor(self.nats.monitor_port).status("/healthz") == 200
        except NoAnswer:
            return False

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """End it by a signal; its exit code."""
        if self.process is None or self.process.poll() is not None:
            return 0
        self.process.send_signal(by)
        return self.process.wait(SECONDS)

    def restart(self) -> None:
        """What an apply does for a change of configuration."""
        self.stop()
        self.stage()
        self.switch()
        self.start()

    def words(self) -> str:
        """What the server said."""
        return "\n".join(path.read_text() for path in sorted(self.layout.log.glob("*.log")))

    def apply(self) -> list[str]:
        """Bring about what is wanted inside the server; the keys that were changed."""
        made, by = [], self.drivers()
        for want in self.wants:
            if want.phase is Phase.LIVE and (change := self.change(want, by)):
                by[type(want)].change(change, ignore)
                made.append(want.key)
        return made

    def seen(self) -> dict[str, Resource]:
        """What of all that is wanted the server holds, as it is."""
        by = self.drivers()
        looked = {want.key: by[type(want)].observe(want) for want in self.wants if want.phase is Phase.LIVE}
        return {key: seen.resource for key, seen in looked.items() if isinstance(seen, Present)}

    def children(self) -> list[str]:
        """Processes below the server, by id."""
        assert self.process is not None
        return Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()

    def change(self, want: Resource, by: Drivers) -> Change[Any] | None:
        seen = by[type(want)].observe(want)
        if isinstance(seen, Present):
            assert want.refusal(seen.resource) is None
            reasons = want.differences(seen.resource)
            return Change(Action.UPDATE, want, seen, reasons) if reasons else None
        assert isinstance(seen, Absent), seen
        return Change(Action.CREATE, want, seen)


def wait(until: Callable[[], bool]) -> None:
    """Wait for something that happens by itself."""
    end = time.monotonic() + SECONDS
    while not until():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def with_ports(nats: Nats, port: int, monitor_port: int) -> Nats:
    return replace(nats, port=port, monitor_port=monitor_port)


@contextlib.contextmanager
def place(folder: Path, tree: Path, nats: Nats) -> Iterator[Place]:
    """A stack that is staged, switched to and running; stopped at the end."""
    port, monitor_port = free_ports(2)
    one = Place(folder, tree, Stack(nats=with_ports(nats, port, monitor_port)))
    try:
        one.stage()
        one.switch()
        one.start()
        yield one
    finally:
        one.stop(signal.SIGKILL)
