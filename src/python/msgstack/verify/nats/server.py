"""The server itself: health, version, the configuration that really runs, limits, memory, durability, log."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

from msgstack.nats import names
from msgstack.nats.memory import split
from msgstack.nats.render import expected
from msgstack.nats.render import max_loss
from msgstack.nats.render import release_line
from msgstack.resource.model import Json
from msgstack.spec.units import Duration
from msgstack.verify.model import Check
from msgstack.verify.model import Evidence
from msgstack.verify.model import NotAsked
from msgstack.verify.model import Wrong
from msgstack.verify.nats.target import NatsTarget

HEALTH = ("/healthz", "/healthz?js-enabled-only=true", "/healthz?js-server-only=true")
TELLS_ITS_SETTINGS = (2, 11)  # in /varz from this line on: config_digest, gomemlimit
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


async def health(target: NatsTarget) -> Evidence:
    """Healthy as a whole, JetStream enabled, and JetStream itself."""
    pages = await asyncio.gather(*(target.monitor(path) for path in HEALTH))
    evidence: Evidence = {path: page.get("status") for path, page in zip(HEALTH, pages, strict=True)}
    unwell = [path for path in HEALTH if evidence[path] != "ok"]
    if unwell:
        raise Wrong(f"{', '.join(unwell)} is not ok", evidence)
    return evidence


async def version(target: NatsTarget) -> Evidence:
    """Receipt, binary on disk and running server agree."""
    running = str((await target.monitor("/varz"))["version"])
    printed = (await command(target, "--version")).strip().rpartition("v")[2]
    evidence: Evidence = {"installed": target.version, "binary": printed, "running": running}
    if len({target.version, printed, running}) != 1:
        raise Wrong(f"installed {target.version}, binary {printed}, running {running}", evidence)
    return evidence


async def config(target: NatsTarget) -> Evidence:
    """The running server was started with the file of the current generation."""
    running = (await target.monitor("/varz")).get("config_digest", "")
    match = DIGEST.search(await command(target, "-t", "-c", str(target.config)))
    rendered = match[0] if match else ""
    if release_line(target.version) < TELLS_ITS_SETTINGS:
        raise NotAsked(f"nats-server {target.version} doesn't tell the digest of its configuration")
    evidence: Evidence = {"running": running, "rendered": rendered}
    if not rendered or running != rendered:
        raise Wrong("the server runs another configuration than the current generation's", evidence)
    return evidence


async def command(target: NatsTarget, *arguments: str) -> str:
    """What the installed server binary prints, on both streams."""
    binary = target.layout.current / names.SERVER
    process = await asyncio.create_subprocess_exec(
        binary, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return output.decode(errors="replace")


async def limits(target: NatsTarget) -> Evidence:
    """Name, limits of clients and limits of the store as rendered; how it syncs is asked by `nats.durability`."""
    varz = await target.monitor("/varz")
    declared = dict(expected(target.spec, target.layout.instance, target.system))
    wanted = {path: value for path, value in declared.items() if ".sync_" not in path}
    running: Evidence = {path: at(varz, path) for path in wanted}
    differ = [f"{path} is {running[path]}, declared {wanted[path]}" for path in wanted if running[path] != wanted[path]]
    if differ:
        raise Wrong("; ".join(differ), running)
    return running


def at(page: Any, path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    for name in path.split("."):
        page = page.get(name) if isinstance(page, dict) else None
    return page


async def memory(target: NatsTarget) -> Evidence:
    """What it takes is within nats.memory, and Go was told to stay below that."""
    varz = await target.monitor("/varz")
    parts, told = split(target.spec), int(varz.get("gomemlimit", 0))
    budget = int(parts.hard)
    evidence: Evidence = {"resident": int(varz["mem"]), "gomemlimit": told, "budget": budget}
    if varz["mem"] > budget:
        raise Wrong(f"{varz['mem']} bytes resident, more than nats.memory ({budget})", evidence)
    if release_line(target.version) < TELLS_ITS_SETTINGS:
        return evidence | {"gomemlimit": f"nats-server {target.version} doesn't tell"}
    if told != parts.soft:
        raise Wrong(f"GOMEMLIMIT is {told or 'not set'}, not {int(parts.soft)}", evidence)
    return evidence


async def descriptors(target: NatsTarget) -> Evidence:
    """The limit of open files that the process really has."""
    pid = await asyncio.to_thread(server_pid, target)
    limit = open_files(Path(f"/proc/{pid}/limits")) if target.system == "linux" else None
    if limit is None:
        raise NotAsked("this system doesn't tell the limits of a running process")
    used = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    evidence: Evidence = {"pid": pid, "limit": limit, "declared": target.spec.open_files, "used": used}
    if limit < target.spec.limits.max_connections + used:
        raise Wrong(f"{limit} open files can't carry {target.spec.limits.max_connections} connections", evidence)
    return evidence


def open_files(limits_file: Path) -> int | None:
    match = re.search(r"^Max open files\s+(\d+)", limits_file.read_text(), re.MULTILINE)
    return int(match[1]) if match else None


def server_pid(target: NatsTarget) -> int:
    """The process that listens on the client port."""
    from msgstack.host.ports import listeners

    for listener in listeners([target.spec.port]):
        if listener.pid:
            return listener.pid
    raise Wrong(f"no process is seen to listen on port {target.spec.port}")


async def durability(target: NatsTarget) -> Evidence:
    """How much of acknowledged messages a power loss can take: live settings against the declared."""
    store = (await target.monitor("/varz")).get("jetstream", {}).get("config", {})
    live = 0.0 if store.get("sync_always") else store.get("sync_interval", 0) / 1e9
    declared: Duration = max_loss(target.spec, target.system)
    evidence: Evidence = {"power_loss_can_lose_s": live, "declared_s": declared.seconds}
    if live > declared.seconds:
        raise Wrong(
            f"a power loss can lose {live:g} s of acknowledged messages, declared {declared.seconds:g} s", evidence
        )
    return evidence


async def log(target: NatsTarget) -> Evidence:
    """No error and no fatal line in the log since the server started. Clients that were refused are counted apart:
    a wrong password is no error of the server's."""
    lines = await asyncio.to_thread(since_start, target.layout.log / "nats-server.log")
    refused = sum(" - authentication error" in line for line in lines)
    bad: list[Json] = [line.strip()[:300] for line in lines if is_error(line)]
    evidence: Evidence = {"lines": len(lines), "refused_clients": refused, "errors": bad[:10]}
    if bad:
        raise Wrong(f"{len(bad)} errors in the log since start, the first: {bad[0]}", evidence)
    return evidence


