"""Nothing of a host outlives its test, however the test ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hosts.harness import cgroups
from hosts.harness.command import HostError
from hosts.harness.host import SOURCES
from hosts.harness.host import Booted
from hosts.harness.host import Host
from hosts.harness.host import NewHost
from hosts.harness.network import Lan
from hosts.harness.wait import until

# The first test to need it waits for the shared root to be built.
pytestmark = [pytest.mark.root, pytest.mark.timeout(900)]

# A test run that boots a host, says what it made of it, and never ends by itself.
RUN = """
import sys, time
from pathlib import Path
from hosts.harness.host import Host
from hosts.harness.host import NewHost
from hosts.harness.network import Lan
with Lan() as lan, Host("a", Path(sys.argv[1]), Path(sys.argv[2]), lan) as host:
    host.run(["systemd-run", "--quiet", "sleep", "1000"])
    print(lan.pid, host.booted.keeper.pid, host.booted.pid, host.booted.group, flush=True)
    time.sleep(1000)
"""


def left_behind(pids: list[int], group: str) -> list[str]:
    """What is still there of those processes and of that control group."""
    processes = [f"process {pid}" for pid in pids if cgroups.started(pid)]
    return processes + [str(path) for path in cgroups.directories(group) if path.exists()]


def all_of(booted: Booted) -> tuple[list[int], str]:
    """Every process of a booted host, and its group."""
    groups = cgroups.directories(booted.group)
    listed = [int(pid) for group in groups for file in group.rglob("cgroup.procs") for pid in file.read_text().split()]
    return [booted.pid, booted.keeper.pid, *listed], booted.group


def test_leaving_the_block_leaves_nothing(root: Path, tmp_path: Path) -> None:
    with Lan() as lan:
        with Host("a", root, tmp_path / "a", lan) as host:
            pids, group = all_of(host.booted)
            assert len(pids) > 5, "a booted host has systemd, journald, logind, dbus and a keeper"
        assert left_behind(pids, group) == []
        assert "eth0" not in lan.run(["ip", "-brief", "link"])
        assert lan.run(["ip", "-brief", "link", "show", "type", "veth"]) == ""
        network = lan.pid
    assert not cgroups.started(network)
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()


def test_an_error_in_the_test_leaves_nothing(root: Path, lan: Lan, tmp_path: Path) -> None:
    found: tuple[list[int], str] = ([], "")
    with pytest.raises(RuntimeError), Host("a", root, tmp_path / "a", lan) as host:
        found = all_of(host.booted)
        raise RuntimeError
    assert left_behind(*found) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_test_run_that_is_ended_leaves_nothing(root: Path, tmp_path: Path, number: signal.Signals) -> None:
    run = subprocess.Popen(
        (sys.executable, "-c", RUN, str(root), str(tmp_path / "a")),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        start_new_session=True,
    )
    assert run.stdout is not None
    lan, keeper, systemd, group = run.stdout.readline().split()
    os.killpg(run.pid, number)  # as a terminal does for Ctrl-C
    run.wait(60)
    pids = [int(lan), int(keeper), int(systemd)]
    until(lambda: not left_behind(pids, group), 30, "the keeper to clean up")


def test_a_killed_keeper_takes_its_host_along_and_the_next_one_sweeps(new_host: NewHost) -> None:
    first = new_host("a")
    systemd, keeper, group = first.booted.pid, first.booted.keeper, first.booted.group
    keeper.kill()
    until(lambda: not cgroups.started(systemd), 20, "the host to die with its keeper")
    keeper.wait()
    new_host("b")
    assert left_behind([systemd], group) == []


def test_a_state_that_is_in_use_is_refused(root: Path, lan: Lan, tmp_path: Path, new_host: NewHost) -> None:
    new_host("a")
    with pytest.raises(HostError, match="a host runs on this state already"), Host("a", root, tmp_path / "a", lan):
        pass


def test_a_host_that_does_not_start_says_why_and_leaves_nothing(lan: Lan, tmp_path: Path) -> None:
    why = "(?s)a did not start: .*no-such-root"
    with pytest.raises(HostError, match=why) as failed, Host("a", Path("/no-such-root"), tmp_path / "a", lan):
        pass
    assert "Traceback" not in str(failed.value)
    assert lan.run(["ip", "-brief", "link", "show", "type", "veth"]) == ""
