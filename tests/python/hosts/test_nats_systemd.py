"""NATS on a real systemd host, installed by the program alone: it is hardened, it comes back, it leaves no trace."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hosts.harness.host import Host
from hosts.harness.host import NewHost
from hosts.harness.network import Lan
from hosts.harness.snapshot import difference
from hosts.harness.snapshot import snapshot
from hosts.harness.wait import until
from hosts.installed import OFFLINE
from hosts.installed import STACK
from hosts.installed import UNIT
from hosts.installed import Nats
from hosts.installed import furnish
from msgstack.verify.delivery import compare

pytestmark = [pytest.mark.root, pytest.mark.live, pytest.mark.timeout(1500)]

# Less than 400,000 subscriptions take.
SMALL = """
[nats]
memory = "128MB"
[nats.jetstream]
max_memory = "32MiB"
[nats.limits]
max_pending = "1MiB"
"""
MOST_EXPOSURE = 1.4  # of 10, by `systemd-analyze security`
DATA = "/opt/msgstack/nats/data"
PLACES = ("/etc", "/home", "/opt", "/root", "/usr", "/var/lib", "/var/log")
CACHES = ("/root/.cache/msgstack", "/root/.cache/pex")
# What any use of a host changes: logs, and the copies that useradd and userdel keep of the files they edit.
CHANGES_ANYWAY = (
    *("/var/log/journal", "/var/log/wtmp", "/var/log/lastlog", "/var/lib/systemd", "/etc/.pwd.lock"),
    *(f"/etc/{name}-" for name in ("passwd", "group", "shadow", "gshadow", "subuid", "subgid")),
)

# A server writes there, and whoever runs the programs.
RUNNING = ("/opt/msgstack/nats/data", "/opt/msgstack/nats/log", "/opt/msgstack/nats/run", *CACHES)
# What uninstall leaves without --purge: data, logs and passwords, and the account that they belong to.
KEPT = ("/opt/msgstack", *CACHES, "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow")


@pytest.fixture(scope="module")
def installed(root: Path, pex: dict[str, Path], files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a host on which NATS was installed and verified, and which was then shut down."""
    state = tmp_path_factory.mktemp("installed") / "host"
    with Lan() as lan, Host("a", root, state, lan) as host:
        nats = furnish(host, pex, files)
        assert nats.apply()["changes"] > 0
        assert nats.verify() == {}
        host.shut_down()
    return state


@pytest.fixture
def nats(root: Path, lan: Lan, installed: Path, tmp_path: Path) -> Iterator[Nats]:
    """A copy of that host, booted."""
    state = tmp_path / "host"
    subprocess.run(("cp", "--archive", "--reflink=auto", str(installed), str(state)), check=True)
    with Host("a", root, state, lan) as host:
        nats = Nats(host)
        nats.wait_until_healthy()
        yield nats


def assert_nothing_was_lost(nats: Nats) -> None:
    """Every acknowledged event is in the stream, once and in order, and nothing is there that was never published."""
    acknowledged = nats.acknowledged()
    attempted = range(max(acknowledged) + 2)  # the last may be stored though its acknowledgement never came
    compare(list(map(str, attempted)), map(str, acknowledged), list(map(str, nats.stored()))).require()


def test_the_service_is_active_enabled_and_applied_once(nats: Nats) -> None:
    assert nats.show("ActiveState") == "active"
    assert nats.show("UnitFileState") == "enabled"
    assert nats.show("User") == "msgstack"
    assert nats.show("MemoryMax") == str(500_000_000)
    assert nats.host.run(["systemctl", "--failed", "--no-legend"]).stdout == ""
    assert nats.apply()["changes"] == 0


def test_the_unit_is_hardened_and_free_of_warnings(nats: Nats) -> None:
    verdict = nats.host.run(["systemd-analyze", "verify", f"/etc/systemd/system/{UNIT}"])
    assert verdict.stdout + verdict.stderr == ""
    said = nats.host.run(["systemd-analyze", "security", "--no-pager", UNIT]).stdout
    overall = next(line for line in said.splitlines() if "Overall exposure level" in line)
    assert float(overall.split(": ")[1].split()[0]) <= MOST_EXPOSURE


def test_the_server_can_write_its_data_and_nothing_else(nats: Nats) -> None:
    pid = nats.show("MainPID")
    owner = nats.host.run(["stat", "--format=%U", f"/proc/{pid}"]).stdout.strip()
    assert owner == "msgstack"
    write = "import os, sys; [os.close(os.open(p + '/x', os.O_CREAT)) for p in sys.argv[1:]]"
    enter = ("nsenter", "--target", pid, "--mount", "setpriv", "--reuid=msgstack", "--regid=msgstack", "--clear-groups")
    assert nats.host.run([*enter, "python3", "-c", write, DATA]).returncode == 0
    for place in ("/tmp/..", "/opt/msgstack", "/opt/msgstack/nats", "/opt/msgstack/nats/current/conf", "/etc", "/home"):
        assert nats.host.run([*enter, "python3", "-c", write, place], check=False).returncode != 0, place


