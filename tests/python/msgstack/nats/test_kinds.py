"""Reasons and refusals as a plan shows them. `cases/drift.json`: what is wanted, what was seen, what is said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from msgstack.nats.kinds import Context
from msgstack.nats.objects import bucket_of
from msgstack.nats.objects import consumer_of
from msgstack.nats.objects import stream_of
from msgstack.nats.spec import Bucket
from msgstack.nats.spec import Consumer
from msgstack.nats.spec import Stream
from msgstack.resource.record import from_record

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("cases").joinpath("drift.json").read_text())
PLAIN: dict[str, Any] = {
    "stream": stream_of("TASKS", Stream(), ()),
    "consumer": consumer_of("TASKS", "workers", Consumer()),
    "bucket": bucket_of("settings", Bucket(), ()),
}


def changed(kind: str, changes: dict[str, Any]) -> Any:
    lists = {name: tuple(value) if isinstance(value, list) else value for name, value in changes.items()}
    return replace(PLAIN[kind], **lists)


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_drift_is_shown_and_refused_as_the_table_says(case: dict[str, Any]) -> None:
    want, seen = changed(case["kind"], case.get("want", {})), changed(case["kind"], case.get("seen", {}))
    assert list(want.differences(seen)) == case["reasons"]
    refusal = want.refusal(seen)
    assert (refusal or "").split(";")[0] == case.get("refused", "")
    if refusal:
        assert "apply" in refusal


@pytest.mark.parametrize("kind", sorted(PLAIN))
def test_a_receipt_gives_back_what_was_recorded(kind: str) -> None:
    want = PLAIN[kind]
    assert from_record(kind, want.key, json.loads(json.dumps(want.state()))) == replace(want, needs=())


@pytest.mark.parametrize("kind", sorted(PLAIN))
def test_what_the_server_holds_is_data(kind: str) -> None:
    assert PLAIN[kind].holds_data


def context(**changes: Any) -> Context:
    plain = Context(
        key="nats/context/msgstack", name="msgstack", folder=Path("/home/ada/.config/nats"), description="d",
        url="nats://127.0.0.1:4222", user="app", password="/secrets/app.conf",
    )  # fmt: skip
    return replace(plain, **changes)


def test_a_context_is_not_data_and_holds_no_password() -> None:
    assert not context().holds_data
    assert context().exclusive
    assert context().state()["password"] == "/secrets/app.conf"


@pytest.mark.parametrize(
    ("seen", "reasons"),
    [
        ({}, ()),
        ({"url": "nats://127.0.0.1:4333"}, ("url: nats://127.0.0.1:4333 → nats://127.0.0.1:4222",)),
        ({"password": "another password"}, ("password: another password → /secrets/app.conf",)),
        ({"mode": 0o644}, ("mode: 0644 → 0600",)),
        ({"selects": True}, ()),
    ],
)
def test_drift_of_a_context(seen: dict[str, Any], reasons: tuple[str, ...]) -> None:
    assert context().differences(context(**seen)) == reasons
