"""A run killed at system calls, one run for each call; then run again, it must end as if undisturbed.

As a program it takes every call: the long proof. A test takes a sample.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path

from toy import snapshot
from toy import strace
from toy.program import install
from toy.world import Spec
from toy.world import World

BEFORE = Spec()
AFTER = Spec(version="2.0", files={"conf/server.conf": "port 2\n"}, wrappers={}, settings={"A": "3"})
DEADLY = ("rename", "mkdir", "symlink", "unlink", "chmod", "fchmod", "fsync", "syncfs", "write")


def prepared(home: Path) -> World:
    """A home where the older stack is installed."""
    shutil.rmtree(home, ignore_errors=True)
    world = World(home)
    world.outside.mkdir(parents=True)
    install(world, BEFORE)
    return world


def sweep(folder: Path, choose: Callable[[int], Iterable[int]]) -> int:
    """Kill at those calls of each sort that `choose` takes of so many, from 1; how many runs were killed."""
    world, log = prepared(folder / "undisturbed"), folder / "log"
    traced = strace.run(world.home, log, "install", AFTER.text())
    expected, count = snapshot.state(world.home), 0
    for call, times in Counter(call for call, _ in traced.calls if call in DEADLY).items():
        for when in choose(times):
            killed, place = prepared(folder / "killed"), f"{call} number {when} of {times}"
            inject = f"{call}:signal=KILL:when={when}"
            ran = strace.run(killed.home, log, "install", AFTER.text(), inject=inject)
            assert ran.code in (-9, 137), f"{place} did not kill it: {ran.out}"
            install(killed, AFTER)
            assert snapshot.differing(expected, snapshot.state(killed.home)) == set(), f"killed at {place}"
            count += 1
    return count


if __name__ == "__main__":
    strace.need_strace()
    with tempfile.TemporaryDirectory() as folder:
        runs = sweep(Path(folder), lambda times: range(1, times + 1))
    sys.stdout.write(f"{runs} runs were killed, each at another system call; the next run mended every one\n")
