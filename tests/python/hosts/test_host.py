"""A test host is a real systemd machine: it boots, keeps its state, enforces limits, and knows its peers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hosts.harness.command import HostError
from hosts.harness.host import SOURCES
from hosts.harness.host import Host
from hosts.harness.host import NewHost
from hosts.harness.network import GATE
from hosts.harness.network import Lan
from hosts.harness.snapshot import difference
from hosts.harness.snapshot import snapshot
from hosts.harness.wait import until

# The first test to need it waits for the shared root to be built.
pytestmark = [pytest.mark.root, pytest.mark.timeout(900)]

SERVER = "import http.server; http.server.test(http.server.SimpleHTTPRequestHandler, port=8000)"
UNIT = f"""
[Service]
ExecStart=/usr/bin/python3 -c "{SERVER}"
WorkingDirectory=/srv
[Install]
WantedBy=multi-user.target
"""
FORBIDDEN = {"CAP_SYS_MODULE": 16, "CAP_SYS_RAWIO": 17, "CAP_SYS_TIME": 25}  # linux/capability.h
BOUNDING_SET = ("sh", "-c", "grep CapBnd /proc/self/status")
ALLOCATE = ("python3", "-c", "bytearray(200 << 20)")

# Runs what follows on this machine as if it had the unified control groups alone, as Debian's own default is.
UNIFIED = """
for place in $(awk '$5 ~ "^/sys/fs/cgroup" { print $5 }' /proc/self/mountinfo | sort -r); do umount "$place"; done
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec "$@"
"""
BOOT = """
import sys
from pathlib import Path
from hosts.harness.host import Host
from hosts.harness.network import Lan
with Lan() as lan, Host("a", Path(sys.argv[1]), Path(sys.argv[2]), lan) as host:
    host.reboot()
    print(host.state_of_boot(), host.run(["stat", "--file-system", "--format=%T", "/sys/fs/cgroup"]).stdout)
"""


def as_service(host: Host, *options: str) -> tuple[str, ...]:
    """A command line that runs what follows it as a service of that host, and waits for its end."""
    return ("systemd-run", "--wait", "--pipe", "--quiet", "--collect", *options)


def fetch(host: Host, address: str) -> str:
    """What another host's server on port 8000 answers."""
    ask = f"import urllib.request as u; print(u.urlopen('http://{address}:8000/', timeout=5).read().decode())"
    return host.run(["python3", "-c", ask]).stdout


def serve(host: Host, text: str) -> None:
    """Install and start a little web server that is enabled at boot."""
    host.write("/etc/systemd/system/web.service", UNIT)
    host.write("/srv/index.html", text)
    host.run(["systemctl", "enable", "--now", "--quiet", "web"])


def test_boots_without_a_failed_unit_and_with_the_python_that_runs_the_programs(new_host: NewHost) -> None:
    host = new_host("a")
    assert host.run(["systemctl", "--failed", "--no-legend"]).stdout == ""
    assert host.state_of_boot() == "running"
    assert host.run(["python3", "--version"]).stdout.startswith("Python 3.11.")
    assert host.run(["hostname"]).stdout == "a\n"


def test_a_reboot_keeps_files_and_logs_and_starts_what_is_enabled(new_host: NewHost) -> None:
    host = new_host("a")
    serve(host, "kept")
    before = host.run(["cat", "/proc/sys/kernel/random/boot_id"]).stdout
    host.run(["logger", "written before the reboot"])
    host.reboot()
    assert host.run(["cat", "/proc/sys/kernel/random/boot_id"]).stdout != before
    assert "written before the reboot" in host.run(["journalctl", "--boot=-1"]).stdout
    assert host.run(["systemctl", "is-active", "web"]).stdout == "active\n"
    assert host.read("/srv/index.html") == "kept"


def test_a_power_cut_ends_every_process_and_keeps_what_was_written(new_host: NewHost) -> None:
    host = new_host("a")
    serve(host, "kept")
    host.write("/srv/mark", "here")
    host.kill()
    with pytest.raises(HostError, match="a is off"):
        host.run(["true"])
    host.boot()
    assert host.read("/srv/mark") == "here"
    assert host.run(["systemctl", "is-active", "web"]).stdout == "active\n"
    assert "Stopped web.service" not in host.run(["journalctl", "--boot=-1", "--unit=web"]).stdout


def test_a_shutdown_is_an_orderly_one(new_host: NewHost) -> None:
    host = new_host("a")
    serve(host, "x")
    host.reboot()
    assert "Stopped web.service" in host.run(["journalctl", "--boot=-1", "--unit=web"]).stdout


