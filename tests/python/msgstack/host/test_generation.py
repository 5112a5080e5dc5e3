"""Generations and the links and files in them, where the tests of whole runs don't reach."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from msgstack.errors import MsgstackError
from msgstack.host import litter
from msgstack.host.generation import read_last
from msgstack.host.link import GenerationLinkDriver
from msgstack.resource.kinds import GenerationLink
from msgstack.resource.layout import Layout
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from toy.program import install
from toy.program import planned
from toy.world import Spec
from toy.world import World


def test_numbers_count_up_and_older_generations_stay_whole(tmp_path: Path) -> None:
    world = World(tmp_path)
    texts = ["one", "two", "three"]
    for text in texts:
        install(world, Spec(files={"conf/a": text}))
    folders = [world.layout.generations / str(number) for number in (1, 2, 3)]
    assert sorted(path.name for path in world.layout.generations.iterdir()) == ["1", "2", "3"]
    assert [(folder / "conf" / "a").read_text() for folder in folders] == texts
    assert os.readlink(world.layout.current) == "generations/3"
    last = read_last(world.layout)
    assert last is not None and (last.number, last.program, last.made) == (3, "toy-setup 1", "2026-01-02T03:04:05Z")


def test_the_receipt_tells_where_trees_came_from_and_no_secret(tmp_path: Path) -> None:
    world = World(tmp_path)
    install(world, Spec())
    last = read_last(world.layout)
    assert last is not None
    tree = last.trees["toy/tree"]
    assert tree["id"] == (world.layout.current / "home").resolve().name
    assert tree["provenance"] == {
        "kind": "wheel", "version": "1.0", "source": ["a toy"], "verified": ["sha256"], "not_verified": [],
    }  # fmt: skip
    secret = (world.layout.secrets / "app.conf").read_text().split('"')[1]
    assert not any(secret in path.read_text() for path in world.layout.current.rglob("*") if path.is_file() and
                   "secrets" not in path.parts)  # fmt: skip


def test_a_receipt_of_a_newer_program_stops_everything(tmp_path: Path) -> None:
    world = World(tmp_path)
    install(world, Spec())
    receipt = world.layout.current / "receipt.json"
    receipt.write_text(receipt.read_text().replace('"schema_version": 1', '"schema_version": 7'))
    with pytest.raises(MsgstackError, match="was written by a newer program"):
        planned(world, Spec())


@pytest.mark.parametrize("in_use", [True, False])
def test_a_generation_that_was_marked_is_kept_only_if_it_is_in_use(tmp_path: Path, in_use: bool) -> None:
    world = World(tmp_path)
    install(world, Spec())
    install(world, Spec(version="2.0"))
    litter.pending(world.layout).symlink_to("2" if in_use else "1")
    litter.clear(world.layout)
    assert (world.layout.generations / "1").is_dir() == in_use
    assert (world.layout.generations / "2").is_dir()
    assert not litter.pending(world.layout).is_symlink()


def link(layout: Layout, *names: str) -> GenerationLink:
    return GenerationLink(key="toy/home", path="home", targets=tuple(layout.store / name for name in names))


def test_a_link_takes_the_first_target_that_exists_and_keeps_one_that_will_do(tmp_path: Path) -> None:
    layout = Layout(tmp_path, "toy")
    layout.staging.mkdir(parents=True)
    for name in ("b", "c"):
        (layout.store / name).mkdir(parents=True)
    driver, want = GenerationLinkDriver(layout), link(layout, "a", "b", "c")
    driver.change(Change(Action.CREATE, want, Absent()), print)
    assert os.readlink(layout.staging / "home") == str(layout.store / "b")
    in_use = Present(link(layout, "c"))
    assert want.differences(in_use.resource) == ()
    driver.change(Change(Action.CARRY, want, in_use), print)
    assert os.readlink(layout.staging / "home") == str(layout.store / "c")


def test_a_link_to_nothing_is_absent_and_never_made(tmp_path: Path) -> None:
    layout = Layout(tmp_path, "toy")
    layout.home.mkdir(parents=True)
    layout.current.symlink_to("generations/1")
    (layout.generations / "1").mkdir(parents=True)
    (layout.current / "home").symlink_to(layout.store / "gone")
    driver, want = GenerationLinkDriver(layout), link(layout, "gone")
    assert driver.observe(want) == Absent()
    with pytest.raises(MsgstackError, match="toy/home has nothing to link to"):
        driver.change(Change(Action.CREATE, want, Absent()), print)
