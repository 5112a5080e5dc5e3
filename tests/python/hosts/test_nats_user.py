"""NATS in user mode on a real systemd host: it is the user's own, and outlives the login that installed it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hosts.harness.host import NewHost
from hosts.harness.wait import until
from hosts.installed import Nats
from hosts.installed import furnish

pytestmark = [pytest.mark.root, pytest.mark.live, pytest.mark.timeout(1500)]


@pytest.fixture
def nats(new_host: NewHost, pex: dict[str, Path], files: Path) -> Nats:
    """NATS installed by alice, who may leave things running."""
    host = new_host("a")
    host.run(["useradd", "--create-home", "--shell", "/bin/bash", "alice"])
    host.run(["loginctl", "enable-linger", "alice"])
    nats = furnish(host, pex, files, "alice")
    assert nats.apply()["changes"] > 0
    return nats


def test_it_survives_logout_and_reboot_as_the_users_own(nats: Nats) -> None:
    assert (nats.show("ActiveState"), nats.show("UnitFileState")) == ("active", "enabled")
    assert nats.verify() == {}
    assert nats.apply()["changes"] == 0
    before = nats.show("MainPID")
    sessions = ["loginctl", "--no-legend", "list-sessions"]
    until(lambda: not nats.host.run(sessions).stdout, 30, "alice to be logged out")
    assert nats.healthy()
    assert nats.show("MainPID") == before
    nats.host.reboot()
    nats.wait_until_healthy()
    owner = nats.host.run(["stat", "--format=%U", f"/proc/{nats.show('MainPID')}"]).stdout
    assert owner == "alice\n"
    assert nats.verify() == {}


def test_uninstall_takes_it_out_of_the_users_manager(nats: Nats) -> None:
    nats.setup("uninstall", "--purge", "--yes")
    assert not nats.healthy()
    assert nats.run(["systemctl", "--user", "list-unit-files", "--no-legend", "msgstack*"], check=False) == ""
    left = nats.host.run(["find", nats.root, "/home/alice/.config"], check=False).stdout
    assert "msgstack" not in left
