"""What lies on disk: the installed programs byte for byte, and the store where it shall be, held by one server."""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgstack.nats import names
from msgstack.resource.model import Json
from msgstack.verify.model import Check
from msgstack.verify.model import Evidence
from msgstack.verify.model import Wrong
from msgstack.verify.nats.target import NatsTarget

LOCK = ".lock"
FAULTS_SHOWN = 5


async def trees(target: NatsTarget) -> Evidence:
    """Every file of every tree in use has the content that was installed."""
    from msgstack.host import manifest

    links = [
        path
        for path in sorted(target.layout.current.iterdir())
        if path.resolve().parent == target.layout.store.resolve()
    ]
    evidence: Evidence = {}
    for tree in (link.resolve() for link in links):
        known = manifest.read(tree)
        if known is None:
            raise Wrong(f"{tree.name} has no manifest", evidence)
        faults = await asyncio.to_thread(tuple, manifest.deep_faults(tree, known))
        if faults:
            shown: list[Json] = list(faults[:FAULTS_SHOWN])
            raise Wrong(f"{tree.name}: {faults[0]}", evidence | {tree.name: shown})
        evidence[tree.name] = f"{len(known.files)} files as installed, from {known.provenance.kind}"
    if not evidence:
        raise Wrong(f"no program of {target.layout.store} is in use")
    return evidence


async def store(target: NatsTarget) -> Evidence:
    """The store is in the data folder, and one process holds it for itself."""
    from msgstack.host.service.orphan import held

    config = (await target.monitor("/varz")).get("jetstream", {}).get("config", {})
    found = Path(config.get("store_dir", "/"))
    lock = target.layout.data / LOCK
    evidence: Evidence = {"store_dir": str(found), "held": held(lock)}
    if found.resolve() != (target.layout.data / names.STORE).resolve():
        raise Wrong(f"the store is {found}, not in {target.layout.data}", evidence)
    if not evidence["held"]:
        raise Wrong(f"nobody holds {lock}: a second server could open the store", evidence)
    return evidence


CHECKS = (
    Check(id="nats.trees", title="installed programs are as installed", ask=trees),
    Check(id="nats.store", title="the store is where it shall be, and held", ask=store, needs=("nats.health",)),
)
