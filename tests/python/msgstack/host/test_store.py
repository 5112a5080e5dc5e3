"""The store: a tree is complete, verified and read-only, or it is not there."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes import index
from msgstack.catalogue.digest import Digest
from msgstack.catalogue.model import Candidate
from msgstack.catalogue.model import File
from msgstack.catalogue.model import Project
from msgstack.catalogue.model import SourceKind
from msgstack.catalogue.model import Unpack
from msgstack.errors import MsgstackError
from msgstack.errors import VerificationError
from msgstack.host import manifest
from msgstack.host.fetch.doors import Settings
from msgstack.host.fetch.doors import doors
from msgstack.host.store import LITTER
from msgstack.host.store import Store
from msgstack.resource.event import Event
from msgstack.resource.event import Note
from msgstack.resource.kinds import Tree
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present

BODIES = {
    name: index.wheel({"bin/thing": b"#!/bin/sh\necho " + name.encode(), "data/a": b"a" * 5000, "data/b/c": b"c"})
    for name in ("one", "two")
}
MEMBERS = (("bin/**", "bin"), ("data/**", "data"))


def candidate(name: str, kind: SourceKind = SourceKind.WHEEL) -> Candidate:
    body = BODIES[name]
    file = File(f"{name}.whl", Digest("sha256", index.sha256(body)), len(body), Project("thing"))
    return Candidate("thing", "1.0", "linux-x86_64", kind, Unpack(file, MEMBERS))


ONE, TWO = candidate("one"), candidate("two", SourceKind.URL)
WANT = Tree(key="tree/thing", name="thing", version="1.0", platform="linux-x86_64", candidates=(ONE, TWO))


def quiet(event: Event) -> None:
    """Nobody listens."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An offline folder with both files."""
    made = tmp_path / "folder"
    made.mkdir()
    for name, body in BODIES.items():
        (made / f"{name}.whl").write_bytes(body)
    return made


@pytest.fixture
def store(tmp_path: Path, folder: Path) -> Store:
    settings = Settings(tmp_path / "cache", "linux-x86_64", tmp_path, offline=folder)
    return Store(tmp_path / "root" / "store", doors(settings))


def create(store: Store, want: Tree = WANT) -> Path:
    store.change(Change(Action.CREATE, want, Absent()), quiet)
    return next(store.root / one.id for one in want.candidates if (store.root / one.id).exists())


def faults(store: Store) -> str:
    """What a cheap look says is wrong; "" when nothing is."""
    seen = store.observe(WANT)
    assert isinstance(seen, Present)
    assert bool(WANT.differences(seen.resource)) == (seen.resource != WANT)
    return seen.resource.version.removeprefix(WANT.version)


def loosen(tree: Path) -> None:
    """Let names in its folders change, as someone who spoils a tree must."""
    for path in (tree, *tree.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)


def rewrite(path: Path, data: bytes) -> None:
    """Other content under the same name and mode."""
    mode = stat.S_IMODE(path.stat().st_mode)
    path.unlink()
    path.write_bytes(data)
    path.chmod(mode)


def test_a_tree_is_made_once_and_read_only(store: Store) -> None:
    assert store.observe(WANT) == Absent()
    tree = create(store)
    assert tree == store.root / ONE.id
    assert store.observe(WANT) == Present(WANT)
    assert store.faults(WANT) == ()
    modes = {p.relative_to(tree).as_posix(): stat.S_IMODE(p.stat().st_mode) for p in (tree, *tree.rglob("*"))}
    assert modes == {
        ".": 0o555,
        "bin": 0o555,
        "bin/thing": 0o555,
        "data": 0o555,
        "data/a": 0o444,
        "data/b": 0o555,
        "data/b/c": 0o444,
        "manifest.json": 0o444,
    }
    assert [path.name for path in store.root.iterdir()] == [ONE.id]


def test_the_manifest_tells_what_is_there_and_what_was_verified(store: Store) -> None:
    known = manifest.read(create(store))
    assert known is not None
    assert (known.id, known.version, known.platform, known.built) == (ONE.id, "1.0", "linux-x86_64", False)
    assert [entry.path for entry in known.files] == ["bin/thing", "data/a", "data/b/c"]
    assert known.files[1].sha256 == index.sha256(b"a" * 5000)
    assert known.provenance.kind == "wheel"
    assert index.sha256(BODIES["one"]) in known.provenance.verified[0]


def test_the_same_tree_has_the_same_manifest_everywhere(tmp_path: Path, store: Store, folder: Path) -> None:
    first = (create(store) / "manifest.json").read_bytes()
    old = os.umask(0o077)
    try:
        other = Settings(tmp_path / "other", "linux-x86_64", tmp_path, offline=folder)
        tree = create(Store(tmp_path / "elsewhere" / "store", doors(other)))
    finally:
        os.umask(old)
    assert (tree / "manifest.json").read_bytes() == first


def test_a_file_that_fails_on_the_way_is_named(store: Store, tmp_path: Path) -> None:
    lock = tmp_path / "cache" / "sha256" / index.sha256(BODIES["one"]) / ".lock"
    lock.mkdir(parents=True)
    with pytest.raises(MsgstackError) as failed:
        create(store)
    assert (failed.value.what, failed.value.why) == (f"{lock} can't be used", "Is a directory")
    assert list(store.root.iterdir()) == []


def test_the_next_candidate_is_taken_when_one_can_not_be_reached(store: Store, folder: Path) -> None:
    (folder / "one.whl").unlink()
    assert create(store) == store.root / TWO.id
    assert store.observe(WANT) == Present(WANT)


