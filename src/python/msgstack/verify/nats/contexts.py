"""The `nats` command line with this stack's contexts, as a user runs it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgstack.nats import names
from msgstack.verify.model import Check
from msgstack.verify.model import Evidence
from msgstack.verify.model import Wrong
from msgstack.verify.nats.target import NatsTarget

FOLDER_MODE = 0o700
FILE_MODE = 0o600


async def contexts(target: NatsTarget) -> Evidence:
    """Applications reach their account, administrators the system account; nobody else reads the contexts."""
    application, system = names.app_context(target.layout.instance), names.system_context(target.layout.instance)
    calls = {application: ("account", "info"), system: ("server", "ping", "1")}
    results = await asyncio.gather(*(call(target, context, arguments) for context, arguments in calls.items()))
    evidence: Evidence = {name: " ".join(calls[name]) for name in calls}
    for context, (code, said) in zip(calls, results, strict=True):
        if code:
            raise Wrong(f"`nats --context {context} {' '.join(calls[context])}` fails: {said}", evidence)
    return evidence | private(target.contexts, tuple(calls))


def private(folder: Path, contexts: tuple[str, ...]) -> Evidence:
    """Modes of the folder and the files, which hold passwords."""
    modes = {folder: FOLDER_MODE} | {folder / f"{name}.json": FILE_MODE for name in contexts}
    for path, allowed in modes.items():
        mode = path.stat().st_mode & 0o777
        if mode & ~allowed:
            raise Wrong(f"others can read {path}: its mode is {mode:04o}, not {allowed:04o}")
    return {"modes": f"{FOLDER_MODE:04o}/{FILE_MODE:04o}"}


async def call(target: NatsTarget, context: str, arguments: tuple[str, ...]) -> tuple[int, str]:
    """Exit code and the last line said."""
    process = await asyncio.create_subprocess_exec(
        target.layout.bin / "nats", "--context", context, *arguments,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    lines = output.decode(errors="replace").strip().splitlines()
    return process.returncode or 0, lines[-1] if lines else "it says nothing"


CHECKS = (
    Check(id="nats.contexts", title="contexts work in the nats command line", ask=contexts, needs=("nats.health",)),
)
