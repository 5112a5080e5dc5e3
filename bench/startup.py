"""What starting a program costs, in CPU time, against `python3 -c 'import click'`: run interleaved, the median counts.

    ./pants package :: && python bench/startup.py [--limit 1.3] [PROGRAM...]    exits with 1 when a ratio is above

PROGRAM is a PEX (those in dist/ unless named), or "module:msgstack.cli.nats_setup" from the source tree.

CPU time is that of the process and its children (wait4), so that a busy machine makes little difference.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

BASE = "import click"


def cpu_seconds(words: Sequence[str], env: Mapping[str, str]) -> float:
    """CPU of one run, its output thrown away. Raises SystemExit when it fails."""
    with open(os.devnull, "wb") as nowhere:
        actions = [(os.POSIX_SPAWN_DUP2, nowhere.fileno(), one) for one in (1, 2)]
        pid = os.posix_spawnp(words[0], list(words), dict(env), file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{' '.join(words)} failed with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime


def command(program: str, python: str) -> list[str]:
    """How a program is started: `module:NAME` by this Python, anything else as the program that it is."""
    kind, _, name = program.partition(":")
    return [python, "-m", name] if kind == "module" else [str(Path(program).resolve())]


def measure(commands: Mapping[str, Sequence[str]], rounds: int, env: Mapping[str, str]) -> dict[str, float]:
    """The median CPU seconds of each command; a first round, which may unpack or compile, doesn't count."""
    seen: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, words in commands.items():
            spent = cpu_seconds(words, env)
            if number:
                seen[name].append(spent)
    return {name: statistics.median(times) for name, times in seen.items()}


def table(medians: Mapping[str, float]) -> str:
    """Markdown, the base first."""
    base = medians[BASE]
    rows = [f"| `{name}` | {spent * 1000:.0f} ms | {spent / base:.2f} |" for name, spent in medians.items()]
    return "\n".join(["| command | CPU | ratio |", "|---|---:|---:|", *rows])


def machine(python: str) -> str:
    asked = "import sys, click, importlib.metadata as m; print(sys.version.split()[0], m.version('click'))"
    version, click = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, Python {version}, click {click}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="*", default=["dist/nats-setup.pex", "dist/verify.pex"])
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--limit", type=float, default=1.3, help="exit with 1 when a ratio is above")
    parser.add_argument("--python", default=sys.executable, help="one that has click")
    told = parser.parse_args()
    commands: dict[str, list[str]] = {BASE: [told.python, "-c", BASE]}
    for program in told.programs:
        for option in ("--version", "--help"):
            commands[f"{Path(program).name} {option}"] = [*command(program, told.python), option]
    medians = measure(commands, told.rounds, os.environ)
    print(f"{machine(told.python)}; median of {told.rounds} interleaved runs\n\n{table(medians)}")
    worst = max(medians.values()) / medians[BASE]
    return 1 if worst > told.limit else 0


if __name__ == "__main__":
    sys.exit(main())