def is_error(line: str) -> bool:
    return (" [ERR] " in line or " [FTL] " in line) and " - authentication error" not in line


def since_start(path: Path) -> list[str]:
    """The lines since the last start, rotated parts included, oldest first."""
    lines: list[str] = []
    for part in [*sorted(path.parent.glob(f"{path.name}.*")), path]:
        lines += part.read_text(errors="replace").splitlines() if part.exists() else []
    starts = [n for n, line in enumerate(lines) if "Starting nats-server" in line]
    if not starts:
        raise Wrong(f"{path.name} does not tell of the server's start", {"lines": len(lines)})
    return lines[starts[-1] :]


HEALTHY = ("nats.health",)
CHECKS = (
    Check(id="nats.health", title="healthy, JetStream included", ask=health),
    Check(id="nats.version", title="the installed version is the one that runs", ask=version, needs=HEALTHY),
    Check(id="nats.config", title="the rendered configuration is the one that runs", ask=config, needs=HEALTHY),
    Check(id="nats.limits", title="limits as declared", ask=limits, needs=HEALTHY),
    Check(id="nats.memory", title="memory within the budget", ask=memory, needs=HEALTHY),
    Check(id="nats.descriptors", title="enough open files for its connections", ask=descriptors, needs=HEALTHY),
    Check(id="nats.durability", title="a power loss loses no more than declared", ask=durability, needs=HEALTHY),
    Check(id="nats.log", title="no errors in the log since start", ask=log),
)
