"""Secrets: made once, kept, mended, and never told."""

from __future__ import annotations

import re
from pathlib import Path

from msgstack.host.folder import Folders
from msgstack.host.secret import SecretDriver
from msgstack.resource.event import Event
from msgstack.resource.kinds import Secret
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present

TEMPLATE = 'nats_app_password: "{secret}"\n'


def wanted(root: Path) -> Secret:
    return Secret(key="toy/secret", path=root / "secrets" / "toy" / "app.conf", template=TEMPLATE)


def bring_about(root: Path) -> list[str]:
    """What the driver finds is made right; the reasons."""
    driver, want = SecretDriver(Folders(root)), wanted(root)
    seen = driver.observe(want)
    reasons = ["absent"] if isinstance(seen, Absent) else []
    if isinstance(seen, Present):
        reasons = list(want.differences(seen.resource))
    told: list[Event] = []
    driver.change(Change(Action.CREATE, want, seen), told.append)
    now = driver.observe(want)
    assert isinstance(now, Present) and want.differences(now.resource) == ()
    secret = want.path.read_text().split('"')[1]
    assert secret not in repr(told) and secret not in repr(want.state()) and secret not in repr(now)
    return reasons


def test_it_is_random_long_and_only_ours_to_read(tmp_path: Path) -> None:
    roots = [tmp_path / "a", tmp_path / "b"]
    assert [bring_about(root) for root in roots] == [["absent"], ["absent"]]
    texts = [wanted(root).path.read_text() for root in roots]
    assert texts[0] != texts[1]
    assert all(re.fullmatch(r'nats_app_password: "[A-Za-z0-9_-]{43}"\n', text) for text in texts)
    path = wanted(roots[0]).path
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_secret_that_somebody_set_stays(tmp_path: Path) -> None:
    path = wanted(tmp_path).path
    bring_about(tmp_path)
    path.write_text('nats_app_password: "my own"\n')
    assert bring_about(tmp_path) == []
    assert path.read_text() == 'nats_app_password: "my own"\n'


def test_a_file_that_others_can_read_is_closed_with_its_secret_kept(tmp_path: Path) -> None:
    bring_about(tmp_path)
    path = wanted(tmp_path).path
    before = path.read_text()
    path.chmod(0o644)
    assert bring_about(tmp_path) == ["template: (another form) → " + TEMPLATE]
    assert (path.read_text(), path.stat().st_mode & 0o777) == (before, 0o600)


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    bring_about(tmp_path)
    wanted(tmp_path).path.write_text("")
    assert bring_about(tmp_path) == ["template: (another form) → " + TEMPLATE]
    assert len(wanted(tmp_path).path.read_text()) > 60


def test_deleting_leaves_nothing(tmp_path: Path) -> None:
    bring_about(tmp_path)
    want = wanted(tmp_path)
    SecretDriver(Folders(tmp_path)).change(Change(Action.DELETE, want, Present(want)), print)
    assert list(want.path.parent.iterdir()) == []
