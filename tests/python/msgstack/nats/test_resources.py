"""Facts and stack file in, exact resources out: `cases/` has what goes in, `golden/` what comes out of it.

Texts have golden files of their own (test_render.py, and the tests of services); here only their names count.
"""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from msgstack.engine.generation import seal
from msgstack.engine.plan import Plan
from msgstack.engine.plan import plan
from msgstack.engine.receipt import Receipt
from msgstack.engine.receipt import recorded
from msgstack.errors import UsageError
from msgstack.nats.resources import resources
from msgstack.nats.spec import Nats
from msgstack.resource.facts import Facts
from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode
from msgstack.resource.generation import Generation
from msgstack.resource.kinds import GenerationLink
from msgstack.resource.kinds import Service
from msgstack.resource.kinds import Tree
from msgstack.resource.kinds import Trial
from msgstack.resource.layout import Layout
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Phase
from msgstack.resource.model import Present
from msgstack.resource.model import Resource
from msgstack.resource.model import Seen
from msgstack.resource.model import to_json
from msgstack.spec.reader import digest
from msgstack.spec.reader import load
from msgstack.spec.stack import Stack
from servers.nats import catalogue
from servers.nats import facts

HERE = Path(__file__)
CASES: dict[str, Any] = tomllib.loads(HERE.with_name("cases").joinpath("resources.toml").read_text())
PLANS: dict[str, Any] = tomllib.loads(HERE.with_name("cases").joinpath("plans.toml").read_text())
TEXTS = ("content", "definition", "loaded", "revision", "spec")


def read(case: dict[str, Any]) -> tuple[Stack, Facts]:
    told = {"machine": "x86_64"} | case.get("facts", {})
    host = {name: KINDS.get(name, str)(value) for name, value in told.items()}
    return load(case.get("stack", ""), "stack.toml"), facts(Path("/"), **host)


KINDS = {"manager": Manager, "mode": Mode, "root": Path, "home": Path, "config_home": Path}


def made(case: dict[str, Any]) -> tuple[Resource, ...]:
    stack, host = read(case)
    return resources(stack, catalogue(), host, Layout(host.root, "nats", stack.instance))


def summary(want: Resource) -> dict[str, Any]:
    state = {name: value for name, value in want.state().items() if name not in TEXTS}
    if isinstance(want, GenerationLink):  # the ids of trees follow the catalogue
        state["targets"] = [str(target).rsplit("-", 1)[0] for target in want.targets]
    phase = Phase(want.phase).name.lower()
    return {"kind": want.kind, "phase": phase, "needs": to_json(want.needs), **state}


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_resources_are_the_golden_ones(name: str) -> None:
    text = json.dumps({want.key: summary(want) for want in made(CASES[name])}, indent=1, ensure_ascii=False) + "\n"
    golden = HERE.with_name("golden") / f"{name}.json"
    if os.environ.get("MSGSTACK_GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def sealed(case: dict[str, Any]) -> tuple[Resource, ...]:
    stack = case.get("stack", "")
    wants = made(case)
    return (*wants, seal("nats", wants, stack, digest(load(stack, "stack.toml")), "default"))


def planned(case: dict[str, Any]) -> Plan:
    """All that was wanted before is there as it was wanted, and nothing else."""
    wants = sealed(case)
    before = sealed({"stack": case["before"]}) if "before" in case else ()
    seen: dict[str, Seen[Any]] = {want.key: Absent() for want in wants}
    seen |= {was.key: Present(was) for was in before}
    last = next((memory(was) for was in before if isinstance(was, Generation)), None)
    return plan(wants, seen, last, case.get("prune", ()))


def memory(of: Generation) -> Receipt:
    return Receipt(
        program="", component="nats", instance="default", number=1, made="", stack_digest=of.stack_digest,
        resources=recorded(of.states),
    )  # fmt: skip


def lines(case: dict[str, Any]) -> list[str]:
    found = planned(case)
    changes = [
        f"{change.action} {change.resource.key}" for change in found.changes if change.action is not Action.CARRY
    ]
    refused = [f"refused {one.key}" for one in found.refused]
    return changes + refused + [f"kept {record.key}" for record in found.unmanaged]


def test_the_plans_are_the_golden_ones() -> None:
    text = json.dumps({name: lines(case) for name, case in PLANS.items()}, indent=1) + "\n"
    golden = HERE.with_name("golden") / "plans.json"
    if os.environ.get("MSGSTACK_GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    assert json.loads(text) == json.loads(golden.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_need_is_there_and_comes_no_later(name: str) -> None:
    wants = {want.key: want for want in made(CASES[name])}
    for want in wants.values():
        assert all(wants[key].phase <= want.phase for key in want.needs)


def one(kind: type[Resource], nats: Nats = Nats()) -> Any:  # noqa: B008
    host = facts(Path("/"))
    found = resources(Stack(nats=nats), catalogue(), host, Layout(host.root, "nats"))
    return next(want for want in found if isinstance(want, kind))


def test_without_nats_there_is_nothing() -> None:
    host = facts(Path("/"))
    assert resources(Stack(nats=Nats(enabled=False)), catalogue(), host, Layout(host.root, "nats")) == ()


@pytest.mark.parametrize("changes", [{"port": 4333}, {"memory": 600 * 10**6}, {"version": "2.14.6"}])
def test_a_change_of_what_it_runs_from_is_a_new_revision(changes: dict[str, Any]) -> None:
    nats = replace(Nats(), **changes)
    assert one(Service, nats).revision != one(Service).revision
    assert one(Trial, nats).revision == one(Service, nats).revision


def test_a_change_of_streams_is_none() -> None:
    assert one(Service, Nats(streams={}, buckets={})).revision == one(Service).revision


def test_the_revision_is_in_the_script_that_it_is_the_revision_of() -> None:
    case = CASES["linux-user"]
    script = next(want for want in made(case) if want.key == "nats/file/service/run")
    revision = next(want.revision for want in made(case) if isinstance(want, Service))
    assert f"revision={revision}\n" in script.content  # type: ignore[attr-defined]


def test_a_version_that_is_too_old_is_refused_with_the_reason() -> None:
    with pytest.raises(UsageError, match="too old"):
        one(Tree, Nats(version="2.9"))


def test_memory_that_does_not_suffice_is_refused_before_anything() -> None:
    with pytest.raises(UsageError, match=r"nats\.memory"):
        one(Tree, Nats(memory=type(Nats().memory)(64 * 10**6)))