def test_a_killed_server_comes_back_with_all_that_was_acknowledged(nats: Nats) -> None:
    nats.publish(0, 1500)
    nats.wait_until_acknowledged(300)
    before = nats.show("MainPID")
    nats.host.run(["kill", "-KILL", before])
    until(lambda: nats.show("MainPID") not in ("0", before), 60, "systemd to start the server again")
    nats.wait_until_acknowledged(1500)
    assert nats.stored() == list(range(1500))
    assert_nothing_was_lost(nats)
    assert nats.apply()["changes"] == 0


def test_a_server_above_its_memory_is_ended_and_comes_back_with_what_was_acknowledged(nats: Nats) -> None:
    stack = nats.host.run(["cat", STACK]).stdout
    nats.host.write(STACK, stack + SMALL)
    assert nats.apply()["changes"] > 0
    assert nats.show("MemoryMax") == str(128_000_000)
    nats.publish(0, 100)
    nats.wait_until_acknowledged(100)
    before = nats.show("MainPID")
    nats.host.run(["python3", "/srv/inside/subscribe.py", "400"])
    until(lambda: nats.show("MainPID") not in ("0", before), 60, "systemd to start the server again")
    nats.wait_until_healthy()
    assert "status=9/KILL" in nats.host.run(["journalctl", "--no-pager", f"--unit={UNIT}"]).stdout
    assert nats.stored() == list(range(100))
    assert nats.verify() == {}
    assert nats.apply()["changes"] == 0


def test_a_reboot_brings_it_back_with_its_data_at_another_address(nats: Nats, lan: Lan) -> None:
    nats.publish(0, 300)
    nats.wait_until_acknowledged(300)
    nats.host.shut_down()
    nats.host.set_address(lan.address())
    nats.host.boot()
    nats.wait_until_healthy()
    assert nats.host.state_of_boot() == "running"
    assert_nothing_was_lost(nats)
    assert nats.verify() == {}
    assert nats.apply()["changes"] == 0


def test_a_power_cut_while_publishing_loses_nothing_that_was_acknowledged(nats: Nats) -> None:
    nats.publish(0, 100_000)
    nats.wait_until_acknowledged(500)
    nats.host.kill()
    nats.host.boot()
    nats.wait_until_healthy()
    assert_nothing_was_lost(nats)
    assert nats.verify() == {}


def test_a_second_instance_comes_and_goes_beside_the_first(nats: Nats) -> None:
    second = 'instance = "second"\n[nats]\nport = 4333\nmonitor_port = 8333\n'
    nats.host.write("/srv/second.toml", f'version = 1\n{second}[sources]\noffline = "{OFFLINE}"\n')
    before, pid = snapshot(nats.host, PLACES, CHANGES_ANYWAY + RUNNING), nats.show("MainPID")
    nats.setup("apply", "--yes", "--stack", "/srv/second.toml")
    units = ["msgstack-nats.service", "msgstack-second-nats.service"]
    assert nats.host.run(["systemctl", "is-active", *units]).stdout == "active\nactive\n"
    nats.setup("uninstall", "--purge", "--yes", "--stack", "/srv/second.toml")
    assert difference(before, snapshot(nats.host, PLACES, CHANGES_ANYWAY + RUNNING)) == []
    assert nats.show("MainPID") == pid
    assert nats.verify() == {}


def test_uninstall_leaves_the_host_as_it_was_and_purge_takes_the_data_too(
    new_host: NewHost, pex: dict[str, Path], files: Path
) -> None:
    host = new_host("a")
    nats = replace(furnish(host, pex, files), umask="077")  # a strict one: the service's user must get in all the same
    host.run(["mkdir", "--parents", "/root/.cache"])
    before = snapshot(host, PLACES, CHANGES_ANYWAY)
    nats.apply()
    nats.publish(0, 50)
    nats.wait_until_acknowledged(50)
    nats.setup("uninstall", "--yes")
    left = difference(before, snapshot(host, PLACES, CHANGES_ANYWAY))
    assert [line for line in left if DATA in line], "the data is gone"
    assert [line for line in left if not line.startswith(KEPT)] == []
    nats.apply()
    nats.wait_until_healthy()
    assert nats.stored() == list(range(50))
    nats.setup("uninstall", "--purge", "--yes")
    host.run(["rm", "-rf", *CACHES])
    assert difference(before, snapshot(host, PLACES, CHANGES_ANYWAY)) == []
    assert host.run(["systemctl", "list-unit-files", "--no-legend", "msgstack*"], check=False).stdout == ""
