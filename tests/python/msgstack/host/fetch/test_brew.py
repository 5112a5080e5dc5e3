"""Homebrew, played by a program that answers as brew does; what it installed is copied, and proved."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from interrupting import ended_by_ctrl_c
from msgstack.catalogue.model import Brew
from msgstack.catalogue.model import Candidate
from msgstack.catalogue.model import Capability
from msgstack.catalogue.model import SourceKind
from msgstack.catalogue.model import VersionProbe
from msgstack.errors import UnreachableError
from msgstack.errors import VerificationError
from msgstack.host.fetch.brew import Homebrew
from msgstack.host.fetch.door import Workshop
from msgstack.host.process import alive
from msgstack.resource.event import Event
from msgstack.resource.event import Progress

RECIPE = Brew(
    formula="tap/thing",
    binaries=(("thing", "bin/thing"),),
    accepts=">=1.2,<2",
    version=VersionProbe(("bin/thing", "--version"), r"v(\d+\.\d+\.\d+)"),
    capabilities=(Capability(("bin/thing", "list"), ("pulsar", "sql")),),
)
CANDIDATE = Candidate("thing", "1.2.0", "macos-arm64", SourceKind.BREW, RECIPE)

BREW = """#!/bin/sh
# brew 4: `list --versions` exits 1 for what is not there, `--prefix` names the linked keg.
echo "$@" >> "{here}/asked"
case "$1" in
    list) [ -e "{here}/keg" ] && echo "thing 1.2.3" ;;
    install)
        [ -e "{here}/offline" ] && {{ echo "Error: Failed to download" >&2; exit 1; }}
        [ -e "{here}/slow" ] && {{ trap 'echo tidied >> "{here}/asked"; exit 130' INT; echo $$ > "{here}/slow"
            while :; do sleep 0.1; done; }}
        mv "{here}/bottle" "{here}/keg" ;;
    --prefix) echo "{here}/keg" ;;
esac
"""
THING = """#!/bin/sh
case "$1" in
    --version) echo "thing: v1.2.3" ;;
    list) echo "nats pulsar sql" ;;
esac
"""


def quiet(event: Event) -> None:
    """Nobody listens."""


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def brew(tmp_path: Path) -> Path:
    """A host whose Homebrew has the bottle, not installed."""
    program(tmp_path / "bottle" / "bin" / "thing", THING)
    return program(tmp_path / "brew", BREW.format(here=tmp_path))


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path / "tree", tmp_path / "scratch")
    made.tree.mkdir()
    made.scratch.mkdir()
    return made


def test_it_installs_and_copies(tmp_path: Path, brew: Path, shop: Workshop) -> None:
    provenance = Homebrew(brew).make(CANDIDATE, shop, quiet)
    copied = shop.tree / "bin" / "thing"
    assert (copied.read_text(encoding="utf-8"), copied.is_symlink(), os.access(copied, os.X_OK)) == (THING, False, True)
    assert provenance.version == "1.2.3"
    assert "its bytes" in provenance.not_verified[0]
    assert (tmp_path / "asked").read_text(encoding="utf-8").splitlines() == [
        "list --versions tap/thing",
        "install tap/thing",
        "--prefix tap/thing",
    ]


def test_what_is_installed_is_not_installed_again(tmp_path: Path, brew: Path, shop: Workshop) -> None:
    (tmp_path / "bottle").rename(tmp_path / "keg")
    Homebrew(brew).make(CANDIDATE, shop, quiet)
    assert "install" not in (tmp_path / "asked").read_text(encoding="utf-8")


def test_an_upgrade_by_homebrew_changes_nothing_that_runs(tmp_path: Path, brew: Path, shop: Workshop) -> None:
    Homebrew(brew).make(CANDIDATE, shop, quiet)
    program(tmp_path / "keg" / "bin" / "thing", "#!/bin/sh\n")
    assert (shop.tree / "bin" / "thing").read_text(encoding="utf-8") == THING


@pytest.mark.parametrize("version", ["1.1.9", "2.0.0"])
def test_another_version_lets_the_next_source_try(tmp_path: Path, brew: Path, shop: Workshop, version: str) -> None:
    program(tmp_path / "bottle" / "bin" / "thing", THING.replace("1.2.3", version))
    with pytest.raises(UnreachableError, match=f"is {version}: wanted is >=1.2,<2"):
        Homebrew(brew).make(CANDIDATE, shop, quiet)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (THING.replace("nats pulsar sql", "nats"), "bin/thing list does not show pulsar, sql"),
        (THING.replace("thing: v1.2.3", "hello"), "does not tell its version: 'hello'"),
        (THING.replace('echo "nats pulsar sql"', "exit 7"), "bin/thing list exits 7"),
        ("\x7fELF", "can't be run"),
    ],
)
def test_a_program_that_is_not_the_wanted_one_fails_verification(
    tmp_path: Path, brew: Path, shop: Workshop, text: str, says: str
) -> None:
    program(tmp_path / "bottle" / "bin" / "thing", text)
    with pytest.raises(VerificationError, match=says):
        Homebrew(brew).make(CANDIDATE, shop, quiet)


def test_brew_without_network_lets_the_next_source_try(tmp_path: Path, brew: Path, shop: Workshop) -> None:
    (tmp_path / "offline").touch()
    with pytest.raises(UnreachableError, match="Failed to download"):
        Homebrew(brew).make(CANDIDATE, shop, quiet)


def test_a_formula_without_the_program(tmp_path: Path, brew: Path, shop: Workshop) -> None:
    (tmp_path / "bottle" / "bin" / "thing").unlink()
    with pytest.raises(UnreachableError, match="has no thing"):
        Homebrew(brew).make(CANDIDATE, shop, quiet)


def test_no_homebrew_lets_the_next_source_try(shop: Workshop) -> None:
    with pytest.raises(UnreachableError, match="not on this host"):
        Homebrew(None).make(CANDIDATE, shop, quiet)


def test_what_is_not_proved_yet_sees_no_secret(
    tmp_path: Path, brew: Path, shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NATS_PASSWORD", "hunter2")
    program(tmp_path / "bottle" / "bin" / "thing", THING.replace("#!/bin/sh", f'#!/bin/sh\nenv >> "{tmp_path}/env"'))
    Homebrew(brew).make(CANDIDATE, shop, quiet)
    assert "hunter2" not in (tmp_path / "env").read_text(encoding="utf-8")


def test_ctrl_c_in_a_slow_install_lets_brew_tidy_up(tmp_path: Path, brew: Path, shop: Workshop) -> None:
    (tmp_path / "slow").touch()
    error, told = ended_by_ctrl_c(lambda say: Homebrew(brew).make(CANDIDATE, shop, say))
    assert error.why == "at: brew install tap/thing"
    assert Progress("brew install tap/thing", 0, 1800, "s") in told
    assert (tmp_path / "asked").read_text(encoding="utf-8").splitlines()[-1] == "tidied"
    assert not alive(int((tmp_path / "slow").read_text(encoding="utf-8")))
    assert list(shop.tree.iterdir()) == []
    (tmp_path / "slow").unlink()
    assert Homebrew(brew).make(CANDIDATE, shop, quiet).version == "1.2.3"
