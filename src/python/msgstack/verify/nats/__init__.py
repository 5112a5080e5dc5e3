"""The checks of NATS, in the order in which a reader wants their answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgstack.nats import names
from msgstack.verify.installed import Installed
from msgstack.verify.model import Check
from msgstack.verify.nats import accounts
from msgstack.verify.nats import buckets
from msgstack.verify.nats import contexts
from msgstack.verify.nats import declared
from msgstack.verify.nats import installation
from msgstack.verify.nats import jetstream
from msgstack.verify.nats import messaging
from msgstack.verify.nats import server
from msgstack.verify.nats.target import NatsTarget

CHECKS: tuple[Check[Any], ...] = (
    *server.CHECKS,
    *accounts.CHECKS,
    *installation.CHECKS,
    *messaging.CHECKS,
    *jetstream.CHECKS,
    *buckets.CHECKS,
    *declared.CHECKS,
    *contexts.CHECKS,
)


def target(found: Installed, run: str) -> NatsTarget:
    """What the checks ask; `run` is unique to this run."""
    tree = found.state("nats/tree/nats-server")
    context = found.state(f"nats/context/{names.app_context(found.layout.instance)}")
    return NatsTarget(
        spec=found.stack.nats,
        layout=found.layout,
        version=str(tree["version"]),
        system=str(tree["platform"]).partition("-")[0],
        run=run,
        contexts=Path(str(context["folder"])) / "context",
    )
