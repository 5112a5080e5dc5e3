"""What a run that has nothing to do costs: `apply` without changes and `status`, on a stack that is installed and runs.

    bench/noop.py PROGRAM --root DIR [--limit 0.3]    exits with 1 when the median of either takes longer (seconds)

PROGRAM is a PEX, or "module:msgstack.cli.nats_setup" from the source tree. Wall time is what a user waits; CPU time
(wait4) is what remains of it on a machine that does nothing else. Both verbs are run in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

VERBS = {
    "apply without changes": ("apply", "--yes", "--format", "json"),
    "status": ("status", "--format", "json"),
}
Spent = tuple[float, float]  # seconds: wall, CPU


def run(words: Sequence[str]) -> Spent:
    """One run. Raises SystemExit when it failed, or had something to change."""
    began = time.monotonic()
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as program:
        assert program.stdout is not None
        shown = program.stdout.read()
        _, status, usage = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    if program.returncode or json.loads(shown).get("changes"):
        raise SystemExit(f"{' '.join(words)} ended with {program.returncode}: {shown.decode()[:2000]}")
    return wall, usage.ru_utime + usage.ru_stime


def measure(program: Sequence[str], root: Path, rounds: int) -> dict[str, Spent]:
    """Medians by verb; the first round warms up."""
    seen: dict[str, list[Spent]] = {name: [] for name in VERBS}
    for number in range(rounds + 1):
        for name, verb in VERBS.items():
            spent = run([*program, *verb, "--root", str(root)])
            if number:
                seen[name].append(spent)
    return {
        name: (statistics.median(wall for wall, _ in spent), statistics.median(cpu for _, cpu in spent))
        for name, spent in seen.items()
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--limit", type=float, help="seconds of wall time")
    told = parser.parse_args()
    kind, _, name = told.program.partition(":")
    program = [sys.executable, "-m", name] if kind == "module" else [str(Path(told.program).resolve())]
    medians = measure(program, told.root, told.rounds)
    rows = [f"| {verb} | {wall * 1000:.0f} ms | {cpu * 1000:.0f} ms |" for verb, (wall, cpu) in medians.items()]
    about = f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}"
    print(f"{about}; median of {told.rounds} runs of each in turn\n")
    print("\n".join(["| verb | wall | CPU |", "|---|---:|---:|", *rows]))
    return 1 if told.limit and max(wall for wall, _ in medians.values()) > told.limit else 0


if __name__ == "__main__":
    sys.exit(main())
