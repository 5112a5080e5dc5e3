"""What our rules refuse is what real servers refuse, and what they let pass is made in place.

`cases/rules.json` has one change a line: of a stream or a consumer, and whether a server makes it in place.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from msgstack.nats import wire
from msgstack.nats.objects import bucket_of
from msgstack.nats.objects import consumer_of
from msgstack.nats.objects import stream_of
from msgstack.nats.spec import Bucket
from msgstack.nats.spec import Consumer
from msgstack.nats.spec import Nats
from msgstack.nats.spec import Stream
from msgstack.spec.units import Size
from servers import nats
from servers.clients import api
from servers.nats import Place

pytestmark = pytest.mark.live

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("cases").joinpath("rules.json").read_text())
SMALL = Size.parse("1MiB")
PLAIN: dict[str, Any] = {
    "stream": stream_of("S", Stream(max_bytes=SMALL), ()),
    "bucket": bucket_of("B", Bucket(max_bytes=SMALL), ()),
    "consumer": consumer_of("S", "C", Consumer()),
}


@pytest.fixture(params=(nats.OLDEST, "2.11.11", "2.12.8", "2.14.6", nats.NEWEST))
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def place(start: Any) -> Place:
    empty: Place = start(Nats(streams={}, buckets={}))
    return empty


def with_changes(case: dict[str, Any], name: str) -> Any:
    changes = case.get(name, {}).items()
    return replace(PLAIN[case["kind"]], **{k: tuple(v) if isinstance(v, list) else v for k, v in changes})


def test_the_server_does_as_our_rules_say(place: Place) -> None:
    wrong = [problem for case in CASES if (problem := try_out(place, case))]
    assert not wrong, "\n".join(wrong)


def try_out(place: Place, case: dict[str, Any]) -> str:
    """Make `old` with the server's own API, ask it for `new`, and hold its answer against ours."""
    old, new = with_changes(case, "old"), with_changes(case, "new")
    ask = {"stream": streams, "bucket": buckets, "consumer": consumers}[case["kind"]]
    answer = ask(place, old, new)
    server_refuses, we_refuse = "error" in answer, new.refusal(old) is not None
    assert we_refuse == case["refused"], case
    return "" if server_refuses == we_refuse else f"{case}: the server says {answer.get('error', 'yes')}"


def streams(place: Place, old: Any, new: Any) -> dict[str, Any]:
    return _streams(place, wire.stream_config(old), wire.stream_config(new))


def buckets(place: Place, old: Any, new: Any) -> dict[str, Any]:
    return _streams(place, wire.bucket_config(old), wire.bucket_config(new))


def _streams(place: Place, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    made = api(place, f"STREAM.CREATE.{old['name']}", old)
    answer = api(place, f"STREAM.UPDATE.{old['name']}", made["config"] | new)
    api(place, f"STREAM.DELETE.{old['name']}", {})
    return answer


def consumers(place: Place, old: Any, new: Any) -> dict[str, Any]:
    api(place, "STREAM.CREATE.S", wire.stream_config(PLAIN["stream"]))
    made = api(place, "CONSUMER.CREATE.S.C", body(wire.consumer_config(old), "create"))
    config = made["config"] | wire.consumer_config(new)
    if new.push_subject is None:
        config = {k: v for k, v in config.items() if not k.startswith("deliver_subject")}
    answer = api(place, "CONSUMER.CREATE.S.C", body(config, "update"))
    api(place, "STREAM.DELETE.S", {})
    return answer


def body(config: dict[str, Any], action: str) -> dict[str, Any]:
    return {"stream_name": "S", "config": config, "action": action}


@pytest.mark.parametrize("version", ["2.12.8", nats.NEWEST], indirect=True)
def test_a_stream_that_acknowledges_before_it_writes_is_drift_that_no_server_mends(place: Place) -> None:
    """`persist_mode: async` undoes `sync_interval: always` without a word (2.12 and later)."""
    config = wire.stream_config(PLAIN["stream"]) | {"persist_mode": "async"}
    made = api(place, "STREAM.CREATE.S", config)
    seen = wire.stream_seen(PLAIN["stream"], made["config"])
    assert PLAIN["stream"].differences(seen) == ("persist_mode: async → default",)
    assert "nats stream backup S" in (PLAIN["stream"].refusal(seen) or "")
    answer = api(place, "STREAM.UPDATE.S", made["config"] | {"persist_mode": "default"})
    assert "persist mode" in answer["error"]["description"]
