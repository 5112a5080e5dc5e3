"""Specs and facts to render and to run, alike for all tests of services."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from msgstack.resource.facts import Facts
from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode
from msgstack.service.spec import Ready
from msgstack.service.spec import ServiceSpec
from msgstack.service.spec import Supervision

MIB = 2**20


def facts(manager: Manager, mode: Mode = Mode.USER, home: Path = Path("/home/ada"), root: Path | None = None) -> Facts:
    """A host with that manager."""
    macos = manager is Manager.LAUNCHD
    return Facts(
        system="macos" if macos else "linux",
        machine="arm64" if macos else "x86_64",
        mode=mode,
        manager=manager,
        managers=(manager,),
        user="root" if mode is Mode.SYSTEM else "ada",
        service_user="msgstack" if mode is Mode.SYSTEM else None,
        home=home,
        root=root or default_root(mode, home),
        memory=8 * 1024 * MIB,
        disk_free=100 * 1024 * MIB,
        cores=4,
        python=Path("/usr/bin/python3.11"),
        python_version=(3, 11),
        config_home=home / ".config",
    )


def default_root(mode: Mode, home: Path) -> Path:
    return Path("/opt/msgstack") if mode is Mode.SYSTEM else home / ".local" / "share" / "msgstack"


def spec(host: Facts, instance: str = "default") -> ServiceSpec:
    """A server like NATS, below the host's root."""
    home = host.root / "nats"
    made = ServiceSpec(
        root=host.root,
        component="nats",
        instance=instance,
        mode=host.mode,
        description="NATS server with JetStream",
        command=(str(home / "current" / "service" / "run"),),
        working_directory=home / "data",
        user=host.service_user,
        ready=Ready(url="http://127.0.0.1:8222/healthz"),
        started=home / "run" / "started",
        lock=home / "data" / ".lock",
        memory_max=500_000_000,
        open_files=65_536,
        stop_seconds=20,
        writable=(home / "data", home / "log", home / "run"),
        log=home / "log" / "service.log",
        log_max=2 * MIB,
        documentation="https://docs.nats.io",
    )
    if host.manager is not Manager.SUPERVISORD:
        return made
    site = home / "current" / "supervisor" / "site"
    return replace(made, supervision=Supervision(folder=host.root / "supervisor", python=host.python, site=site))
