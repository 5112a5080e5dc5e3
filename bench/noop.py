"""An apply that has nothing to do, and `status`, of the packaged program, beside `python3 -c 'import click'`.

    ./pants package :: && PYTHONPATH=src/python:tests/python:. python bench/noop.py [--rounds N] [--limit SECONDS]

Installs a stack of its own below a temporary folder, then takes turns. Wall time is what a user waits; CPU time is what
remains of it on a machine that does nothing else. Exits with 1 when a median of wall time is above the limit.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

from bench.nats_common import machine
from bench.nats_common import table
from bench.verify_suite import installed

import programs

Spent = tuple[float, float]  # seconds: wall, CPU
BESIDE = "`python3 -c 'import click'`"


def commands(root: Path) -> dict[str, list[str]]:
    """What is measured, by its name in the table. The Python beside it is the one that runs this, click in it."""
    setup = str(programs.path("nats-setup"))
    where = ["--root", str(root), "--format", "json"]
    return {
        BESIDE: [sys.executable, "-c", "import click"],
        "`nats-setup apply --yes`, 0 changes": [setup, "apply", "--yes", *where],
        "`nats-setup status`": [setup, "status", *where],
        "`nats-setup --version`": [setup, "--version"],
    }


def spent(command: Sequence[str], environment: Mapping[str, str]) -> Spent:
    """One run. Raises CalledProcessError when it fails."""
    began, used = time.perf_counter(), os.times()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    wall, now = time.perf_counter() - began, os.times()
    return wall, now.children_user + now.children_system - used.children_user - used.children_system


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--limit", type=float, default=0.3, help="seconds")
    told = parser.parse_args()
    print(machine())
    with installed() as (root, environment):
        measured = commands(root)
        taken = [{name: spent(command, environment) for name, command in measured.items()} for _ in range(told.rounds)]
    rows = [row(name, taken) for name in measured]
    print(table(["run", "median s", "min s", "max s", "ratio", "CPU s"], rows))
    slow = [name for name in list(measured)[1:] if statistics.median(one[name][0] for one in taken) > told.limit]
    print(f"medians of {told.rounds} runs; above {told.limit:g} s: {', '.join(slow) or 'none'}")
    return 1 if slow else 0


def row(name: str, taken: Sequence[Mapping[str, Spent]]) -> tuple[str, ...]:
    """The ratio is the median of those within a round, so that what else the machine does falls on both."""
    walls = [one[name][0] for one in taken]
    ratio = statistics.median(one[name][0] / one[BESIDE][0] for one in taken)
    cpu = statistics.median(one[name][1] for one in taken)
    return (
        name,
        *(f"{value:.3f}" for value in (statistics.median(walls), min(walls), max(walls))),
        f"{ratio:.2f}",
        f"{cpu:.3f}",
    )


if __name__ == "__main__":
    sys.exit(main())
