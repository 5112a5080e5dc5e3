"""An uninstall names the caches that are there, and how they are removed."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from msgstack.cli.caches import caches_text


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without any setting."""
    home = tmp_path / "it's a home"
    home.mkdir()
    for name in ("MSGSTACK_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    return home


@pytest.mark.parametrize(("system", "folder"), [("linux", ".cache"), ("macos", "Library/Caches")])
def test_both_caches_are_named_and_go_as_it_says(
    system: str, folder: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pex = home / folder / "pex"
    monkeypatch.setattr("sys.prefix", str(pex / "venvs" / "1f" / "2e"))
    assert caches_text(system) == "", "there is none yet"
    ours = home / folder / "msgstack"
    for path in (ours / "sha256" / "00", pex / "venvs" / "1f" / "2e"):
        path.mkdir(parents=True)
    said = caches_text(system)
    assert str(ours) in said
    assert str(pex) in said
    subprocess.run(shlex.split(said.partition("To remove them: ")[2]), check=True)
    assert list((home / folder).iterdir()) == []


def test_a_program_that_is_no_pex_names_its_downloads_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.prefix", "/usr")
    (home / ".cache" / "msgstack").mkdir(parents=True)
    assert caches_text("linux").endswith(f"rm -rf {shlex.quote(str(home / '.cache' / 'msgstack'))}")
