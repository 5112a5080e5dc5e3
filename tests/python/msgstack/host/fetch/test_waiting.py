"""Ctrl-C while a source is waited for: every wait is told of, ends soon, and what has come stays to be resumed."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import faults
from fakes.origin import Origin
from interrupting import ended_by_ctrl_c
from msgstack.catalogue.digest import Digest
from msgstack.catalogue.model import File
from msgstack.catalogue.model import Project
from msgstack.host.fetch import wheel
from msgstack.host.fetch.download import Limits
from msgstack.host.fetch.download import fetch
from msgstack.host.fetch.part import Unwatched
from msgstack.host.fetch.url import Job
from msgstack.resource.event import Event
from msgstack.resource.event import Progress

BODY = random.Random(3).randbytes(300_000)
DIGEST = Digest("sha256", hashlib.sha256(BODY).hexdigest())
WAITS: dict[str, tuple[faults.Fault, Progress]] = {
    "in the back-off": (faults.status(503, Retry_After="50"), Progress("waiting to try file again", 0, 50, "s")),
    "in a silent socket": (faults.stall(150_000), Progress("file, waiting for more", 0, 30, "s")),
    "before an answer": (faults.unanswered(), Progress("waiting for 127.0.0.1", 0, 30, "s")),
}


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as one:
        yield one


@pytest.mark.parametrize(("fault", "tells"), WAITS.values(), ids=WAITS)
def test_ctrl_c_in_a_download(fault: faults.Fault, tells: Progress, origin: Origin, tmp_path: Path) -> None:
    url, part = origin.put("/file", BODY, fault), tmp_path / "file.part"
    error, told = ended_by_ctrl_c(lambda say: fetch(url, part, DIGEST, Limits(), say))
    assert tells in told
    assert error.why == f"at: {tells.what}"
    assert BODY.startswith(part.read_bytes())
    had = part.stat().st_size
    assert fetch(url, part, DIGEST, Limits(), lambda event: None) == DIGEST
    assert origin.asked[-1].start == had, "it goes on where it was"


@pytest.mark.parametrize("fault", [faults.status(503), faults.stall(10), faults.unanswered()])
def test_ctrl_c_at_the_page_of_an_index(fault: faults.Fault, origin: Origin, tmp_path: Path) -> None:
    origin.put("/thing/", BODY, always=fault)
    file = File("thing.whl", DIGEST, None, Project("thing"))
    limits = Limits(backoff_seconds=20)
    error, _ = ended_by_ctrl_c(
        lambda say: wheel.fetch(Job(file, tmp_path / "part", limits, say, Unwatched()), "thing", origin.url)
    )
    assert "127.0.0.1" in error.why


def test_nothing_reads_on(origin: Origin, tmp_path: Path) -> None:
    """Whoever is told of progress may raise anything; then the thread that reads has ended too."""

    def leave(event: Event) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fetch(origin.put("/file", BODY, faults.stall(150_000)), tmp_path / "file.part", DIGEST, Limits(), leave)
    assert not [one for one in threading.enumerate() if one.name == "ahead"]
