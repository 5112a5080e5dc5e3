"""The real go command against a module proxy that lies: what it says of each lie leads to the right end."""

from __future__ import annotations

import base64
import hashlib
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import live_cache
from fakes import faults
from fakes import index
from fakes.origin import Origin
from msgstack import data
from msgstack.catalogue.digest import Digest
from msgstack.catalogue.load import load
from msgstack.catalogue.model import Address
from msgstack.catalogue.model import Candidate
from msgstack.catalogue.model import Carried
from msgstack.catalogue.model import File
from msgstack.catalogue.model import GoBuild
from msgstack.catalogue.model import SourceKind
from msgstack.catalogue.model import Unpack
from msgstack.errors import Exit
from msgstack.errors import UnreachableError
from msgstack.errors import VerificationError
from msgstack.host.fetch.archive import Archive
from msgstack.host.fetch.cache import Cache
from msgstack.host.fetch.doors import Doors
from msgstack.host.fetch.files import Files
from msgstack.host.fetch.gomodule import GoModule
from msgstack.host.fetch.gotool import GoTool
from msgstack.host.store import Store
from msgstack.host.unpack import Rules
from msgstack.resource.event import Event
from msgstack.resource.event import Note
from msgstack.resource.kinds import Tree
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change

HERE = f"{ {'linux': 'linux', 'darwin': 'macos'}[sys.platform] }-{platform.machine()}"
THING = "example.org/thing@v1.0.0"
SERVED = "/example.org/thing/@v/v1.0.0"
GO_MOD = b"module example.org/thing\n\ngo 1.26\n"
MAIN_GO = b'package main\n\nfunc main() { println("it runs") }\n'
ZIP = index.wheel({f"{THING}/go.mod": GO_MOD, f"{THING}/main.go": MAIN_GO})
OTHER_ZIP = index.wheel({f"{THING}/go.mod": GO_MOD, f"{THING}/main.go": MAIN_GO.replace(b"it runs", b"it spies")})
BODIES = {".info": b'{"Version":"v1.0.0"}', ".mod": GO_MOD, ".zip": ZIP}
OURS = "module app\n\ngo 1.26\n\nrequire example.org/thing v1.0.0\n"
ARCHIVE = index.wheel({"thing": b"#!/bin/sh\necho it runs >&2\n"})

CACHE = live_cache.root()

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]


def h1(files: dict[str, bytes]) -> str:
    """What go.sum says of files. Source: golang.org/x/mod/sumdb/dirhash, Hash1."""
    lines = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in sorted(files.items()))
    return "h1:" + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()


SUM = (
    f"example.org/thing v1.0.0 {h1({f'{THING}/go.mod': GO_MOD, f'{THING}/main.go': MAIN_GO})}\n"
    f"example.org/thing v1.0.0/go.mod {h1({'go.mod': GO_MOD})}\n"
)


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Origin]:
    """Serves one module; go.sum alone stands against what it says."""
    with Origin() as origin:
        for ending, body in BODIES.items():
            origin.put(SERVED + ending, body)
        monkeypatch.setenv("GOPROXY", origin.url)
        monkeypatch.setenv("GOSUMDB", "off")
        yield origin


@pytest.fixture(scope="module")
def toolchain() -> File:
    """The one of the catalogue for this host."""
    artefacts = load((name, data.text(name)) for name in data.names("3rdparty/artifacts", ".toml")).artefacts
    recipes = (one.recipe for artefact in artefacts for release in artefact.releases for one in release.candidates)
    return next(dict(recipe.toolchains)[HERE] for recipe in recipes if isinstance(recipe, GoBuild))


