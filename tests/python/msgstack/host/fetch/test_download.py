"""Each way in which a server lies or fails, and what must be on disk and in words afterwards."""

from __future__ import annotations

import hashlib
import random
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from fakes import faults
from fakes.origin import Origin
from msgstack.catalogue.digest import Digest
from msgstack.errors import MsgstackError
from msgstack.errors import UnreachableError
from msgstack.errors import VerificationError
from msgstack.host.fetch.download import Limits
from msgstack.host.fetch.download import fetch
from msgstack.resource.event import Event
from msgstack.resource.event import Note
from msgstack.resource.event import Progress

BODY = random.Random(1).randbytes(300_000)
DIGEST = Digest("sha256", hashlib.sha256(BODY).hexdigest())
LIMITS = Limits(max_bytes=1_000_000, total_seconds=2, stall_seconds=0.3, attempts=4, backoff_seconds=0.01)
CASES = tomllib.loads((Path(__file__).parent / "cases" / "origin.toml").read_text())["case"]
RAISED = {"unreachable": UnreachableError, "unverified": VerificationError}


def fault(name: str, how: Any) -> faults.Fault:
    """From the table's words to the function."""
    if name == "both":
        return faults.both(*(fault(*one) for one in how))
    if name == "replaced":
        return faults.replaced(b"n" * how["size"])
    made: faults.Fault = getattr(faults, name)(**how)
    return made


def run(url: str, part: Path, limits: Limits = LIMITS) -> tuple[MsgstackError | None, list[Event]]:
    """One download: what it raised and what it said."""
    events: list[Event] = []
    try:
        assert fetch(url, part, DIGEST, limits, events.append) == DIGEST
    except MsgstackError as error:
        return error, events
    return None, events


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_server(case: dict[str, Any], tmp_path: Path) -> None:
    part = tmp_path / "file.part"
    with Origin() as origin:
        first = [fault(*one) for one in case.get("first", [])]
        always = fault(*case["always"]) if "always" in case else None
        error, events = run(origin.put("/file", BODY, *first, always=always), part)
        asked = [one.start for one in origin.asked]
    assert (type(error) if error else None) == RAISED.get(case["outcome"]), error
    said = " | ".join([str(error), *(event.text for event in events if isinstance(event, Note))])
    assert re.search(case.get("says", ""), said), said
    assert len(asked) == case.get("requests", len(asked)), asked
    assert asked == case.get("ranges", asked)
    if case["outcome"] == "whole":
        assert part.read_bytes() == BODY
        assert events[-1] == Progress("file", len(BODY), len(BODY))
    assert part.exists() == (case["outcome"] != "unverified"), "only bytes that may become the pinned file stay"
    assert part.exists() is False or part.stat().st_size == case.get("kept", part.stat().st_size)


def test_resumes_what_an_earlier_run_left(tmp_path: Path) -> None:
    part = tmp_path / "file.part"
    part.write_bytes(BODY[:123_456])
    with Origin() as origin:
        assert run(origin.put("/file", BODY), part)[0] is None
        assert [one.start for one in origin.asked] == [123_456]
    assert part.read_bytes() == BODY


def test_asks_nobody_when_all_is_there(tmp_path: Path) -> None:
    part = tmp_path / "file.part"
    part.write_bytes(BODY)
    assert run("http://127.0.0.1:9/file", part)[0] is None


@pytest.mark.parametrize("left", [b"z" * 5, b"z" * 300_000, BODY + b"z", b"z" * 2_000_000], ids=len)
def test_damaged_leftovers_cost_one_more_download(left: bytes, tmp_path: Path) -> None:
    part = tmp_path / "file.part"
    part.write_bytes(left)
    with Origin() as origin:
        error, _ = run(origin.put("/file", BODY), part)
    assert error is None
    assert part.read_bytes() == BODY


def test_a_link_in_place_of_the_part_is_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / "file.part").symlink_to(victim)
    with Origin() as origin:
        error, _ = run(origin.put("/file", BODY), tmp_path / "file.part")
    assert isinstance(error, MsgstackError)
    assert victim.read_bytes() == b"mine"


def test_refused_is_final_and_masks_the_password(tmp_path: Path) -> None:
    with Origin() as origin:
        url = origin.url.replace("//", "//me:secret@") + "/file?token=secret"
    error, _ = run(url, tmp_path / "file.part")
    assert isinstance(error, UnreachableError)
    assert "refused" in str(error)
    assert "***@127.0.0.1" in str(error)
    assert "secret" not in f"{error} {error.fix}"


def test_unknown_host(tmp_path: Path) -> None:
    error, _ = run("http://host.invalid/file", tmp_path / "file.part")
    assert isinstance(error, UnreachableError)
    assert "no address" in str(error) or "proxy" in str(error)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "nonsense", "http://", "http://[::1/x"])
def test_addresses_that_are_none(url: str, tmp_path: Path) -> None:
    error, _ = run(url, tmp_path / "file.part")
    assert isinstance(error, UnreachableError)


def test_sha512_is_checked_too(tmp_path: Path) -> None:
    pinned = Digest("sha512", hashlib.sha512(BODY).hexdigest())
    with Origin() as origin:
        url = origin.put("/file", BODY, always=faults.corrupt(7))
        with pytest.raises(VerificationError, match="expected sha512:"):
            fetch(url, tmp_path / "p", pinned, LIMITS, lambda event: None)
        assert fetch(origin.put("/file", BODY), tmp_path / "p", pinned, LIMITS, lambda event: None) == pinned


def test_the_sizes_that_are_told_never_shrink_or_pass_the_total(tmp_path: Path) -> None:
    with Origin() as origin:
        _, events = run(origin.put("/file", BODY, always=faults.drip(30_000, 0.05)), tmp_path / "file.part")
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done == sorted(done)
    assert 3 < len(done) < 12, "now and then, not for every piece"
