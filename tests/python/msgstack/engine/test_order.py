"""The order of changes: phase, needs, then as given; and what is a defect of a component."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgstack.engine.order import in_order
from msgstack.resource.model import Resource
from toy.kinds import Process
from toy.kinds import Setting


def setting(key: str, *needs: str) -> Resource:
    return Setting(key=key, name=key, value="", needs=needs)


def keys(*wants: Resource) -> str:
    return " ".join(want.key for want in in_order(wants))


def test_phases_come_before_needs_and_needs_before_the_given_order() -> None:
    process = Process(key="p", revision="")
    assert keys(setting("c", "a", "p"), setting("b"), setting("a"), process) == "p b a c"
    assert keys(setting("b"), setting("a")) == "b a"


@given(st.permutations(range(6)), st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=8))
def test_each_comes_after_all_that_it_needs(given_order: list[int], pairs: set[tuple[int, int]]) -> None:
    needs = {n: [str(low) for low, high in pairs if high == n and low < n] for n in range(6)}
    order = [want.key for want in in_order([setting(str(n), *needs[n]) for n in given_order])]
    assert sorted(order) == [str(n) for n in range(6)]
    assert all(order.index(need) < order.index(str(n)) for n in range(6) for need in needs[n])


@pytest.mark.parametrize(
    ("wants", "says"),
    [
        ([setting("a"), setting("a")], "unique"),
        ([setting("a", "b")], "not among"),
        ([setting("a"), Process(key="p", revision="", needs=("a",))], "later phase"),
        ([setting("a", "b"), setting("b", "a")], "circle"),
    ],
)
def test_defects_are_refused(wants: list[Resource], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        in_order(wants)
