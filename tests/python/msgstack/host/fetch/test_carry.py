"""What one host gathers, another installs from without a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes import index
from fakes.origin import Origin
from msgstack.catalogue.digest import Digest
from msgstack.catalogue.model import Brew
from msgstack.catalogue.model import Candidate
from msgstack.catalogue.model import Environment
from msgstack.catalogue.model import File
from msgstack.catalogue.model import Project
from msgstack.catalogue.model import SourceKind
from msgstack.catalogue.model import TreeWant
from msgstack.catalogue.model import VersionProbe
from msgstack.errors import UsageError
from msgstack.errors import VerificationError
from msgstack.host.fetch.carry import carry
from msgstack.host.fetch.doors import Settings
from msgstack.resource.event import Event

BODY = index.wheel({"thing/__init__.py": b""})
FILE = File("thing-1.0-py3-none-any.whl", Digest("sha256", index.sha256(BODY)), len(BODY), Project("thing"))
BREW = Brew("thing", (("thing", "bin/thing"),), ">=1", VersionProbe(("bin/thing",), "(.*)"), ())


def quiet(event: Event) -> None:
    """Nobody listens."""


def want(*recipes: Environment | Brew) -> TreeWant:
    ways = tuple(Candidate("thing", "1.0", "macos-arm64", SourceKind.WHEEL, recipe) for recipe in recipes)
    return TreeWant("thing", "1.0", "macos-arm64", ways)


def settings(tmp_path: Path, index_url: str = "", offline: Path | None = None) -> Settings:
    return Settings(tmp_path / "cache", "linux-x86_64", tmp_path, offline, {SourceKind.WHEEL: index_url})


def test_a_gathered_folder_can_be_gathered_from(tmp_path: Path) -> None:
    wants = [want(BREW, Environment((FILE,))), want(Environment((FILE,)))]
    with Origin() as origin:
        base = index.publish(origin, "thing", FILE.name, BODY)
        placed = carry(wants, settings(tmp_path, base), tmp_path / "usb", quiet)
    assert placed == (tmp_path / "usb" / FILE.name,)
    assert placed[0].read_bytes() == BODY
    elsewhere = settings(tmp_path / "elsewhere", offline=tmp_path / "usb")
    assert carry(wants, elsewhere, tmp_path / "again", quiet)[0].read_bytes() == BODY


def test_what_was_changed_on_the_way_is_refused_and_not_placed(tmp_path: Path) -> None:
    usb = tmp_path / "usb"
    usb.mkdir()
    (usb / FILE.name).write_bytes(BODY + b"x")
    with pytest.raises(VerificationError):
        carry([want(Environment((FILE,)))], settings(tmp_path, offline=usb), tmp_path / "again", quiet)
    assert not (tmp_path / "again" / FILE.name).exists()


def test_homebrew_alone_can_not_be_carried(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be carried"):
        carry([want(BREW)], settings(tmp_path), tmp_path / "usb", quiet)
