"""A run from any damaged state ends as from a good one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from msgstack.host.litter import remove_tree
from toy import snapshot
from toy.program import install
from toy.program import planned
from toy.program import remove
from toy.strategies import SPECS
from toy.world import Spec
from toy.world import World

PLACES = (
    "toy/current", "toy/current/receipt.json", "toy/current/stack.toml", "toy/current/conf/server.conf",
    "toy/generations", "toy/current/home", "toy/current/conf", "toy/run/running", "toy/run", "bin/toy", "bin", "store",
    "secrets/toy/app.conf", "../../host/etc/units/toy.unit", "../../host/opt/toy", "toy/data/server.json",
)  # fmt: skip
RECEIPTS = ("toy/current", "toy/current/receipt.json", "toy/generations")
OURS = ("bin/toy", "../../host/etc/units/toy.unit", "../../host/opt/toy")  # known to be so by the receipt alone
DEEDS = ("remove", "empty", "mode")


@settings(max_examples=40, deadline=None)
@given(spec=SPECS, damage=st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(DEEDS)), min_size=1, max_size=4))
def test_any_damage_is_mended(module_path: Path, spec: Spec, damage: list[tuple[str, str]]) -> None:
    world = World(module_path / "home")
    shutil.rmtree(world.home, ignore_errors=True)
    world.outside.mkdir(parents=True)
    install(world, spec)
    whole = in_use(world)
    lost = any(place in RECEIPTS for place, _ in damage)
    for place, deed in damage:
        if not (lost and place in OURS):
            do(deed, world.layout.root / place)
    install(world, spec)
    assert planned(world, spec).changes == ()
    assert in_use(world) == whole
    remove(world, ["all"])
    assert snapshot.state(world.home) == {"host": snapshot.state(world.home)["host"]}


def in_use(world: World) -> snapshot.State:
    """What is there, wherever the current generation lies, and without those before it."""
    root, found = str(world.layout.root.relative_to(world.home)), snapshot.state(world.home)
    current = snapshot.state(world.layout.current.resolve())
    current.pop("receipt.json")
    rest = {path: entry for path, entry in found.items() if not path.startswith((f"{root}/toy/", f"{root}/.folders"))}
    return rest | current | snapshot.state(world.layout.data)


def do(deed: str, path: Path) -> None:
    if not os.path.lexists(path):
        return
    if deed == "remove" or path.is_symlink():
        path.unlink() if path.is_symlink() or path.is_file() else remove_tree(path)
    elif deed == "empty" and path.is_file() and path.name != "server.json":
        path.write_text("")
    elif deed == "mode" and path.is_file() and path.name not in ("receipt.json", "stack.toml", "server.json"):
        path.chmod(0o640)


@pytest.mark.parametrize("text", ["", "{}", "not JSON"])
def test_a_damaged_receipt_is_written_anew_and_forgets_nothing(tmp_path: Path, text: str) -> None:
    """What the receipt before it knew is deleted, and data is reported, all the same."""
    world = World(tmp_path)
    install(world, Spec())
    install(world, Spec(wrappers={"toy": "new"}))
    (world.layout.current / "receipt.json").write_text(text)
    after = Spec(wrappers={}, settings={"A": "1"})
    plan = planned(world, after)
    assert "- toy/bin/toy" in [f"{change.action} {change.resource.key}" for change in plan.changes]
    assert [record.key for record in plan.unmanaged] == ["toy/setting/B"]
    install(world, after)
    assert not (world.layout.bin / "toy").exists()
    assert [record.key for record in planned(world, after).unmanaged] == ["toy/setting/B"]
