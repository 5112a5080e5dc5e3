"""The checker can fail: each planted fault is found, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgstack.verify.delivery import compare
from msgstack.verify.model import Wrong

SENT = [f"m{n}" for n in range(20)]


def test_all_is_well() -> None:
    evidence = compare(SENT, SENT, SENT).require()
    assert evidence == {
        "attempted": 20, "acknowledged": 20, "read": 20, "lost": 0, "unexpected": 0, "duplicated": 0, "reordered": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (SENT[:7] + SENT[8:], r"^1 lost \(m7\)$"),
        ([*SENT, "m3"], r"^1 duplicated \(m3\)$"),
        ([SENT[1], SENT[0], *SENT[2:]], r"^1 out of order \(m0\)$"),
        ([*SENT, "stranger"], r"^1 unexpected \(stranger\)$"),
        ([], r"^20 lost \(m0, m1, m2, m3, m4\)$"),
    ],
)
def test_a_planted_fault_is_found(read: list[str], reason: str) -> None:
    with pytest.raises(Wrong, match=reason):
        compare(SENT, SENT, read).require()


def test_an_indeterminate_message_may_be_read_or_not() -> None:
    compare(SENT, SENT[:-1], SENT).require()
    compare(SENT, SENT[:-1], SENT[:-1]).require()


@given(st.lists(st.sampled_from(SENT)))
def test_lost_and_duplicated_are_exactly_those(read: list[str]) -> None:
    found = compare(SENT, SENT, read)
    assert set(found.lost) == set(SENT) - set(read)
    assert set(found.duplicated) == {p for p in read if read.count(p) > 1}
    assert found.unexpected == ()


@given(st.permutations(SENT))
def test_only_the_order_sent_is_in_order(read: list[str]) -> None:
    assert (compare(SENT, SENT, read).reordered == ()) == (read == SENT)
