"""The checks of `verify run` beside the same questions asked by the `nats` command line, one process each.

    ./pants package :: && PYTHONPATH=src/python:tests/python:. python bench/verify_suite.py [--rounds N] [--limit RATIO]

Installs a stack of its own below a temporary folder with the packaged programs, then takes turns. What the command line
can't ask (listeners, what runs against what was rendered, the installed bytes, durability) only verify asks, and it
waits for what takes its time: expiry, redelivery. Exits with 1 when it takes more than RATIO times as long.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.nats_common import machine
from bench.nats_common import table

import live_cache
import programs
from servers.nats import free_ports

SYSTEM = ("--context", "msgstack.sys")
SCRATCH = ("--subjects=bench.scratch", "--storage=memory", "--defaults", "--max-bytes=1048576")
QUESTIONS: tuple[tuple[str, ...], ...] = (
    ("rtt",),
    ("account", "info"),
    (*SYSTEM, "server", "ping", "1"),
    (*SYSTEM, "server", "info"),
    (*SYSTEM, "server", "check", "connection"),
    ("server", "check", "jetstream"),
    ("pub", "bench.none", "hello"),
    ("stream", "add", "BENCH_SCRATCH", *SCRATCH),
    ("pub", "--jetstream", "bench.scratch", "hello"),
    ("consumer", "add", "BENCH_SCRATCH", "PULL", "--pull", "--ack=explicit", "--defaults"),
    ("consumer", "next", "BENCH_SCRATCH", "PULL", "--ack"),
    ("stream", "get", "BENCH_SCRATCH", "1"),
    ("stream", "rm", "BENCH_SCRATCH", "--force"),
    ("stream", "info", "COORDINATION", "--json"),
    ("stream", "info", "TASKS", "--json"),
    ("stream", "info", "EVENTS", "--json"),
    ("consumer", "info", "TASKS", "workers", "--json"),
    ("kv", "info", "settings"),
    ("kv", "put", "settings", "bench", "1"),
    ("kv", "get", "settings", "bench", "--raw"),
    ("kv", "del", "settings", "bench", "--force"),
)


@contextmanager
def installed() -> Iterator[tuple[Path, dict[str, str]]]:
    """A running stack of its own: its ROOT and the environment of its programs."""
    with tempfile.TemporaryDirectory(prefix="msgstack-bench-") as folder:
        port, monitor_port = free_ports(2)
        home, root = Path(folder) / "home", Path(folder) / "root"
        home.mkdir()
        stack = Path(folder) / "stack.toml"
        stack.write_text(f"[nats]\nport = {port}\nmonitor_port = {monitor_port}\n")
        environment = os.environ | {"HOME": str(home), "MSGSTACK_CACHE": str(live_cache.root())}
        environment.pop("XDG_CONFIG_HOME", None)
        setup = [str(programs.path("nats-setup"))]
        where = ["--root", str(root), "--yes"]
        apply = [*setup, "apply", *where, "--stack", str(stack), "--allow-temporary", "--quiet"]
        subprocess.run(apply, env=environment, check=True, stdout=subprocess.DEVNULL)
        try:
            yield root, environment
        finally:
            subprocess.run([*setup, "uninstall", *where, "--purge"], env=environment, check=True, capture_output=True)


def by_verify(root: Path, environment: dict[str, str]) -> tuple[float, int]:
    """Seconds, and checks that passed."""
    began = time.perf_counter()
    command = [str(programs.path("verify")), "run", "--root", str(root), "--format", "json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return time.perf_counter() - began, json.loads(done.stdout)["summary"]["pass"]


def by_cli(root: Path, environment: dict[str, str]) -> tuple[float, int]:
    """Seconds, and questions that were answered."""
    began = time.perf_counter()
    for question in QUESTIONS:
        subprocess.run([str(root / "bin/nats"), *question], env=environment, capture_output=True, check=True)
    return time.perf_counter() - began, len(QUESTIONS)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=float, default=3.0)
    told = parser.parse_args()
    print(machine())
    with installed() as (root, environment):
        by_verify(root, environment)  # the first run of a PEX unpacks it
        pairs = [(by_verify(root, environment), by_cli(root, environment)) for _ in range(told.rounds)]
    ratio = statistics.median(cli[0] / verify[0] for verify, cli in pairs)
    rows = [
        ("`verify run`", str(pairs[0][0][1]), *seconds([verify[0] for verify, _ in pairs]), "1"),
        ("`nats`, a process each", str(pairs[0][1][1]), *seconds([cli[0] for _, cli in pairs]), f"{ratio:.2f}"),
    ]
    print(table(["asked by", "questions", "median s", "min s", "max s", "ratio"], rows))
    return 1 if 1 / ratio > told.limit else 0


def seconds(values: list[float]) -> tuple[str, str, str]:
    return f"{statistics.median(values):.2f}", f"{min(values):.2f}", f"{max(values):.2f}"


if __name__ == "__main__":
    sys.exit(main())
