"""NATS as a component: where its functions are, and what the reports say of it.

`status` needs little of it: what only a plan needs is imported by what makes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

from msgstack.cli.component import Answer
from msgstack.cli.component import Component
from msgstack.cli.component import Words
from msgstack.cli.terminal import human_bytes
from msgstack.nats import names
from msgstack.nats import render
from msgstack.nats.spec import Authentication
from msgstack.resource.layout import Layout
from msgstack.spec.stack import Stack

if TYPE_CHECKING:
    from msgstack.catalogue.model import Catalogue
    from msgstack.catalogue.model import TreeWant
    from msgstack.resource.driver import Drivers
    from msgstack.resource.facts import Facts
    from msgstack.resource.model import Resource


def resources(stack: Stack, catalogue: Catalogue, facts: Facts, layout: Layout) -> tuple[Resource, ...]:
    """All that the stack asks for of NATS."""
    from msgstack.nats.resources import resources

    return resources(stack, catalogue, facts, layout)


def drivers(layout: Layout, stack: Stack) -> Drivers:
    """Drivers of streams, consumers, buckets, contexts and the trial start."""
    from msgstack.nats import live

    return live.drivers(layout, stack.nats)


def ports(stack: Stack) -> Mapping[str, int]:
    if not stack.nats.enabled:
        return {}
    return {"nats.port": stack.nats.port, "nats.monitor_port": stack.nats.monitor_port}


def trees(stack: Stack, catalogue: Catalogue, platform: str) -> tuple[TreeWant, ...]:
    """Server, command line and embedded supervisor: whatever service manager the host will turn out to have."""
    from msgstack.catalogue.choose import Policy
    from msgstack.catalogue.choose import choose
    from msgstack.nats.resources import CLI_TREE
    from msgstack.nats.resources import SERVER_TREE
    from msgstack.nats.resources import SUPERVISOR_TREE

    policy = Policy(stack.sources.order)
    wanted = ((SERVER_TREE, stack.nats.version), (CLI_TREE, None), (SUPERVISOR_TREE, None))
    return tuple(choose(catalogue, name, version, platform, policy) for name, version in wanted)


def logs(layout: Layout) -> tuple[Path, ...]:
    """The server's own, its service's, and under launchd what went wrong before that could be opened."""
    return tuple(layout.log / f"{name}.log" for name in ("nats-server", "service", "service-launchd"))


def uses(stack: Stack, layout: Layout, system: str) -> Words:
    """Addresses and folders; what a power loss may cost, since that is the user's choice."""
    nats = stack.nats
    loss = render.max_loss(nats, system)
    password = nats.authentication is Authentication.PASSWORD
    return (
        ("Clients", names.client_url(nats.host, nats.port) + (" (user app, with a password)" if password else "")),
        ("Monitoring", names.monitor_url(nats.monitor_port)),
        ("Streams", ", ".join(nats.streams) or "none"),
        ("Buckets", ", ".join(nats.buckets) or "none"),
        (
            "Durability",
            "every acknowledged message is on disk" if loss == 0 else f"a power loss can lose at most {loss}",
        ),
        ("Memory", f"at most {nats.memory}"),
        ("Data", str(layout.data)),
        ("Log", str(logs(layout)[0])),
        *((("Password", str(layout.secrets / "app.conf")),) if password else ()),
    )


def tries(stack: Stack, layout: Layout) -> Words:
    cli = str(layout.bin / "nats")
    return (
        (f"{cli} pub hello world", "send a message"),
        (f"{cli} stream ls", "what the streams hold"),
    )


def ask(stack: Stack) -> Answer | str:
    """What the running server says of itself, in one question; words when it does not answer."""
    from msgstack.nats.live.monitor import Monitor
    from msgstack.nats.live.monitor import NoAnswer

    monitor = Monitor(stack.nats.monitor_port)
    try:
        report = monitor.ask("/varz")
        healthy = monitor.status("/healthz") == 200
    except NoAnswer as error:
        return str(error)
    return _answer(report, healthy)


def _answer(report: Mapping[str, Any], healthy: bool) -> Answer:
    stats = report.get("jetstream", {}).get("stats", {})
    version, memory = str(report.get("version", "?")), int(report.get("mem", 0))
    stored, clients = int(stats.get("storage", 0)), int(report.get("connections", 0))
    return Answer(
        healthy=healthy,
        words=(
            ("Health", "healthy" if healthy else "unhealthy: see the log"),
            ("Version", f"{version}, up for {report.get('uptime', '?')}"),
            ("Load", f"{clients} clients, {human_bytes(memory)} of memory, {human_bytes(stored)} stored"),
        ),
        facts={
            "version": version,
            "uptime": str(report.get("uptime", "")),
            "memory": memory,
            "clients": clients,
            "stored": stored,
        },
    )


NATS = Component(
    name="nats",
    program="nats-setup",
    title="NATS",
    resources=resources,
    drivers=drivers,
    ports=ports,
    trees=trees,
    logs=logs,
    enabled=lambda stack: stack.nats.enabled,
    uses=uses,
    tries=tries,
    ask=ask,
)
