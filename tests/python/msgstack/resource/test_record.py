"""Every kind that a receipt can name is read back as what it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

import pytest

from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode
from msgstack.resource.kinds import HostLink
from msgstack.resource.kinds import Service
from msgstack.resource.model import Json
from msgstack.resource.model import Phase
from msgstack.resource.model import Resource
from msgstack.resource.record import from_record
from msgstack.service.spec import Ready
from msgstack.service.spec import ServiceSpec
from msgstack.spec.units import Size


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Part:
    size: Size
    place: Path | None


@dataclass(frozen=True, kw_only=True)
class Everything(Resource):
    kind: ClassVar[str] = "test-everything"
    phase: ClassVar[Phase] = Phase.LIVE

    colour: Colour
    parts: tuple[Part, ...]
    pair: tuple[Path, str]
    by_name: Mapping[Colour, Part]
    ratio: float = 0.5
    flag: bool = True


def everything() -> Everything:
    part = Part(Size.parse("1KiB"), Path("/a b"))
    return Everything(
        key="k",
        colour=Colour.RED,
        parts=(part, Part(Size(1), None)),
        pair=(Path("/x"), "y"),
        by_name={Colour.RED: part},
    )


def service() -> Service:
    spec = ServiceSpec(
        component="nats", instance="default", mode=Mode.USER, description="NATS", command=("/run it",),
        working_directory=Path("/w"), user=None, ready=Ready(url="http://127.0.0.1:1"), started=Path("/s"),
        memory_max=1, open_files=2, stop_seconds=3, writable=(Path("/d"),), log=Path("/l"), log_max=4,
        root=Path("/r"), lock=Path("/k"),
    )  # fmt: skip
    definition = ((Path("/u"), "[Unit]"),)
    manager = Manager.SYSTEMD
    return Service(key="s", manager=manager, spec=spec, definition=definition, loaded="l", revision="r")


@pytest.mark.parametrize("want", [everything(), service(), HostLink(key="l", path=Path("/p"), target=Path("/t"))])
def test_it_is_what_it_was(want: Resource) -> None:
    again = from_record(want.kind, want.key, want.state())
    assert again == want
    assert again is not None and want.differences(again) == ()


@pytest.mark.parametrize(
    "damage",
    [{"colour": "blue"}, {"parts": "x"}, {"pair": ["/x"]}, {"pair": ["/x", 3]}, {"unknown": 1}, {"flag": "no"}],
)
def test_what_does_not_fit_is_not_guessed_at(damage: dict[str, Json]) -> None:
    state = everything().state()
    assert from_record("test-everything", "k", state | damage) is None or "unknown" in damage


def test_what_is_missing_is_not_made_up() -> None:
    assert from_record("test-everything", "k", {}) is None


def test_an_unknown_kind_is_nothing() -> None:
    assert from_record("no-such-kind", "k", {}) is None
