"""The committed locks: hashes for everything, addresses for nothing, and the same versions wherever two overlap."""

from __future__ import annotations

import json
import re

import pytest

from build import tree
from launcher import set_up

FOLDER = tree.ROOT / "3rdparty" / "python"
NAMES = ("pants", "pex", "ship", "tools")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def lock(name: str) -> str:
    return (FOLDER / f"{name}.lock").read_text()


def pins(text: str) -> dict[str, set[str]]:
    """Project, its name normalised, to the versions that the lock has of it (one a marker)."""
    found: dict[str, set[str]] = {}
    for project, version in PIN.findall(text):
        found.setdefault(re.sub(r"[-_.]+", "-", project).lower(), set()).add(version)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_has_no_address(name: str) -> None:
    assert not re.search(r"://|--(extra-)?index-url|--find-links|-i ", lock(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_pin_has_hashes(name: str) -> None:
    entries = re.split(r"\n(?=\S)", lock(name).strip())
    bare = [entry.split()[0] for entry in entries if not set_up.pinned_hashes(entry)]
    assert entries and not bare


@pytest.mark.parametrize("name", ["pants", "pex", "ship"])
def test_a_lock_holds_what_was_asked_for(name: str) -> None:
    asked = pins((FOLDER / f"{name}.in").read_text())
    locked = pins(lock(name))
    assert asked and all(versions <= locked.get(project, set()) for project, versions in asked.items())


def test_tests_run_with_what_ships() -> None:
    ship, tools = lock("ship"), lock("tools")
    other = {project: versions for project, versions in pins(ship).items() if pins(tools).get(project) != versions}
    assert not other, "scripts/lock makes both locks together"
    assert set_up.pinned_hashes(ship) <= set_up.pinned_hashes(tools)


def test_the_pex_tool_is_the_one_that_pants_expects() -> None:
    told = re.search(r'^version = "v([\d.]+)"', (tree.ROOT / "pants.toml").read_text(), re.MULTILINE)
    assert told and pins(lock("pex"))["pex"] == {told[1]}
    assert set_up.pex_pin(tree.ROOT)


def pex_lock(*hashes: str) -> str:
    artifacts = [{"hash": value} for value in hashes]
    return json.dumps({"locked_resolves": [{"locked_requirements": [{"project_name": "x", "artifacts": artifacts}]}]})


def test_only_what_the_committed_lock_pins_is_ever_installed() -> None:
    committed = f"x==1 --hash=sha256:{'a' * 64}"
    assert set_up.only_pinned(pex_lock("a" * 64, "b" * 64), committed) == set_up.only_pinned(
        pex_lock("a" * 64), committed
    )
    with pytest.raises(set_up.SetUpError, match="no file of x"):
        set_up.only_pinned(pex_lock("b" * 64), committed)


def test_platform_files_say_every_system_and_python() -> None:
    names = {file.stem for file in (tree.ROOT / "3rdparty" / "platforms").glob("*.json")}
    systems = ("linux-x86_64", "linux-aarch64", "macos-x86_64", "macos-arm64")
    assert names == {f"{system}-cp3{minor}" for system in systems for minor in (11, 12, 13, 14)}


# A blank for each dot, so that this list is not found by itself.
REGISTRIES = (
    "pypi org", "pythonhosted org", "proxy golang org", "sum golang org", "npmjs org", "npmjs com", "crates io",
    "debian org", "repo1 maven org", "repo maven apache org",
)  # fmt: skip


def test_no_file_names_a_registry() -> None:
    known = re.compile("|".join(REGISTRIES).replace(" ", r"\.").encode(), re.IGNORECASE)
    below = [file for top in tree.TOPS for file in (tree.ROOT / top).rglob("*")]
    files = [file for file in (*below, *tree.ROOT.glob("*")) if file.is_file()]
    found = {str(file.relative_to(tree.ROOT)) for file in files if known.search(file.read_bytes())}
    assert not found, "packages go by name; where they come from is the host's affair"
