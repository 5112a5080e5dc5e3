"""The invariants again, at the level of system calls: counted, killed, refused by the system."""

from __future__ import annotations

from pathlib import Path

import pytest

from msgstack.errors import Exit
from msgstack.host.generation import read_last
from toy import snapshot
from toy import strace
from toy.program import install
from toy.program import planned
from toy.sweep import AFTER
from toy.sweep import prepared
from toy.sweep import sweep


@pytest.fixture(autouse=True)
def _strace() -> None:
    strace.need_strace()


def test_1_the_second_apply_makes_no_call_that_changes_anything(tmp_path: Path) -> None:
    world = prepared(tmp_path / "home")
    first = strace.run(world.home, tmp_path / "log", "install", AFTER.text())
    assert (first.code, first.calls != ()) == (Exit.OK, True), "the trace must see what a run changes"
    second = strace.run(world.home, tmp_path / "log", "install", AFTER.text())
    assert (second.code, second.out, second.calls) == (Exit.OK, "0 changes\n", ())


def test_3_killed_at_system_calls(tmp_path: Path) -> None:
    """A sample: the first, a middle and the last call of each sort. `scripts/prove killed` takes every call."""
    assert sweep(tmp_path, lambda times: sorted({1, times // 2 + 1, times})) > 15


@pytest.mark.parametrize(
    ("inject", "says"),
    [
        ("fsync:error=EIO:when=3", "Input/output error"),
        ("write:error=ENOSPC:when=2", "No space left on device"),
        ("syncfs:error=EIO:when=1", "Input/output error"),
        ("rename:error=ENOSPC:when=1", "No space left on device"),
        ("mkdir:error=EDQUOT:when=2", "Disk quota exceeded"),
        ("mkdir:error=EROFS:when=1", "Read-only file system"),
    ],
)
def test_3_refused_by_the_system_in_stage(tmp_path: Path, inject: str, says: str) -> None:
    world = prepared(tmp_path / "home")
    outside, server = snapshot.state(world.outside), world.server.read_text()
    ran = strace.run(world.home, tmp_path / "log", "install", AFTER.text(), inject=inject)
    assert ran.code == Exit.FAILED, ran.out
    assert says in ran.out and "Traceback" not in ran.out
    assert "generation 1 is still the current one; nothing was switched" in ran.out
    last = read_last(world.layout)
    assert last is not None and last.number == 1
    assert (snapshot.state(world.outside), world.server.read_text()) == (outside, server)
    install(world, AFTER)
    assert planned(world, AFTER).changes == ()


def test_3_refused_by_the_system_after_the_switch(tmp_path: Path) -> None:
    """Whichever rename fails, what is said of the current generation is true, and the next run goes on."""
    world = prepared(tmp_path / "home")
    traced = strace.run(world.home, tmp_path / "log", "install", AFTER.text())
    renames = [arguments for call, arguments in traced.calls if call == "rename"]
    switch = next(n for n, arguments in enumerate(renames, 1) if '/toy/current"' in arguments)
    assert switch < len(renames), "something must be renamed after the switch"
    for when in range(switch, len(renames) + 1):
        failing = prepared(tmp_path / "failing")
        inject = f"rename:error=EIO:when={when}"
        ran = strace.run(failing.home, tmp_path / "log", "install", AFTER.text(), inject=inject)
        last = read_last(failing.layout)
        assert last is not None and ran.code == Exit.FAILED
        assert last.number == (1 if when == switch else 2)
        assert f"generation {last.number} is " in ran.out
        assert ("the next run goes on with: " in ran.out) == (when > switch)
        install(failing, AFTER)
        assert planned(failing, AFTER).changes == ()