@pytest.fixture(scope="module")
def go(toolchain: File, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It, unpacked."""
    root = tmp_path_factory.mktemp("go")
    Files(Cache(CACHE)).unpack(toolchain, root, Rules(members={"go/**": ""}), quiet)
    return root


def quiet(event: Event) -> None:
    """Nobody listens."""


def module(folder: Path) -> Path:
    """Our main module, whose go.sum pins the thing."""
    folder.mkdir(parents=True)
    (folder / "go.mod").write_text(OURS, encoding="utf-8")
    (folder / "go.sum").write_text(SUM, encoding="utf-8")
    return folder


def build(folder: Path, go: Path) -> Path:
    """The program, built below `folder`."""
    scratch = folder / "scratch"
    scratch.mkdir(parents=True)
    tool = GoTool(go, scratch, stall_seconds=1)
    tool.build(module(folder / "main"), "example.org/thing", "", {}, folder / "thing", "building", quiet)
    return folder / "thing"


def test_an_honest_proxy_gives_the_same_program_in_every_place(tmp_path: Path, proxy: Origin, go: Path) -> None:
    programs = [build(tmp_path / name, go) for name in ("one", "two")]
    assert programs[0].read_bytes() == programs[1].read_bytes()
    assert subprocess.run([programs[0]], capture_output=True, check=True).stderr == b"it runs\n"


@pytest.mark.parametrize(
    ("ending", "lie"),
    [
        (".mod", faults.corrupt(18)),
        (".zip", faults.corrupt(0)),
        (".zip", faults.corrupt(69)),
        (".zip", faults.replaced(OTHER_ZIP)),
        (".zip", faults.replaced(b"<html>Please log in</html>")),
    ],
    ids=["another go.mod", "no zip", "damaged zip", "another zip", "a page for a zip"],
)
def test_other_bytes_than_the_pinned_ones(
    ending: str, lie: faults.Fault, tmp_path: Path, proxy: Origin, go: Path
) -> None:
    proxy.put(SERVED + ending, BODIES[ending], always=lie)
    with pytest.raises(VerificationError, match=r"example\.org/thing") as caught:
        build(tmp_path, go)
    assert caught.value.code == Exit.VERIFICATION
    assert not (tmp_path / "thing").exists()


@pytest.mark.parametrize("ending", [".mod", ".zip"])
@pytest.mark.parametrize(
    "fault",
    [faults.status(404), faults.status(500), faults.cut(20), faults.cut(20, reset=True), faults.stall(20)],
    ids=["404", "500", "cut", "reset", "stall"],
)
def test_no_bytes(ending: str, fault: faults.Fault, tmp_path: Path, proxy: Origin, go: Path) -> None:
    proxy.put(SERVED + ending, BODIES[ending], always=fault)
    with pytest.raises(UnreachableError, match="Go modules can't be had"):
        build(tmp_path, go)


def test_the_next_source_is_tried_when_the_proxy_has_nothing(tmp_path: Path, proxy: Origin, toolchain: File) -> None:
    proxy.put(f"{SERVED}.zip", ZIP, always=faults.status(404))
    (tmp_path / "cache/sha256").mkdir(parents=True)
    (tmp_path / "cache/sha256" / toolchain.pin.hex).symlink_to(CACHE / "sha256" / toolchain.pin.hex)
    module(tmp_path / "modules/go/thing-1.0")
    files = Files(Cache(tmp_path / "cache"))
    doors: Doors = {GoBuild: GoModule(files, HERE, tmp_path / "modules"), Unpack: Archive(files)}
    want = Tree(key="thing", name="thing", version="1.0", platform=HERE, candidates=ways(toolchain, proxy))
    told: list[Event] = []
    Store(tmp_path / "store", doors).change(Change(Action.CREATE, want, Absent()), told.append)
    assert (tmp_path / "store" / want.candidates[1].id / "bin/thing").exists()
    notes = [one.text for one in told if isinstance(one, Note)]
    assert any(note.startswith("thing 1.0 not from go: Go modules can't be had: ") for note in notes), notes


def ways(toolchain: File, origin: Origin) -> tuple[Candidate, ...]:
    """From Go; and, if that can't be reached, from an archive that the same server has."""
    built = File("thing-1.0", Digest("sha256", "0" * 64), None, Carried())
    recipe = GoBuild("go/thing-1.0", "example.org/thing", "bin/thing", "", built, ((HERE, toolchain),))
    address = Address(origin.put("/thing.zip", ARCHIVE))
    archive = File("thing.zip", Digest("sha256", index.sha256(ARCHIVE)), len(ARCHIVE), address)
    return (
        Candidate("thing", "1.0", HERE, SourceKind.GO, recipe),
        Candidate("thing", "1.0", HERE, SourceKind.URL, Unpack(archive, (("thing", "bin/thing"),))),
    )


def test_nothing_is_left_in_the_user_s_home(
    tmp_path: Path, proxy: Origin, go: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    settings = home / (".config" if sys.platform == "linux" else "Library/Application Support") / "go" / "env"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"GOPROXY={proxy.url}\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    for name in ("GOPROXY", "GOENV", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    proxy.put(f"{SERVED}.zip", ZIP, always=faults.status(404))
    with pytest.raises(UnreachableError):
        build(tmp_path, go)
    assert f"{SERVED}.zip" in [one.path for one in proxy.asked], "what `go env -w` wrote is obeyed"
    assert [path for path in home.rglob("*") if path.is_file()] == [settings]
