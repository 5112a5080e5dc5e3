"""What verify is told of a server that a test started."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from msgstack.verify.nats.target import NatsTarget
from servers import nats

CLI = """#!/bin/sh
# Stands for the nats command line, which takes minutes to build: it answers for contexts that exist.
test -f "$HOME_OF_CONTEXTS/context/$2.json" || { echo "nats: error: unknown context \\"$2\\"" >&2; exit 1; }
"""


def target(place: nats.Place, **changes: Any) -> NatsTarget:
    """As its receipt would tell."""
    told = NatsTarget(
        spec=place.nats,
        layout=place.layout,
        version=place.nats.version or nats.NEWEST,
        system="linux",
        run="t1",
        contexts=place.facts.config_home / "nats/context",
    )
    return replace(told, **changes)


def furnish(place: nats.Place) -> None:
    """What lies around a server after an apply: the store, private passwords, contexts, the command line."""
    place.layout.store.symlink_to(place.tree.parent)
    for secret in place.layout.secrets.glob("*.conf"):
        secret.chmod(0o600)
    folder = place.facts.config_home / "nats/context"
    folder.mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)
    for name in ("msgstack", "msgstack.sys"):
        (folder / f"{name}.json").touch(0o600)
    place.layout.bin.mkdir()
    cli = place.layout.bin / "nats"
    cli.write_text(CLI.replace("$HOME_OF_CONTEXTS", str(folder.parent)))
    cli.chmod(0o755)