def test_memory_and_task_limits_are_enforced(new_host: NewHost) -> None:
    host = new_host("a")
    limits = ("-pMemorySwapMax=0", "-pTasksMax=8")
    assert host.run([*as_service(host, "-pMemoryMax=100M", *limits), *ALLOCATE], check=False).returncode != 0
    assert host.run([*as_service(host, "-pMemoryMax=400M", *limits), *ALLOCATE]).returncode == 0
    threads = "import threading as t; [t.Thread(target=t.Event().wait, args=(1,)).start() for _ in range({})]"
    fits, too_many = threads.format(4), threads.format(20)
    assert host.run([*as_service(host, *limits), "python3", "-c", fits]).returncode == 0
    refused = host.run([*as_service(host, *limits), "python3", "-c", too_many], check=False)
    assert "can't start new thread" in refused.stderr


def test_two_hosts_at_once_reach_each_other_and_nothing_else(new_host: NewHost, lan: Lan) -> None:
    a, b = new_host("a"), new_host("b")
    serve(b, "hello from b")
    until(lambda: a.run(["true"]) and _reaches(a, b), 20, "b's server to answer")
    assert fetch(a, b.config.address).strip() == "hello from b"
    assert a.run(["ip", "route", "show", "default"]).stdout == ""
    assert GATE in lan.run(["ip", "-brief", "address", "show", "br0"])


def _reaches(host: Host, other: Host) -> bool:
    try:
        return bool(fetch(host, other.config.address))
    except HostError:
        return False


def test_an_address_can_change_between_boots(new_host: NewHost, lan: Lan) -> None:
    host = new_host("a")
    old, new = host.config.address, lan.address()
    host.shut_down()
    host.set_address(new)
    host.boot()
    addresses = host.run(["ip", "-brief", "address", "show", "eth0"]).stdout
    assert new in addresses
    assert old not in addresses


def test_neither_a_command_nor_a_service_can_touch_the_clock_or_the_kernel(new_host: NewHost) -> None:
    host = new_host("a")
    for command in (BOUNDING_SET, (*as_service(host), *BOUNDING_SET)):
        bounding = int(host.run(command).stdout.split()[1], 16)
        assert [name for name, bit in FORBIDDEN.items() if bounding >> bit & 1] == []


def test_boots_where_the_unified_hierarchy_is_the_only_one(root: Path, tmp_path: Path) -> None:
    program = (sys.executable, "-c", BOOT, str(root), str(tmp_path / "a"))
    env = {**os.environ, "PYTHONPATH": str(SOURCES)}
    command = ("unshare", "--mount", "sh", "-ec", UNIFIED, "sh", *program)
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["running", "cgroup2fs"], done.stderr


def test_a_failing_command_says_what_it_said_and_a_slow_one_is_ended(new_host: NewHost) -> None:
    host = new_host("a")
    with pytest.raises(HostError, match="a: ls /nowhere: exit 2: .*No such file"):
        host.run(["ls", "/nowhere"])
    assert host.run(["sleep", "60"], seconds=0.2, check=False).returncode == 124


def test_a_login_is_a_session_that_ends(new_host: NewHost) -> None:
    host = new_host("a")
    host.run(["useradd", "--create-home", "--shell", "/bin/bash", "alice"])
    assert host.login("alice", ["sh", "-c", "echo $XDG_RUNTIME_DIR"]).stdout == "/run/user/1000\n"
    assert "alice" in host.login("alice", ["loginctl", "--no-legend", "list-sessions"]).stdout
    until(lambda: not host.run(["loginctl", "--no-legend", "list-sessions"]).stdout, 20, "alice's session to end")


def test_a_snapshot_shows_every_kind_of_change(new_host: NewHost) -> None:
    host = new_host("a")
    host.run(
        ["sh", "-c", "mkdir /t; cd /t; echo 1 > content; echo 1 > mode; ln -s x link; echo 1 > gone; echo 1 > left"]
    )
    before = snapshot(host, ["/t"], without=["/t/left"])
    host.run(["sh", "-c", "cd /t; echo 2 > content; chmod 600 mode; ln -sfn y link; rm gone; echo 1 > new; rm left"])
    changed = difference(before, snapshot(host, ["/t"], without=["/t/left"]))
    assert [line.split(":")[0] for line in changed] == ["/t/content", "/t/gone", "/t/link", "/t/mode", "/t/new"]
    assert difference(before, before) == []
