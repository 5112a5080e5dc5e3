"""The driver of systemd against a recorded systemctl: what its answers mean. `hosts` asks real ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from msgstack.host.service import systemd
from msgstack.host.service.driver import ServiceDriver
from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode
from services.install import Install

ANSWER = "ActiveState=active\nSubState=running\nMainPID=1\nUnitFileState={state}"


@pytest.fixture
def lingering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that names the users who may leave things running."""
    folder = tmp_path / "linger"
    folder.mkdir()
    monkeypatch.setattr(systemd, "LINGER", folder)
    return folder


@pytest.mark.parametrize(
    ("mode", "lingers", "state", "with_host"),
    [
        (Mode.SYSTEM, False, "enabled", True),
        (Mode.SYSTEM, False, "disabled", False),
        (Mode.USER, True, "enabled", True),
        (Mode.USER, True, "disabled", False),
        (Mode.USER, False, "enabled", False),
    ],
)
def test_a_users_service_starts_with_the_host_only_if_the_user_may_linger(
    mode: Mode, lingers: bool, state: str, with_host: bool,
    tmp_path: Path, lingering: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    installed = Install(tmp_path / "root", manager=Manager.SYSTEMD)
    if lingers:
        (lingering / installed.facts.user).touch()
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ncat <<'end'\n{ANSWER.format(state=state)}\nend\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    process = ServiceDriver(replace(installed.facts, mode=mode)).process(installed.want())
    assert (process.running, process.pid) == (True, 1)
    assert (process.enabled, process.with_host) == (state == "enabled", with_host)
