"""The invariants of docs/architecture.md, on real directories. What concerns killed runs is in test_killed.py."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from msgstack.errors import Exit
from msgstack.errors import MsgstackError
from msgstack.errors import VerificationError
from msgstack.host.lock import held
from msgstack.resource.model import Change
from toy import snapshot
from toy.program import drivers
from toy.program import install
from toy.program import planned
from toy.program import remove
from toy.strategies import SPECS
from toy.world import Spec
from toy.world import World

EXAMPLES = settings(max_examples=25, deadline=None)


@contextmanager
def fresh_world(tmp_path: Path) -> Iterator[World]:
    """A home of its own for each example, with something on the host that is none of our business."""
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        home = Path(folder)
        (home / "host" / "etc").mkdir(parents=True)
        (home / "host" / "etc" / "passwd").write_text("root\n")
        yield World(home)


@EXAMPLES
@given(first=SPECS, second=SPECS)
def test_1_the_second_apply_changes_nothing_and_writes_no_byte(module_path: Path, first: Spec, second: Spec) -> None:
    with fresh_world(module_path) as world:
        install(world, first)
        install(world, second)
        before = snapshot.touched(world.home)
        assert planned(world, second).changes == ()
        assert install(world, second).count == 0
        assert snapshot.touched(world.home) == before


@EXAMPLES
@given(first=SPECS, second=SPECS)
def test_2_what_the_plan_says_is_what_changes(module_path: Path, first: Spec, second: Spec) -> None:
    with fresh_world(module_path) as world:
        install(world, first)
        before, plan = snapshot.state(world.home), planned(world, second)
        outcome = install(world, second)
        assert [made.change.resource.key for made in outcome.made] == [c.resource.key for c in plan.changes if c.counts]
        found = snapshot.differing(before, snapshot.state(world.home))
        told = [part for change in plan.changes if change.counts for part in places(change, world)]
        assert [path for path in found if not any(path == one or path.startswith(f"{one}/") for one in told)] == []


def places(change: Change[Any], world: World) -> list[str]:
    """Where on disk a change of the plan may be seen, as paths below home; the memory of folders goes with any."""
    root = world.layout.root.relative_to(world.home)
    what = change.resource.key.removeprefix("toy/").partition("/")[0]
    known = {
        "tree": [f"{root}/store"],
        "file": [], "home": [],  # only within a new generation
        "generation": [f"{root}/toy/generations/{n}" for n in (1, 2)] + [f"{root}/toy/current"],
        "bin": [f"{root}/bin"],
        "opt": ["host/opt"],
        "unit": ["host/etc/units"],
        "process": [f"{root}/toy/run/running"],
        "setting": [f"{root}/toy/data/server.json"],
    }  # fmt: skip
    return [*known[what], f"{root}/.folders"]


@EXAMPLES
@given(first=st.none() | SPECS, second=SPECS)
def test_4_what_fails_verification_never_has_a_final_name(module_path: Path, first: Spec | None, second: Spec) -> None:
    with fresh_world(module_path) as world:
        if first is not None:
            install(world, first)
        before = snapshot.state(world.home)
        with pytest.raises(VerificationError) as raised:
            install(world, replace(second, version="3.0"), with_drivers=drivers(world, bad=lambda one: True))
        assert raised.value.code == Exit.VERIFICATION
        assert [path.name for path in world.layout.store.iterdir() if "3.0" in path.name] == []
        if first is not None:
            changed = snapshot.differing(before, snapshot.state(world.home))
            assert {path for path in changed if "/generations/.staging" not in path} == set()
            assert raised.value.holds == "generation 1 is still the current one; nothing was switched"


@EXAMPLES
@given(first=SPECS, second=SPECS)
def test_5_uninstall_after_install_leaves_the_host_as_it_was(module_path: Path, first: Spec, second: Spec) -> None:
    with fresh_world(module_path) as world:
        before = snapshot.state(world.home)
        install(world, first)
        install(world, second)
        remove(world, ["all"])
        assert snapshot.state(world.home) == before


@EXAMPLES
@given(spec=SPECS, settings=st.booleans())
def test_5_data_stays_unless_asked_for_by_name(module_path: Path, spec: Spec, settings: bool) -> None:
    with fresh_world(module_path) as world:
        before = snapshot.state(world.home)
        install(world, spec)
        (world.layout.data / "precious").write_text("a message")
        remove(world)
        left = snapshot.differing(before, snapshot.state(world.home))
        below = str(world.layout.root.relative_to(world.home))
        allowed = ["share", below, f"{below}/.folders", f"{below}/.lock", f"{below}/secrets", f"{below}/toy/kept.json"]
        kept = (f"{below}/toy", f"{below}/toy/data", f"{below}/secrets/toy", f"{below}/toy/run")
        unexpected = {path for path in left if not path.startswith(kept) and path not in allowed}
        assert unexpected == set()
        assert not (world.layout.home / "generations").exists()
        assert (world.layout.data / "precious").read_text() == "a message"
        remove(world, ["toy/data"])
        assert not world.layout.data.exists()
        remove(world, ["all"])
        assert snapshot.state(world.home) == before


def test_5_what_was_there_before_is_never_deleted(tmp_path: Path) -> None:
    world = World(tmp_path)
    for folder in (world.layout.bin, world.outside / "etc" / "units", world.layout.store, world.outside / "opt"):
        folder.mkdir(parents=True)
        (folder / "somebody-else").write_text("mine")
    before = snapshot.state(tmp_path)
    install(world, Spec())
    (world.layout.home / "notes").write_text("mine too")
    remove(world, ["all"])
    left = snapshot.differing(before, snapshot.state(tmp_path))
    root = str(world.layout.root.relative_to(tmp_path))
    assert left == {f"{root}/toy", f"{root}/toy/notes", f"{root}/.folders", f"{root}/.lock"}


@EXAMPLES
@given(spec=SPECS)
def test_6_the_same_input_gives_the_same_bytes(module_path: Path, spec: Spec) -> None:
    with fresh_world(module_path) as one, fresh_world(module_path) as other:
        os.umask(0o077)
        try:
            install(one, spec)
        finally:
            os.umask(0o022)
        install(other, spec)
        assert snapshot.state(one.layout.root) == {
            path: (kind, mode, content.replace(str(other.home), str(one.home)))
            for path, (kind, mode, content) in snapshot.state(other.layout.root).items()
        }


def test_7_the_second_program_says_who_holds_the_lock(tmp_path: Path) -> None:
    world = World(tmp_path)
    install(world, Spec())
    with another_holds(world) as pid:
        before = snapshot.touched(tmp_path)
        with pytest.raises(MsgstackError) as raised:
            install(world, Spec(version="2.0"))
        assert snapshot.touched(tmp_path) == before
    assert raised.value.code == Exit.FAILED
    assert shlex.quote(sys.orig_argv[-1]) in raised.value.why and f"(pid {pid}, for " in raised.value.why
    assert install(world, Spec(version="2.0")).count > 0


@settings(max_examples=10, deadline=None)
@given(first=SPECS, second=SPECS)
def test_7_the_second_program_waits_for_the_first_and_goes_on_from_there(
    module_path: Path, first: Spec, second: Spec
) -> None:
    with fresh_world(module_path) as one, fresh_world(module_path) as other:
        install(one, first)
        install(one, second)
        with another_installs(other, first):
            install(other, second, wait=60)
        assert snapshot.differing(snapshot.state(one.home), snapshot.state(other.home)) == set()


@contextmanager
def another_installs(world: World, spec: Spec) -> Iterator[None]:
    """Another process that has the lock already, and is at work."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        with held(world.layout.root):
            os.write(tell, b"x")
            install(world, spec)
            os._exit(0)
    try:
        assert os.read(told, 1) == b"x"
        yield
    finally:
        _, status = os.waitpid(child, 0)
        os.close(told)
        os.close(tell)
    assert os.waitstatus_to_exitcode(status) == 0


@contextmanager
def another_holds(world: World) -> Iterator[int]:
    """Another process that has the lock; it dies by SIGKILL, so it releases nothing by itself."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        with held(world.layout.root):
            os.write(tell, b"x")
            signal.pause()
    try:
        assert os.read(told, 1) == b"x"
        yield child
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(told)
        os.close(tell)
