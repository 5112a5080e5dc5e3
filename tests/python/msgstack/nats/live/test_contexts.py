"""Contexts of the nats command line: ours are written and mended, a user's are never touched."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from msgstack.errors import MsgstackError
from msgstack.host.folder import Folders
from msgstack.nats.kinds import Context
from msgstack.nats.live.contexts import ContextDriver
from msgstack.nats.objects import contexts
from msgstack.nats.spec import Nats
from msgstack.resource.layout import Layout
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from msgstack.resource.model import Unknown
from servers.nats import facts
from servers.nats import ignore


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Context, Context]:
    """The contexts of application and system account, with their passwords in place."""
    host = facts(tmp_path)
    layout = Layout(host.root, "nats")
    layout.secrets.mkdir(parents=True)
    for user in ("app", "sys"):
        (layout.secrets / f"{user}.conf").write_text(f'nats_{user}_password: "{user}-secret"\n')
    application, system = contexts(Nats(), "default", host, layout)
    return application, system


def driver(want: Context) -> ContextDriver:
    return ContextDriver(Folders(Path(want.password).parents[2]))


def make(want: Context, action: Action = Action.CREATE) -> None:
    driver(want).change(Change(action, want, Absent()), ignore)


def content(want: Context) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(want.path.read_text())
    return read


def reasons(want: Context) -> tuple[str, ...]:
    seen = driver(want).observe(want)
    assert isinstance(seen, Present)
    return want.differences(seen.resource)


def test_both_are_written_readable_by_their_user_alone(pair: tuple[Context, Context]) -> None:
    for want, user in zip(pair, ("app", "sys"), strict=True):
        assert isinstance(driver(want).observe(want), Absent)
        make(want)
        assert reasons(want) == ()
        assert want.path.stat().st_mode & 0o777 == 0o600
        assert want.path.parent.stat().st_mode & 0o777 == 0o700
        assert (content(want)["user"], content(want)["password"]) == (user, f"{user}-secret")
        assert content(want)["url"] == "nats://127.0.0.1:4222"


def test_the_applications_is_selected_when_none_is(pair: tuple[Context, Context]) -> None:
    application, system = pair
    make(system)
    assert not (system.folder / "context.txt").exists()
    make(application)
    assert (system.folder / "context.txt").read_text() == "msgstack"


def test_a_users_own_contexts_and_selection_are_left_alone(pair: tuple[Context, Context]) -> None:
    application = pair[0]
    mine = application.path.with_name("mine.json")
    mine.parent.mkdir(parents=True)
    mine.write_text('{"url": "nats://elsewhere"}')
    (application.folder / "context.txt").write_text("mine")
    before = (mine.read_text(), mine.stat().st_mtime_ns)
    for want in pair:
        make(want)
        make(want, Action.DELETE)
    assert (mine.read_text(), mine.stat().st_mtime_ns) == before
    assert (application.folder / "context.txt").read_text() == "mine"


def test_a_context_of_that_name_that_is_a_users_is_not_ours_to_change(pair: tuple[Context, Context]) -> None:
    assert pair[0].exclusive, "the plan refuses what no receipt knows"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("url", "nats://127.0.0.1:1", "url: nats://127.0.0.1:1 → nats://127.0.0.1:4222"),
        ("user", "root", "user: root → app"),
        ("password", "old", "password: another password → {secrets}/app.conf"),
        ("description", "", "description: none → Applications of the messaging stack default"),
    ],
)
def test_drift_is_shown_and_mended(pair: tuple[Context, Context], name: str, value: str, reason: str) -> None:
    want = pair[0]
    make(want)
    want.path.write_text(json.dumps(content(want) | {name: value, "color_scheme": "mine"}))
    assert reasons(want) == (reason.format(secrets=Path(want.password).parent),)
    make(want, Action.UPDATE)
    assert reasons(want) == ()
    assert content(want)["color_scheme"] == "mine", "what the stack file does not say stays"


def test_a_file_that_all_may_read_is_mended(pair: tuple[Context, Context]) -> None:
    want = pair[0]
    make(want)
    want.path.chmod(0o644)
    assert reasons(want) == ("mode: 0644 → 0600",)
    make(want, Action.UPDATE)
    assert reasons(want) == ()


def test_what_is_no_json_is_drift(pair: tuple[Context, Context]) -> None:
    want = pair[0]
    make(want)
    want.path.write_text("not json")
    assert len(reasons(want)) == 4
    make(want, Action.UPDATE)
    assert reasons(want) == ()


def test_a_new_password_is_drift(pair: tuple[Context, Context]) -> None:
    want = pair[0]
    make(want)
    Path(want.password).write_text('nats_app_password: "new"\n')
    assert reasons(want) == (f"password: another password → {want.password}",)


def test_removed_it_leaves_folders_that_uninstall_knows(pair: tuple[Context, Context]) -> None:
    for want in pair:
        make(want)
    for want in pair * 2:
        make(want, Action.DELETE)
    folders = Folders(Path(pair[0].password).parents[2])
    folders.remove_empty(folders.made())
    assert not pair[0].folder.parent.exists()


def test_what_a_killed_run_left_is_removed(pair: tuple[Context, Context]) -> None:
    want = pair[0]
    make(want)
    litter = want.path.with_name(f".{want.path.name}.0123456789ab")
    litter.write_text("half")
    make(want, Action.UPDATE)
    assert [path.name for path in want.path.parent.iterdir()] == ["msgstack.json"]


def test_neither_plan_nor_error_shows_a_password(pair: tuple[Context, Context]) -> None:
    want = pair[0]
    make(want)
    assert "app-secret" not in repr((driver(want).observe(want), want.state()))
    Path(want.password).write_text("nats_app_password: app-secret\n")
    with pytest.raises(MsgstackError) as caught:
        make(want, Action.UPDATE)
    assert "app-secret" not in f"{caught.value} {caught.value.fix}"
    assert "holds no password" in caught.value.what


@pytest.mark.parametrize("missing", ["secret", "folder"])
def test_what_can_not_be_read_or_written_is_told(pair: tuple[Context, Context], missing: str) -> None:
    want = pair[0]
    if missing == "secret":
        Path(want.password).unlink()
        with pytest.raises(MsgstackError, match="can't be read"):
            make(want)
        return
    want.path.mkdir(parents=True)
    assert isinstance(driver(want).observe(want), Unknown)


def test_another_folder_is_another_context(pair: tuple[Context, Context]) -> None:
    moved = replace(pair[0], folder=pair[0].folder.parent / "other")
    make(pair[0])
    assert isinstance(driver(moved).observe(moved), Absent)
    assert sorted(os.listdir(pair[0].folder)) == ["context", "context.txt"]
