"""The host changes between the plan that was shown and the lock: nobody gets what they did not agree to."""

from __future__ import annotations

from pathlib import Path

import pytest

from commandline.running import User
from commandline.running import user
from msgstack.engine.receipt import Receipt
from msgstack.engine.receipt import Recorded
from msgstack.engine.receipt import encode
from msgstack.errors import Exit
from msgstack.host.folder import Folders
from msgstack.host.litter import kept
from msgstack.host.lock import held
from msgstack.resource.kinds import Directory
from msgstack.resource.kinds import Secret
from msgstack.resource.layout import Layout


@pytest.fixture
def somebody(tmp_path: Path) -> User:
    """An earlier uninstall kept messages and remembers a password, which is not there now."""
    there = user(tmp_path / "home")
    layout = Layout(there.root, "nats")
    Folders(there.root).make(layout.data)
    Folders(there.root).make(layout.secrets)
    (layout.data / "message").write_text("one")
    data = Directory(key="nats/directory/data", path=layout.data)
    secret = Secret(key="nats/secret/app", path=password(there), template="{secret}\n")
    memory = Receipt(
        program="a test", component="nats", instance="default", number=0, made="", stack_digest="",
        resources=(), leftover=(Recorded.of(data), Recorded.of(secret)),
    )  # fmt: skip
    kept(layout).write_text(encode(memory))
    return there


def password(there: User) -> Path:
    return Layout(there.root, "nats").secrets / "app.conf"


def test_an_uninstall_removes_what_was_agreed_to(somebody: User) -> None:
    shown, code = somebody.answer("y", "uninstall", "--purge")
    assert code == Exit.OK, shown
    assert " nats/directory/data" in shown and "nats/secret/app" not in shown
    assert not somebody.root.exists()


def test_what_came_after_the_question_is_not_removed(somebody: User) -> None:
    shown, code = somebody.answer(
        "y", "uninstall", "--purge", meanwhile=lambda: password(somebody).write_text("secret\n")
    )
    assert code == Exit.FAILED
    assert "the host changed after the plan was made" in shown
    assert password(somebody).exists()
    assert (somebody.root / "nats" / "data" / "message").exists()


def test_what_went_after_the_question_is_no_reason_to_ask_again(somebody: User) -> None:
    password(somebody).write_text("secret\n")
    shown, code = somebody.answer("y", "uninstall", "--purge", meanwhile=password(somebody).unlink)
    assert code == Exit.OK, shown
    assert not somebody.root.exists()


def test_who_said_yes_beforehand_is_told_what_is_removed(somebody: User) -> None:
    with held(somebody.root):
        waiting = somebody.begin("uninstall", "--purge", "--yes", "--wait", "60", until="to delete.")
        password(somebody).write_text("secret\n")
    _, err = waiting.communicate(timeout=60)
    assert waiting.returncode == Exit.OK, err
    assert "The host changed meanwhile" in err and "nats/secret/app" in err
    assert not somebody.root.exists()
