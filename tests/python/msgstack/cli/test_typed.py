"""What a user is told to type works as typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from msgstack.cli.typed import as_typed


def program(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr("sys.argv", [str(program(tmp_path / "dist" / "nats-setup.pex"))])


def test_the_file_that_runs_now_relative_to_where_the_user_is() -> None:
    assert as_typed("nats-setup") == "./dist/nats-setup.pex"


def test_another_program_beside_it(tmp_path: Path) -> None:
    assert as_typed("verify") == "verify", "there is none yet"
    program(tmp_path / "dist" / "verify.pex")
    assert as_typed("verify") == "./dist/verify.pex"


def test_elsewhere_it_is_the_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert as_typed("nats-setup") == str(tmp_path / "dist" / "nats-setup.pex")


def test_what_the_shell_finds_is_called_by_name(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "nats-setup")
    assert as_typed("nats-setup") == "nats-setup"
