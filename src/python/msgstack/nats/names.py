"""The names under which a stack's NATS is known, said once."""

from __future__ import annotations

from typing import Final

from msgstack.service.spec import service_name

COMPONENT: Final = "nats"
APP_ACCOUNT: Final = "APP"  # applications, with JetStream
SYSTEM_ACCOUNT: Final = "SYS"  # the server's own events and questions about it; JetStream is not allowed on it
APP_USER: Final = "app"
SYSTEM_USER: Final = "sys"
LOOPBACK: Final = "127.0.0.1"
CONFIGURATION: Final = "conf/nats-server.conf"  # in a generation
SERVER: Final = "home/bin/nats-server"
CLI: Final = "cli/bin/nats"
START: Final = "service/run"
MEMORY_STREAMS: Final = "conf/memory-streams.json"
MEMORY_STREAMS_PROGRAM: Final = "service/memory_streams.py"
STORE: Final = "jetstream"  # what the server makes below its store_dir


def server_name(instance: str) -> str:
    """The stable `server_name`: it is part of what the store on disk refers to, so it never follows a host's name."""
    return service_name(COMPONENT, instance)


def app_context(instance: str) -> str:
    """Context of the `nats` CLI for applications. No instance has a dot in its name, so none can collide."""
    return "msgstack" if instance == "default" else f"msgstack-{instance}"


def system_context(instance: str) -> str:
    """Context for the system account, which `nats server …` needs."""
    return f"{app_context(instance)}.sys"


def client_url(host: str, port: int) -> str:
    """Where clients on this host connect."""
    reachable = client_host(host)
    return f"nats://[{reachable}]:{port}" if ":" in reachable else f"nats://{reachable}:{port}"


def client_host(host: str) -> str:
    """What clients on this host connect to: a server on all addresses is asked on loopback."""
    return {"0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)


def monitor_url(port: int, path: str = "") -> str:
    """The monitoring server, always on loopback."""
    return f"http://{LOOPBACK}:{port}{path}"
