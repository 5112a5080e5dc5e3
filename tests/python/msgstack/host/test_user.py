"""The account of services, made and removed by recorded useradd and userdel; a stranger's account stays."""

from __future__ import annotations

import pwd
from pathlib import Path

import pytest

from msgstack.errors import MsgstackError
from msgstack.host import user
from msgstack.host.user import SystemUserDriver
from msgstack.resource.event import Event
from msgstack.resource.event import Note
from msgstack.resource.kinds import SystemUser
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present

WANT = SystemUser(key="toy/user", name="msgstack-test-user")


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Programs of these names that write down how they were called."""
    for name in ("useradd", "userdel"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\nprintf "%s|" {name} "$@" >> {tmp_path}/calls\n')
        program.chmod(0o755)
    monkeypatch.setattr(user, "SEARCH", str(tmp_path))
    return tmp_path / "calls"


def test_an_account_without_shell_home_or_password(recorded: Path) -> None:
    driver = SystemUserDriver()
    assert driver.observe(WANT) == Absent()
    driver.change(Change(Action.CREATE, WANT, Absent()), print)
    assert recorded.read_text() == (
        "useradd|--system|--no-create-home|--home-dir|/nonexistent|--shell|/bin/false|--comment|msgstack services|"
        "--user-group|msgstack-test-user|"
    )


def test_an_account_that_was_there_before_is_never_removed(recorded: Path) -> None:
    mine = SystemUser(key="toy/user", name=pwd.getpwuid(0).pw_name)
    driver, told = SystemUserDriver(), list[Event]()
    assert driver.observe(mine) == Present(mine)
    driver.change(Change(Action.DELETE, mine, Present(mine)), told.append)
    assert told == [Note(f"the account {mine.name} was there before, and stays")]
    assert not recorded.exists()


def test_what_useradd_says_is_told(recorded: Path) -> None:
    recorded.with_name("useradd").write_text("#!/bin/sh\necho 'useradd: cannot lock /etc/passwd' >&2\nexit 1\n")
    with pytest.raises(MsgstackError, match="useradd msgstack-test-user failed: useradd: cannot lock /etc/passwd"):
        SystemUserDriver().change(Change(Action.CREATE, WANT, Absent()), print)


def test_a_host_without_useradd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user, "SEARCH", str(tmp_path))
    with pytest.raises(MsgstackError, match="useradd is not there"):
        SystemUserDriver().change(Change(Action.CREATE, WANT, Absent()), print)
