"""Receipts: written and read back, damaged, and of a newer program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given

from msgstack.engine.receipt import DamagedReceipt
from msgstack.engine.receipt import Receipt
from msgstack.engine.receipt import Recorded
from msgstack.engine.receipt import decode
from msgstack.engine.receipt import encode
from msgstack.errors import MsgstackError
from toy.program import NAME
from toy.program import NOW
from toy.strategies import SPECS
from toy.world import Spec
from toy.world import World
from toy.world import wants


def receipt_of(spec: Spec) -> Receipt:
    records = tuple(Recorded.of(want) for want in wants(spec, World(Path("/home")))[:-1])
    return Receipt(
        program=NAME, component="toy", instance="default", number=3, made=NOW, stack_digest="d",
        resources=records[1:], leftover=records[:2], trees={"toy/tree": {"id": "toy-1"}},
    )  # fmt: skip


@given(spec=SPECS)
def test_what_is_written_is_read_back(spec: Spec) -> None:
    receipt = receipt_of(spec)
    assert decode(encode(receipt), "receipt") == receipt


@given(spec=SPECS)
def test_every_resource_can_be_made_of_its_record(spec: Spec) -> None:
    for want in wants(spec, World(Path("/home")))[:-1]:
        again = Recorded.of(want).resource()
        assert again is not None and type(again) is type(want) and again.state() == want.state()


def test_no_key_is_told_twice() -> None:
    records = receipt_of(Spec()).records()
    assert len({record.key for record in records}) == len(records)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"schema_version": 1}', '{"schema_version": "x"}'])
def test_damage_is_told(text: str) -> None:
    with pytest.raises(DamagedReceipt, match="receipt is damaged"):
        decode(text, "receipt")


def test_a_newer_receipt_is_not_guessed_at() -> None:
    newer = json.dumps(json.loads(encode(receipt_of(Spec()))) | {"schema_version": 2, "unheard_of": 1})
    with pytest.raises(MsgstackError, match="newer program") as raised:
        decode(newer, "receipt")
    assert not isinstance(raised.value, DamagedReceipt)
