"""An apply that has nothing to do, and `status`, of the packaged program, beside `python3 -c 'import click'`.

    ./pants package :: && PYTHONPATH=src/python:tests/python:. python bench/noop_apply.py [--rounds N]

Installs a stack of its own below a temporary folder, then takes turns. Exits with 1 when a median is above its bound.
"""

from __future__ import annotations

import argparse
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

BOUND = 0.3  # seconds of wall time, for both
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


def wall(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Seconds that one run takes, from its start to its end."""
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    print(machine())
    with installed() as (root, environment):
        measured = commands(root)
        taken = [{name: wall(command, environment) for name, command in measured.items()} for _ in range(rounds)]
    rows = [row(name, taken) for name in measured]
    print(table(["run", "median s", "min s", "max s", "ratio"], rows))
    slow = [name for name in list(measured)[1:] if statistics.median(one[name] for one in taken) > BOUND]
    print(f"above {BOUND} s: {', '.join(slow) or 'none'}")
    return 1 if slow else 0


def row(name: str, taken: Sequence[Mapping[str, float]]) -> tuple[str, ...]:
    """The ratio is the median of those within a round, so that what else the machine does falls on both."""
    values = [one[name] for one in taken]
    ratio = statistics.median(one[name] / one[BESIDE] for one in taken)
    return (name, *(f"{value:.3f}" for value in (statistics.median(values), min(values), max(values))), f"{ratio:.2f}")


if __name__ == "__main__":
    sys.exit(main())
