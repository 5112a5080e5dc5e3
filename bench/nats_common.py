"""What the NATS measurements share: the machine, servers in turn, a table in Markdown."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import signal
import tempfile
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from nats.aio.client import Client

from msgstack.nats import names
from msgstack.nats.spec import Nats
from msgstack.nats.spec import Stream
from msgstack.spec.stack import Stack
from msgstack.spec.units import Size
from servers import nats

MB = 10**6
Load = Callable[[nats.Place, Client], Awaitable[float]]


def machine() -> str:
    """One line: processor, cores, memory, system, versions."""
    cpu = re.search(r"model name\s*: (.*)", _read("/proc/cpuinfo"))
    memory = re.search(r"MemTotal:\s*(\d+) kB", _read("/proc/meminfo"))
    words = (
        cpu[1] if cpu else platform.processor(),
        f"{os.cpu_count()} cores",
        f"{int(memory[1]) // 2**20} GiB" if memory else "",
        f"{platform.system()} {platform.release()} {platform.machine()}",
        f"Python {platform.python_version()}",
        f"nats-py {version('nats-py')}",
        f"nats-server {nats.NEWEST}",
        f"load {os.getloadavg()[0]:.1f} at the start",
    )
    return ", ".join(word for word in words if word)


def _read(path: str) -> str:
    return Path(path).read_text() if Path(path).exists() else ""


def stack(**changes: object) -> Nats:
    """The default stack with one stream for the load, of the size of the default events."""
    streams = {"BENCH": Stream(subjects=("bench.>",), max_bytes=Size.parse("2GiB"))}
    return replace(Nats(streams=streams, buckets={}), **changes)  # type: ignore[arg-type]


@contextmanager
def server(tree: Path, wanted: Nats, edit: Callable[[str], str] = str) -> Iterator[nats.Place]:
    """A server of its own, started with the configuration that is rendered, or what `edit` makes of it."""
    with tempfile.TemporaryDirectory(prefix="msgstack-bench-") as folder:
        port, monitor_port = nats.free_ports(2)
        place = nats.Place(Path(folder), tree, Stack(nats=nats.with_ports(wanted, port, monitor_port)))
        place.stage()
        for name in (names.CONFIGURATION, names.START):
            path = place.layout.staging / name
            path.write_text(edit(path.read_text()))
        place.switch()
        try:
            place.start()
            place.apply()
            yield place
        finally:
            place.stop(signal.SIGKILL)


def run(place: nats.Place, load: Load) -> float:
    """What a load tells, over a connection as the application."""

    async def connected() -> float:
        client = Client()
        await client.connect(names.client_url(place.nats.host, place.nats.port), pending_size=64 * 2**20)
        try:
            return await load(place, client)
        finally:
            await client.close()

    return asyncio.run(connected())


def memory(place: nats.Place) -> tuple[float, float]:
    """Resident memory of the server now, and at its peak, in MB."""
    assert place.process is not None
    status = _read(f"/proc/{place.process.pid}/status")
    found = [re.search(rf"{name}:\s*(\d+) kB", status) for name in ("VmRSS", "VmHWM")]
    now, peak = (int(match[1]) * 1024 / MB if match else float("nan") for match in found)
    return now, peak


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, numbers to the right."""
    line = "|" + "|".join("---:" if n else "---" for n in range(len(head))) + "|"
    return "\n".join(["| " + " | ".join(head) + " |", line, *("| " + " | ".join(row) + " |" for row in rows)])
