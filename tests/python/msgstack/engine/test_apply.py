"""Apply: what is unknown is resolved in its phase, Ctrl-C stops between changes, and an early end says what holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from msgstack.engine.apply import apply
from msgstack.errors import Exit
from msgstack.errors import InterruptedRun
from msgstack.errors import MsgstackError
from msgstack.resource.event import Began
from msgstack.resource.event import Ended
from msgstack.resource.event import Event
from msgstack.resource.event import Progress
from msgstack.resource.event import Say
from msgstack.resource.kinds import Directory
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Seen
from toy.program import drivers
from toy.program import install
from toy.program import planned
from toy.program import silent
from toy.world import Spec
from toy.world import World


def made(world: World, spec: Spec, prune: tuple[str, ...] = ()) -> list[str]:
    return [f"{one.change.action} {one.change.resource.key}" for one in install(world, spec, prune).made]


def test_a_stopped_server_is_started_and_its_settings_are_then_looked_at(tmp_path: Path) -> None:
    world = World(tmp_path)
    install(world, Spec())
    world.server.write_text('{"A": ["9", false], "B": ["2", false]}')
    world.running.unlink()
    plan = planned(world, Spec())
    assert [f"{change.action} {change.resource.key}" for change in plan.changes] == [
        "+ toy/process", "? toy/setting/A", "? toy/setting/B",
    ]  # fmt: skip
    assert made(world, Spec()) == ["+ toy/process", "~ toy/setting/A"]


def test_a_prune_in_a_stopped_server_waits_until_it_runs(tmp_path: Path) -> None:
    world = World(tmp_path)
    install(world, Spec())
    install(world, Spec(settings={"A": "1"}))
    assert [record.key for record in planned(world, Spec(settings={"A": "1"})).unmanaged] == ["toy/setting/B"]
    world.running.unlink()
    assert made(world, Spec(settings={"A": "1"}), ("toy/setting/B",)) == ["+ toy/process", "- toy/setting/B"]
    assert planned(world, Spec(settings={"A": "1"})).unmanaged == ()


def test_what_stays_unknown_is_an_error_that_names_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    install(world, Spec())
    world.running.unlink()
    without_start = planned(world, Spec())
    checks = tuple(change for change in without_start.changes if change.action is Action.CHECK)
    with pytest.raises(MsgstackError, match="toy/setting/A can't be looked at: the server is stopped"):
        apply(type(without_start)("toy", checks), drivers(world), silent)


def test_every_change_is_told_when_it_begins_and_ends(tmp_path: Path) -> None:
    told: list[Event] = []
    outcome = install(World(tmp_path), Spec(), say=told.append)
    keys = [one.change.resource.key for one in outcome.made]
    assert [event.key for event in told if isinstance(event, Began)] == keys
    assert [event.key for event in told if isinstance(event, Ended)] == keys
    assert all(one.seconds >= 0 for one in outcome.made)


@pytest.mark.parametrize("after", range(15))
def test_ctrl_c_stops_between_changes_and_the_next_run_goes_on(tmp_path: Path, after: int) -> None:
    world = World(tmp_path)
    ended: list[Event] = []

    def say(event: Event) -> None:
        if isinstance(event, Ended):
            ended.append(event)

    with pytest.raises(InterruptedRun) as raised:
        install(world, Spec(), say=say, stop=lambda: len(ended) >= after)
    assert len(ended) == after
    assert raised.value.code == Exit.INTERRUPTED
    assert raised.value.fix == "run the same command again to go on"
    switched = world.layout.current.exists()
    expected = "generation 1 is the current one; the next run goes on with:" if switched else "nothing is in use yet"
    assert raised.value.holds.startswith(expected)
    install(world, Spec())
    assert planned(world, Spec()).changes == ()


def test_long_work_stops_where_it_tells_of_its_progress(tmp_path: Path) -> None:
    world = World(tmp_path)
    begun: list[Event] = []

    def say(event: Event) -> None:
        begun.append(event)

    plan = planned(world, Spec())
    used = dict(drivers(world))
    first = next(change for change in plan.changes if change.counts)

    class Slow:
        def observe(self, want: Directory) -> Seen[Directory]:
            raise AssertionError("nothing asks")

        def change(self, change: Change[Directory], say: Say) -> None:
            for n in range(1000):
                say(Progress("a download", n))

    used[type(first.resource)] = Slow()
    with pytest.raises(InterruptedRun):
        apply(plan, used, say, lambda: len(begun) > 10)
    assert 10 < len(begun) < 20


def test_refused_changes_stop_the_run_before_it_begins(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.layout.bin.mkdir(parents=True)
    (world.layout.bin / "toy").write_text("mine")
    with pytest.raises(MsgstackError, match="can't be changed in place: toy/bin/toy") as raised:
        install(world, Spec())
    assert "move it away" in raised.value.fix
    assert not world.layout.home.exists()
    assert (world.layout.bin / "toy").read_text() == "mine"
