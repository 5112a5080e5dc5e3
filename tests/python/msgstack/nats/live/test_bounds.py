"""What the stack file accepts, a server accepts: `cases/bounds.toml` goes to the edges."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from msgstack.nats.live.monitor import Monitor
from msgstack.nats.live.trial import compare
from msgstack.nats.render import expected
from msgstack.spec.check import problems
from msgstack.spec.reader import load

pytestmark = pytest.mark.live

CASES: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("cases").joinpath("bounds.toml").read_text())


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_server_takes_what_we_accept_and_shows_no_drift(start: Any, name: str) -> None:
    stack = load(CASES[name]["stack"], name)
    assert problems(stack) == ()
    place = start(stack.nats)
    compare(Monitor(place.nats.monitor_port).ask("/varz"), expected(place.nats, "default", "linux"))
    place.apply()
    assert place.apply() == []
