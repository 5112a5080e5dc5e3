"""The stack file: what is accepted, what is refused and in which words; reader and schema agree."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from msgstack.errors import Exit
from msgstack.resource.model import to_json
from msgstack.spec.problem import StackError
from msgstack.spec.reader import digest
from msgstack.spec.reader import load
from msgstack.spec.schema import schema
from msgstack.spec.stack import Stack

CASES = Path(__file__).parent / "cases"
SCHEMA = Draft202012Validator(schema())


def cases(name: str) -> list[Any]:
    found = tomllib.loads((CASES / f"{name}.toml").read_text())["case"]
    return [pytest.param(case, id=case["name"]) for case in found]


def at(content: Any, key: str) -> Any:
    """The value under a dotted key; False when there is none."""
    for part in key.split("."):
        if part not in content:
            return False
        content = content[part]
    return content


@pytest.mark.parametrize("case", cases("accepted"))
def test_accepted(case: dict[str, Any]) -> None:
    content = to_json(load(case["stack"], "stack.toml"))
    assert {key: at(content, key) for key in case["holds"]} == case["holds"]
    assert list(SCHEMA.iter_errors(tomllib.loads(case["stack"]))) == []


@pytest.mark.parametrize("case", cases("refused"))
def test_refused(case: dict[str, Any]) -> None:
    with pytest.raises(StackError) as caught:
        load(case["stack"], "stack.toml")
    assert [str(problem) for problem in caught.value.problems] == case["errors"]
    assert caught.value.code == Exit.USAGE
    found = list(SCHEMA.iter_errors(tomllib.loads(case["stack"])))
    assert ("refuses" if found else "accepts") == case["schema"], [e.message for e in found]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


def test_what_is_not_toml_names_the_place() -> None:
    with pytest.raises(StackError) as caught:
        load("[nats\nport = 1", "stack.toml")
    assert caught.value.what == "stack.toml can't be used: 1 problem"
    assert "this is not TOML" in caught.value.why
    assert "line 1" in caught.value.why


def test_the_digest_is_of_what_is_said_not_of_how() -> None:
    one = load('[nats]\nport = 4333\nmemory = "512MiB"\n', "a")
    other = load('# a remark\nnats = { memory = "0.5GiB", port = 4_333 }\n', "b")
    assert digest(one) == digest(other)
    assert digest(one) != digest(load("", "c"))
    assert digest(load("", "c")) == digest(Stack())


def nested(depth: int) -> st.SearchStrategy[Any]:
    words = st.sampled_from(
        ["nats", "port", "streams", "TASKS", "max_bytes", "budget", "memory", "sources", "order", "x"]
    )
    values = st.one_of(st.booleans(), st.integers(-10, 10**6), st.sampled_from(["1GiB", "file", "7d", "", "a.>"]))
    return st.recursive(
        values, lambda inner: st.dictionaries(words, inner) | st.lists(inner, max_size=3), max_leaves=depth
    )


def to_toml(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{name} = {to_toml(item)}' for name, item in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(to_toml(item) for item in value)}]"
    return json.dumps(value)


@given(st.dictionaries(st.sampled_from(["nats", "budget", "sources", "service", "x"]), nested(12)))
def test_any_file_is_a_stack_or_refused_in_words_and_the_schema_never_refuses_what_the_reader_accepts(
    content: dict[str, Any],
) -> None:
    try:
        load("".join(f"{name} = {to_toml(value)}\n" for name, value in content.items()), "stack.toml")
    except StackError as error:
        assert error.problems
        assert all(problem.text for problem in error.problems)
        return
    assert list(SCHEMA.iter_errors(content)) == []