def test_a_file_that_is_not_the_pinned_one_leaves_nothing(store: Store, folder: Path) -> None:
    (folder / "one.whl").write_bytes(BODIES["two"])
    with pytest.raises(VerificationError):
        create(store)
    assert list(store.root.iterdir()) == []


def test_no_source_leaves_nothing_and_names_the_files(store: Store, folder: Path) -> None:
    (folder / "one.whl").unlink()
    (folder / "two.whl").unlink()
    with pytest.raises(MsgstackError) as caught:
        create(store)
    assert "one.whl" in caught.value.fix
    assert list(store.root.iterdir()) == []


Damage = Callable[[Path], object]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda tree: (tree / "bin/thing").unlink(), "bin/thing is missing"),
        (lambda tree: rewrite(tree / "data/a", b""), "data/a has 0 bytes, not 5000"),
        (lambda tree: (tree / "bin/thing").chmod(0o444), "bin/thing has mode 0444, not 0555"),
        (lambda tree: (tree / "manifest.json").unlink(), "has no manifest"),
        (lambda tree: rewrite(tree / "manifest.json", b"{"), "has no manifest"),
        (lambda tree: [(tree / "data/b/c").unlink(), (tree / "data/b/c").symlink_to("../a")], "data/b/c is a link"),
    ],
)
def test_damage_is_seen_cheaply_and_mended(store: Store, damage: Damage, says: str) -> None:
    tree = create(store)
    loosen(tree)
    damage(tree)
    assert says in faults(store)
    seen = store.observe(WANT)
    store.change(Change(Action.UPDATE, WANT, seen), quiet)
    assert store.observe(WANT) == Present(WANT)
    assert store.faults(WANT) == ()
    assert [path.name for path in store.root.iterdir()] == [ONE.id]


def test_another_tree_under_the_name_is_seen(store: Store) -> None:
    tree = create(store)
    tree.rename(tree.with_name(TWO.id))
    assert f"{TWO.id} has the manifest of {ONE.id}" in faults(store)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda tree: rewrite(tree / "data/a", b"b" * 5000), "data/a has other content"),
        (lambda tree: (tree / "data/new").write_bytes(b""), "data/new does not belong to it"),
    ],
)
def test_what_hides_from_a_cheap_look_is_seen_by_a_deep_one(store: Store, damage: Damage, says: str) -> None:
    tree = create(store)
    loosen(tree)
    damage(tree)
    assert faults(store) == ""
    assert store.faults(WANT) == (says,)


def test_what_is_not_there_is_said_by_the_deep_look(store: Store) -> None:
    assert store.faults(WANT) == (f"thing 1.0 is not in {store.root}",)


def test_what_a_killed_run_left_goes_with_the_next(store: Store) -> None:
    left = store.root / f"{LITTER}abc-tree" / "bin"
    left.mkdir(parents=True)
    (left / "thing").touch()
    left.chmod(0o555)
    create(store)
    assert [path.name for path in store.root.iterdir()] == [ONE.id]


def test_a_tree_that_a_generation_links_to_stays(store: Store) -> None:
    tree = create(store)
    generation = store.root.parent / "nats" / "generations" / "1"
    generation.mkdir(parents=True)
    (generation / "home").symlink_to(tree)
    told: list[Event] = []
    store.change(Change(Action.DELETE, WANT, Present(WANT)), told.append)
    assert told == [Note(f"{ONE.id} stays: an older generation uses it")]
    assert store.unused() == ()
    (generation / "home").unlink()
    assert store.unused() == (tree,)
    store.change(Change(Action.DELETE, WANT, Present(WANT)), quiet)
    assert list(store.root.iterdir()) == []


def test_a_tree_of_a_receipt_is_found_without_its_candidates(store: Store) -> None:
    tree = create(store)
    remembered = Tree(key="tree/thing", name="thing", version="1.0", platform="linux-x86_64", candidates=())
    other = Tree(key="tree/thing", name="thing", version="1.0", platform="macos-arm64", candidates=())
    assert store.observe(remembered) == Present(remembered)
    assert store.observe(other) == Absent()
    store.change(Change(Action.DELETE, remembered, Present(remembered)), quiet)
    assert not tree.exists()


PROGRAM = """
import importlib.util
import os
import sys
import time
from pathlib import Path
here, root, cache, folder, *path = sys.argv[1:]
sys.path[:0] = path
spec = importlib.util.spec_from_file_location("cases", here)
cases = importlib.util.module_from_spec(spec)
spec.loader.exec_module(cases)

def create(name):
    settings = cases.Settings(Path(cache), "linux-x86_64", Path("/"), offline=Path(folder))
    cases.create(cases.Store(Path(name), cases.doors(settings)))

create(root + "-warm")
began = time.monotonic()
create(root + "-measured")
print(time.monotonic() - began, flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        create(root)
        os._exit(0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def test_killed_at_any_moment_there_is_no_half_tree(tmp_path: Path, folder: Path, store: Store) -> None:
    """Process death at random moments of the change; what is there is whole, and the next run completes it."""
    arguments = [*map(str, (__file__, store.root, tmp_path / "cache", folder)), *sys.path]
    command = [sys.executable, "-c", PROGRAM, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        takes = float(process.stdout.readline())
        endings = []
        for part in range(40):
            print("go", file=process.stdin, flush=True)
            child = int(process.stdout.readline())
            time.sleep(takes * part / 40)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            endings.append(int(process.stdout.readline()))
            for path in store.root.glob("[!.]*"):
                assert store.faults(WANT) == (), path
                store.change(Change(Action.DELETE, WANT, Present(WANT)), quiet)
        process.stdin.close()
    assert endings.count(-signal.SIGKILL) > 5, endings
    create(store)
    assert store.faults(WANT) == ()
    assert [path.name for path in store.root.iterdir()] == [ONE.id]
