"""From wanted, seen and last to the plan: a table of cases, and that the order of what is wanted doesn't matter."""

from __future__ import annotations

import json
import random
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
from msgstack.resource.generation import Generation
from msgstack.resource.kinds import GenerationFile
from msgstack.resource.kinds import HostFile
from msgstack.resource.model import Absent
from msgstack.resource.model import Present
from msgstack.resource.model import Resource
from msgstack.resource.model import Seen
from msgstack.resource.model import Unknown
from toy.kinds import Process
from toy.kinds import Setting
from toy.program import NAME
from toy.program import NOW

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("cases").joinpath("plan.json").read_text())
Wants = dict[str, list[str]]


def resource(key: str, kind: str, text: str) -> Resource:
    match kind:
        case "file":
            return GenerationFile(key=key, path=key, content=text)
        case "host":
            return HostFile(key=key, path=Path("/", key), content=text, mode=0 if text == "not ours" else 0o644)
        case "process":
            return Process(key=key, revision=text)
        case _:
            return Setting(key=key, name=key, value=text, fixed=kind == "fixed")


def resources(wants: Wants) -> list[Resource]:
    return [resource(key, kind, text) for key, (kind, text) in wants.items()]


def sealed(wants: Wants, digest: str = "same") -> Generation:
    return seal("toy", resources(wants), "", digest, "default")


def last_of(case: dict[str, Any]) -> Receipt | None:
    if case["last"] is None:
        return None
    now, was = sealed(case["last"]), sealed(case.get("was", {}))
    return Receipt(
        program=NAME, component="toy", instance="default", number=1, made=NOW, stack_digest="same",
        resources=recorded(now.states), leftover=recorded(was.states),
    )  # fmt: skip


def seen_in(case: dict[str, Any]) -> dict[str, Seen[Any]]:
    kinds = {key: kind for part in ("was", "last", "wants") for key, (kind, _) in (case.get(part) or {}).items()}
    plain = {"fixed": "setting"}
    seen: dict[str, Seen[Any]] = {"toy/generation": Absent()}
    if case["last"] is not None:
        seen["toy/generation"] = Present(replace(sealed(case["last"]), number=1))
    for key, text in case["seen"].items():
        if text in ("absent", "unknown"):
            seen[key] = Absent() if text == "absent" else Unknown("it is stopped")
        else:
            seen[key] = Present(resource(key, plain.get(kinds[key], kinds[key]), text))
    return seen


def planned(case: dict[str, Any], wants: list[Resource]) -> Plan:
    generation = sealed(case["wants"], case.get("digest", "same"))
    return plan([*wants, generation], seen_in(case), last_of(case), case.get("prune", ()))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_plan(case: dict[str, Any]) -> None:
    made = planned(case, resources(case["wants"]))
    assert [f"{change.action} {change.resource.key}" for change in made.changes] == case["changes"]
    assert [record.key for record in made.unmanaged] == case.get("unmanaged", [])
    assert [refused.key for refused in made.refused] == case.get("refused", [])
    counted = sum(line[0] in "+~-" for line in case["changes"])
    assert made.count == case.get("count", counted)
    leftover = [one["key"] for change in made.changes if isinstance(change.resource, Generation)
                for one in change.resource.leftover]  # fmt: skip
    assert leftover == case.get("leftover", [])
    assert all(change.reasons for change in made.changes if change.action != "+"), "every change has a reason"


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_no_generation_is_made_for_the_order_of_what_is_wanted(case: dict[str, Any]) -> None:
    shuffled = resources(case["wants"])
    random.Random(1).shuffle(shuffled)
    assert sealed(case["wants"]).differences(seal("toy", shuffled, "", "same", "default")) == ()


@pytest.mark.parametrize(
    ("prune", "says"),
    [
        ("f", "take it out of the stack file first"),
        ("nothing", "what can be pruned: s"),
        ("gone", "what can be pruned: s"),
    ],
)
def test_prune_names_what_is_unmanaged(prune: str, says: str) -> None:
    case = {
        "wants": {"f": ["file", "x"]}, "seen": {"f": "x", "s": "1", "gone": "absent"}, "prune": [prune],
        "last": {"f": ["file", "x"], "s": ["setting", "1"], "gone": ["setting", "2"]},
    }  # fmt: skip
    with pytest.raises(UsageError) as raised:
        planned(case, resources({"f": ["file", "x"]}))
    assert says in raised.value.fix


def test_what_a_newer_program_made_is_left_alone() -> None:
    last = last_of({"last": {"f": ["file", "x"]}})
    assert last is not None
    strange = replace(last.resources[0], key="strange", kind="of-the-future")
    seen = seen_in({"wants": {}, "last": {"f": ["file", "x"]}, "seen": {"f": "x"}})
    wants = [*resources({"f": ["file", "x"]}), sealed({"f": ["file", "x"]})]
    made = plan(wants, seen, replace(last, resources=(*last.resources, strange)))
    assert (made.changes, [record.key for record in made.unmanaged]) == ((), ["strange"])


def test_a_plan_shows_a_unified_diff() -> None:
    case: dict[str, Any] = {
        "wants": {"f": ["file", "a\nb\n"]},
        "seen": {"f": "a\nc\n"},
        "last": {"f": ["file", "a\nb\n"]},
    }
    change = next(change for change in planned(case, resources(case["wants"])).changes if change.diff)
    assert change.diff == "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n-c\n+b\n"
