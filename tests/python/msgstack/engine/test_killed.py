"""Invariant 3, and 4 with it: a run is killed right before each of its steps on the file system, then run again."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from msgstack.host.generation import read_last
from msgstack.host.store import LITTER
from msgstack.host.store import first_fault
from toy import snapshot
from toy.kill import killed
from toy.program import install
from toy.program import remove
from toy.strategies import SPECS
from toy.world import Spec
from toy.world import World

BEFORE = Spec()
AFTER = Spec(version="2.0", files={"conf/server.conf": "port 2\n", "top": "new\n"}, wrappers={}, settings={"A": "3"})


def test_3_killed_at_any_step_of_an_update(quick_path: Path) -> None:
    sweep(quick_path, lambda world: install(world, BEFORE), lambda world: install(world, AFTER))


def test_3_killed_at_any_step_of_the_first_install(quick_path: Path) -> None:
    sweep(quick_path, lambda world: None, lambda world: install(world, BEFORE))


def test_3_killed_at_any_step_of_an_uninstall(quick_path: Path) -> None:
    sweep(quick_path, lambda world: install(world, BEFORE), lambda world: remove(world, ["all"]))


def test_3_killed_at_any_step_of_an_uninstall_that_keeps_data(quick_path: Path) -> None:
    sweep(quick_path, lambda world: install(world, BEFORE), lambda world: remove(world))


def test_5_killed_at_any_step_of_the_first_install_then_uninstalled(quick_path: Path) -> None:
    taken_back(quick_path, lambda world: None, lambda world: install(world, BEFORE))


def test_5_killed_at_any_step_of_an_update_then_uninstalled(quick_path: Path) -> None:
    taken_back(quick_path, lambda world: install(world, BEFORE), lambda world: install(world, AFTER))


@settings(max_examples=15, deadline=None)
@given(first=SPECS, second=SPECS, at=st.lists(st.integers(0, 80), min_size=1, max_size=3))
def test_3_killed_several_times_in_a_row(module_path: Path, first: Spec, second: Spec, at: list[int]) -> None:
    """Whatever the stacks are, and also if the run that mends is killed."""
    undisturbed, world = World(module_path / "undisturbed"), World(module_path / "killed")
    for one in (undisturbed, world):
        shutil.rmtree(one.home, ignore_errors=True)
        one.outside.mkdir(parents=True)
        install(one, first)
    install(undisturbed, second)
    for step in at:
        killed(lambda: install(world, second), world.home, step)
        check_whole(world)
    install(world, second)
    assert snapshot.state(world.home) == snapshot.state(undisturbed.home)


def sweep(path: Path, prepare: Callable[[World], object], run: Callable[[World], object]) -> None:
    """Kill `run` at step 0, 1, 2 … until it comes to its end; each time, run it again and expect what it would have
    done undisturbed."""
    undisturbed = fresh(path / "undisturbed", prepare)
    run(undisturbed)
    expected = snapshot.state(undisturbed.home)
    for step in itertools.count():
        world = fresh(path / "killed", prepare)
        old = snapshot.state(world.home)
        if not killed(lambda world=world: run(world), world.home, step):  # type: ignore[misc]
            break
        check_whole(world)
        check_old_runs_on(world, old)
        run(world)
        differing = snapshot.differing(expected, snapshot.state(world.home))
        assert differing == set(), f"killed at step {step}"
    assert step > 20, "a run that takes fewer steps can't have been swept"


def taken_back(path: Path, prepare: Callable[[World], object], run: Callable[[World], object]) -> None:
    """Kill `run` at each of its steps; each time, an uninstall leaves the host as it was before anything."""
    for step in itertools.count():
        world = fresh(path / "killed", lambda world: None)
        before = snapshot.state(world.home)
        prepare(world)
        was_killed = killed(lambda world=world: run(world), world.home, step)  # type: ignore[misc]
        remove(world, ["all"])
        assert snapshot.differing(before, snapshot.state(world.home)) == set(), f"killed at step {step}"
        if not was_killed:
            break
    assert step > 20, "a run that takes fewer steps can't have been swept"


def fresh(home: Path, prepare: Callable[[World], object]) -> World:
    shutil.rmtree(home, ignore_errors=True)
    world = World(home)
    world.outside.mkdir(parents=True)
    prepare(world)
    return world


def check_whole(world: World) -> None:
    """`current`, if there is one, is all that its receipt says; and the store has whole trees only."""
    store, current = world.layout.store, world.layout.current
    trees = [path for path in store.iterdir() if not path.name.startswith(LITTER)] if store.is_dir() else []
    assert [fault for tree in trees if (fault := first_fault(tree))] == []
    if not current.is_symlink():
        return
    last = read_last(world.layout)
    assert last is not None and current.resolve().name == str(last.number)
    for record in last.resources:
        if record.kind == "file":
            assert (current / str(record.state["path"])).read_text() == record.state["content"]
        if record.kind == "link":
            assert (current / str(record.state["path"])).is_symlink()


def check_old_runs_on(world: World, old: snapshot.State) -> None:
    """Before the switch, nothing of the old generation, of the host outside, and in the servers differs."""
    below = str(world.layout.root.relative_to(world.home))
    now = snapshot.state(world.home)
    if now.get(f"{below}/toy/current") != old.get(f"{below}/toy/current") or f"{below}/toy/current" not in old:
        return
    if any(path.startswith("host/") for path in snapshot.differing(old, now)) or not world.running.exists():
        assert f"{below}/toy/current" in now  # an uninstall takes what lies outside first
        return
    changed = snapshot.differing(old, now)
    kept = (f"{below}/toy/generations/1", f"{below}/toy/data", f"{below}/secrets", f"{below}/toy/run")
    assert {path for path in changed if path.startswith(kept)} == set()
