"""Fetch, hash, decompress and write side by side, against `curl`, `sha512sum -c`, `tar x` one after the other.

    PYTHONPATH=src/python python3 bench/fetch.py [--mib 200] [--rounds 5] [--limit RATIO]

The same synthetic .tar.gz from the same server on this machine, both ways in turn, median of the rounds. Ours also
hashes every file of the tree (its manifest needs that). Neither way flushes to the medium. With isal installed
(`pip install isal`) decompression is about twice as fast; the output says which was used. Exits with 1 when ours takes
more than RATIO times as long.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from msgstack.catalogue.digest import Digest
from msgstack.host.fetch.cache import Cache
from msgstack.host.fetch.download import Limits
from msgstack.host.fetch.download import fetch
from msgstack.host.fetch.pipeline import unpacked
from msgstack.host.unpack import Rules
from msgstack.host.unpack import fresh_folder
from msgstack.resource.event import Event

NAME = "synthetic.tar.gz"
Times = dict[str, list[tuple[float, float]]]  # seconds by the clock and of CPU, by way
MEMBERS = 485  # as many as Pulsar 4.0.8's distribution has


def make_archive(path: Path, mib: int) -> None:
    """`mib` MiB packed, about 1.3 times that unpacked: jars, mostly, that do not pack, and some text that does."""
    source = random.Random(0)
    size = int(mib * 2**20 * 1.3 / MEMBERS)
    text = json.dumps(dict(os.environ)).encode() * 50
    with tarfile.open(path, "w:gz", compresslevel=6) as archive:
        for number in range(MEMBERS):
            noise = source.randbytes(int(size * 0.77))
            body = noise + (text * (size // len(text) + 1))[: size - len(noise)]
            member = tarfile.TarInfo(f"synthetic-1.0/lib/{number:03}.jar")
            member.size = len(body)
            archive.addfile(member, BytesIO(body))


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A server in a process of its own, so that it takes none of our interpreter's time; its address."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        port = server.stdout.readline().partition(" port ")[2].split()[0]
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def sequential(url: str, digest: Digest, place: Path) -> None:
    """What a careful shell script does."""
    (place / "sums").write_text(f"{digest.hex}  {NAME}\n")
    (place / "tree").mkdir()
    steps = (["curl", "-sSfO", url], ["sha512sum", "-c", "--quiet", "sums"], ["tar", "-xzf", NAME, "-C", "tree"])
    for step in steps:
        subprocess.run(step, cwd=place, check=True)


def pipeline(url: str, digest: Digest, place: Path) -> None:
    """What the set-up programs do."""

    def say(event: Event) -> None:
        """Nobody listens."""

    folder = fresh_folder(place)
    unpacked(
        Cache(place / "cache"),
        digest,
        NAME,
        lambda part, watch: fetch(url, part, digest, Limits(), say, watch),
        folder,
        Rules(strip=1),
        say,
    )


def timed(way: Callable[[str, Digest, Path], None], url: str, digest: Digest, root: Path) -> tuple[float, float]:
    """Seconds by the clock, and of CPU (ours and that of finished children; the server's is not in it)."""
    place = Path(tempfile.mkdtemp(dir=root))
    begun, used = time.perf_counter(), sum(os.times()[:4])
    way(url, digest, place)
    seconds = time.perf_counter() - begun, sum(os.times()[:4]) - used
    shutil.rmtree(place)
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--mib", type=int, default=200, help="size of the archive")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=float, default=1.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        times = measure(Path(folder), options.mib, options.rounds)
    found = report(times, options.mib * 2**20)
    print(json.dumps(found, indent=2))
    return 1 if 1 / found["ratio"] > options.limit else 0


def measure(root: Path, mib: int, rounds: int) -> Times:
    """Seconds of both ways, by their names."""
    (root / "served").mkdir()
    make_archive(root / "served" / NAME, mib)
    body = (root / "served" / NAME).read_bytes()
    digest = Digest("sha512", hashlib.sha512(body).hexdigest())
    times: Times = {"sequential": [], "pipeline": []}
    with serving(root / "served") as address:
        for _ in range(rounds):
            times["sequential"].append(timed(sequential, f"{address}/{NAME}", digest, root))
            times["pipeline"].append(timed(pipeline, f"{address}/{NAME}", digest, root))
    return times


def report(times: Times, size: int) -> dict[str, Any]:
    """Machine, versions, seconds of both ways, their ratio."""
    clock = {way: round(statistics.median(one[0] for one in rounds), 3) for way, rounds in times.items()}
    cpu = {way: round(statistics.median(one[1] for one in rounds), 3) for way, rounds in times.items()}
    return {
        "machine": f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores",
        "load": os.getloadavg(),
        "python": sys.version.split()[0],
        "gunzip": "isal" if importlib.util.find_spec("isal") else "zlib",
        "tar": subprocess.run(["tar", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0],
        "archive_bytes_about": size,
        "seconds": {way: [round(one[0], 3) for one in rounds] for way, rounds in times.items()},
        "median_seconds": clock,
        "median_cpu_seconds": cpu,
        "ratio": round(clock["sequential"] / clock["pipeline"], 2),
    }


if __name__ == "__main__":
    sys.exit(main())
