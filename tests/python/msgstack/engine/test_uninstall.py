"""Uninstall: what goes, in which order, what another component needs, and what can be purged."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from msgstack.engine.observe import observe
from msgstack.engine.uninstall import uninstall
from msgstack.errors import UsageError
from msgstack.host import inventory
from toy.program import drivers
from toy.program import install
from toy.program import remove
from toy.world import Spec
from toy.world import World


def removed(world: World, *purge: str) -> list[str]:
    return [one.change.resource.key for one in remove(world, purge).made]


def test_what_runs_goes_first_and_the_memory_of_it_last(tmp_path: Path) -> None:
    world = World(tmp_path)
    install(world, Spec())
    keys = removed(world, "all")
    assert keys[0] == "toy/process"
    assert keys[-2:] == ["toy/generations", "toy/folders"]
    assert keys.index("toy/bin/toy") < keys.index("toy/data") < keys.index("toy/generations")


def test_a_second_uninstall_has_nothing_to_do(tmp_path: Path) -> None:
    world = World(tmp_path)
    install(world, Spec())
    assert removed(world) != []
    assert removed(world) == []
    assert removed(world, "all") == ["toy/secret", "toy/data", "toy/generations", "toy/folders"]
    assert removed(world, "all") == []


def test_data_that_was_kept_is_found_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    install(world, Spec())
    secret = (world.layout.secrets / "app.conf").read_text()
    remove(world)
    install(world, Spec())
    assert (world.layout.secrets / "app.conf").read_text() == secret
    assert "A" in world.server.read_text()
    assert not (world.layout.home / "kept.json").exists()


def test_a_tree_that_another_component_uses_stays(tmp_path: Path) -> None:
    world = World(tmp_path)
    install(world, Spec())
    install(world, Spec(version="2.0"))
    other = world.layout.root / "other" / "generations" / "1"
    shutil.copytree(world.layout.current, other, symlinks=True)
    remove(world, ["all"])
    assert [path.name[:7] for path in world.layout.store.iterdir()] == ["toy-2.0"]
    assert other.is_dir()


def test_sizes_are_told_before_anything_goes(tmp_path: Path) -> None:
    world = World(tmp_path)
    install(world, Spec())
    (world.layout.data / "messages").write_bytes(b"x" * 10_000)
    found = inventory.take(world.layout)
    plan = uninstall(found, observe((), drivers(world), found.last), ["toy/data"], lambda size: f"{size} bytes")
    reasons = {change.resource.key: change.reasons for change in plan.changes}
    size = int(reasons["toy/data"][0].split()[0])
    assert 10_000 <= size < 40_000
    assert {record.key for record in plan.unmanaged} == {"toy/run", "toy/secret"}


def test_purging_names_what_is_there(tmp_path: Path) -> None:
    world = World(tmp_path)
    install(world, Spec())
    with pytest.raises(UsageError) as raised:
        remove(world, ["toy/setting/A"])
    assert raised.value.fix == "what can be purged: toy/data, toy/run, toy/secret; or all"


def test_where_nothing_is_installed_nothing_is_left(tmp_path: Path) -> None:
    assert removed(World(tmp_path), "all") == []
    assert list(tmp_path.iterdir()) == []
