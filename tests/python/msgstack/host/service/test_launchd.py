"""The driver of launchd against a recorded launchctl: what it is told, in which domain, and what its answers mean."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from msgstack.errors import MsgstackError
from msgstack.host.process import alive
from msgstack.host.service.driver import ServiceDriver
from msgstack.host.service.driver import record
from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode
from msgstack.resource.model import Absent
from services import launchctl
from services.install import Install
from services.install import kill
from services.install import until

UID = os.getuid()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where launchctl keeps what it knows: a host with a desktop."""
    folder = tmp_path / "launchd"
    folder.mkdir()
    (folder / "domains").write_text(f"system gui/{UID} user/{UID}")
    program = tmp_path / "bin" / "launchctl"
    program.parent.mkdir()
    words = shlex.join([sys.executable, "-I", launchctl.__file__, str(folder)])
    program.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return folder


@pytest.fixture
def installed(tmp_path: Path, folder: Path) -> Iterator[Install]:
    install = Install(tmp_path / "home" / "a root", manager=Manager.LAUNCHD)
    yield install
    started = record(install.want())
    if started is not None and alive(started.pid):
        with suppress(ProcessLookupError):
            kill(started.pid)


def calls(folder: Path) -> list[str]:
    """What launchctl was told, without the questions."""
    lines = (folder / "calls").read_text().splitlines() if (folder / "calls").exists() else []
    return [line for line in lines if not line.startswith("print")]


def test_an_agent_is_bootstrapped_on_the_desktop_and_found_unchanged(installed: Install, folder: Path) -> None:
    want = installed.want()
    assert installed.apply(want) == ("absent",)
    plist = installed.root.parent / "Library/LaunchAgents/com.ai.nats.plist"
    target = f"gui/{UID}/com.ai.nats"
    assert calls(folder) == [
        f"bootout {target}", f"enable {target}", f"bootstrap gui/{UID} {plist}", f"kickstart {target}"
    ]  # fmt: skip
    assert plist.is_file()
    assert installed.apply(want) == ()
    process = installed.driver.process(want)
    assert (process.enabled, process.with_host) == (True, False), "an agent starts when its user logs in"


def test_without_a_desktop_it_is_the_users_own_domain(installed: Install, folder: Path) -> None:
    (folder / "domains").write_text(f"system user/{UID}")
    installed.apply(installed.want())
    assert f"kickstart user/{UID}/com.ai.nats" in calls(folder)


def test_a_daemon_is_in_the_hosts_domain(installed: Install, folder: Path) -> None:
    want = installed.want()
    driver = ServiceDriver(replace(installed.facts, mode=Mode.SYSTEM))
    process = driver.process(want)
    assert (process.running, process.with_host) == (False, True)
    assert (folder / "calls").read_text().splitlines() == ["print-disabled system", "print system/com.ai.nats"]


def test_another_configuration_is_loaded_anew(installed: Install, folder: Path) -> None:
    old = installed.want()
    installed.apply(old)
    pid = installed.pid(old)
    new = installed.want("r2", open_files=2048)
    assert set(installed.apply(new)) >= {"its definition differs", "it runs from an older configuration"}
    assert not alive(pid)
    assert installed.apply(new) == ()
    assert [call.split()[0] for call in calls(folder)[-4:]] == ["bootout", "enable", "bootstrap", "kickstart"]


def test_a_stopped_one_stays_known_and_starts_again(installed: Install) -> None:
    want = installed.want()
    installed.apply(want)
    pid = installed.pid(want)
    installed.driver.stop(want, installed.said.append)
    assert not alive(pid)
    assert installed.driver.process(want).detail == "not loaded"
    installed.driver.start(want, installed.said.append)
    assert installed.apply(want) == ()


def test_a_disabled_one_is_enabled(installed: Install, folder: Path) -> None:
    want = installed.want()
    installed.apply(want)
    (folder / "disabled").write_text("com.ai.nats com.apple.other")
    assert installed.apply(want) == ("it does not start with the host",)
    assert installed.apply(want) == ()


def test_its_refusal_is_shown_in_its_own_words(installed: Install, folder: Path) -> None:
    (folder / "refuse").write_text("Path had bad ownership/permissions")
    with pytest.raises(MsgstackError, match="bad ownership"):
        installed.apply(installed.want())


def test_a_killed_server_that_launchd_has_not_started_yet_is_stopped_in_the_plan(installed: Install) -> None:
    want = installed.want()
    installed.apply(want)
    pid = installed.pid(want)
    kill(pid)
    until(lambda: not alive(pid), "it is dead")
    assert installed.driver.process(want).detail == "spawn scheduled"
    assert installed.apply(want) == ("it is stopped",)


def test_a_server_above_its_memory_is_ended_by_the_wall_beside_it(installed: Install) -> None:
    want = installed.want(memory_max=100 * 2**20)
    installed.temper("grow")
    installed.apply(want)
    heavy = installed.pid(want)
    until(lambda: not alive(heavy), "the wall has ended it", 30)
    until(lambda: f"process {heavy} had" in want.spec.log.read_text(), "it is said in the log")
    installed.temper("")
    installed.driver.start(want, installed.said.append)
    assert installed.apply(want) == ()


def test_uninstall_leaves_nothing_and_folders_of_others_stay(installed: Install) -> None:
    home = installed.root.parent
    (home / "Library/Caches").mkdir(parents=True)
    want = installed.want()
    installed.apply(want)
    pid = installed.pid(want)
    installed.remove(want)
    assert not alive(pid)
    assert isinstance(installed.driver.observe(want), Absent)
    assert sorted(path.name for path in (home / "Library").iterdir()) == ["Caches"]
