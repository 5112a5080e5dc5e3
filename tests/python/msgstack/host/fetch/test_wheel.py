"""Files of a package index, whatever form its pages have and however it lies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fakes import faults
from fakes import index
from fakes.origin import Origin
from msgstack.catalogue.digest import Digest
from msgstack.catalogue.model import File
from msgstack.catalogue.model import Project
from msgstack.catalogue.model import SourceKind
from msgstack.errors import UnreachableError
from msgstack.errors import VerificationError
from msgstack.host.fetch.cache import Cache
from msgstack.host.fetch.download import Limits
from msgstack.host.fetch.files import Files
from msgstack.resource.event import Event

NAME = "thing_bin-1.0-py3-none-any.whl"
BODY = index.wheel({"thing/bin/thing": b"#!/bin/sh\n", "thing/data": b"x" * 50_000})
FILE = File(NAME, Digest("sha256", index.sha256(BODY)), len(BODY), Project("thing-bin"))
LIMITS = Limits(total_seconds=20, stall_seconds=0.5, attempts=2, backoff_seconds=0.01)
Page = Callable[[str, dict[str, str]], bytes]


def quiet(event: Event) -> None:
    """Nobody listens."""


def get(tmp_path: Path, base: str) -> bytes:
    files = Files(Cache(tmp_path / "cache"), mirrors={SourceKind.WHEEL: base}, limits=LIMITS)
    return files.get(FILE, quiet).read_bytes()


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A host whose pip is told nothing, so that only what a test sets counts."""
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize(
    ("page", "content_type"),
    [
        (index.json_page, index.JSON),
        (index.json_page, f"{index.JSON}; charset=utf-8"),
        (index.html_page, "text/html"),
        (index.html_page, "text/html; charset=utf-8"),
        (index.html_page, "application/vnd.pypi.simple.v1+html"),
    ],
)
@pytest.mark.parametrize("url", ["{origin}/files/{name}", "../../files/{name}", "/files/{name}#sha256=" + "0" * 64])
def test_both_forms_of_page_with_any_address(tmp_path: Path, page: Page, content_type: str, url: str) -> None:
    with Origin() as origin:
        origin.put(f"/files/{NAME}", BODY)
        body = page("thing-bin", {"other.whl": "/other.whl", NAME: url.format(origin=origin.url, name=NAME)})
        origin.put("/simple/thing-bin/", body, always=faults.headers(Content_Type=content_type))
        assert get(tmp_path, f"{origin.url}/simple/") == BODY


def test_the_page_may_lie_elsewhere(tmp_path: Path) -> None:
    with Origin() as origin:
        index.publish(origin, "thing-bin", NAME, BODY)
        origin.put("/old/thing-bin/", b"", always=faults.redirect("/simple/thing-bin/"))
        assert get(tmp_path, f"{origin.url}/old") == BODY


def test_a_fault_that_passes_is_tried_again(tmp_path: Path) -> None:
    with Origin() as origin:
        index.publish(origin, "thing-bin", NAME, BODY)
        page = index.json_page("thing-bin", {NAME: f"/files/{NAME}"})
        good = faults.headers(Content_Type=index.JSON)
        origin.put("/simple/thing-bin/", page, faults.status(503), always=good)
        assert get(tmp_path, f"{origin.url}/simple") == BODY


@pytest.mark.parametrize(
    ("page", "content_type", "says"),
    [
        (b"{", index.JSON, "no page of a package index"),
        (b"[]", index.JSON, "no page of a package index"),
        (b"\xff\xfe", index.JSON, "no page of a package index"),
        (b"hello", "text/plain", "no page of a package index"),
        (index.json_page("thing-bin", {"other.whl": "/x"}), index.JSON, f"does not have {NAME}"),
        (b"<html>Please log in</html>", "text/html", f"does not have {NAME}"),
    ],
)
def test_what_is_no_index_is_unreachable(tmp_path: Path, page: bytes, content_type: str, says: str) -> None:
    with Origin() as origin:
        origin.put("/simple/thing-bin/", page, always=faults.headers(Content_Type=content_type))
        with pytest.raises(UnreachableError, match=says):
            get(tmp_path, f"{origin.url}/simple")


@pytest.mark.parametrize(
    "fault", [faults.status(404), faults.status(500), faults.cut(20), faults.stall(20), faults.redirect("ftp://x/")]
)
def test_a_page_that_does_not_come_is_unreachable(tmp_path: Path, fault: faults.Fault) -> None:
    with Origin() as origin:
        origin.put("/simple/thing-bin/", b"x" * 100, always=fault)
        with pytest.raises(UnreachableError):
            get(tmp_path, f"{origin.url}/simple")


def test_bytes_that_are_not_the_pinned_ones_end_the_search(tmp_path: Path) -> None:
    with Origin() as origin:
        base = index.publish(origin, "thing-bin", NAME, BODY, faults.corrupt(9))
        with pytest.raises(VerificationError) as caught:
            get(tmp_path, base)
        assert FILE.pin.hex in str(caught.value)
    assert [path for path in (tmp_path / "cache").rglob("*") if path.name == NAME] == []


def test_every_place_that_pip_would_ask_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    links = tmp_path / "links"
    links.mkdir()
    with Origin() as bad, Origin() as good:
        monkeypatch.setenv("PIP_FIND_LINKS", f"{links} {bad.url}/links.html")
        monkeypatch.setenv("PIP_INDEX_URL", f"{bad.url}/simple")
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", index.publish(good, "thing-bin", NAME, BODY))
        files = Files(Cache(tmp_path / "cache"), limits=LIMITS)
        assert files.get(FILE, quiet).read_bytes() == BODY
        assert [one.path for one in bad.asked] == ["/links.html", "/simple/thing-bin/"]


def test_a_folder_of_wheels_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / NAME).write_bytes(BODY)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert Files(Cache(tmp_path / "cache"), limits=LIMITS).get(FILE, quiet).read_bytes() == BODY


def test_a_mirror_stands_instead_of_all_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Origin() as unasked, Origin() as mirror:
        monkeypatch.setenv("PIP_INDEX_URL", index.publish(unasked, "thing-bin", NAME, BODY))
        with pytest.raises(UnreachableError):
            get(tmp_path, f"{mirror.url}/simple")
        assert not unasked.asked
