"""Facts: of this host as it is, and of hosts that are folders."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from msgstack.errors import Exit
from msgstack.errors import PreflightError
from msgstack.host import facts
from msgstack.host import managers
from msgstack.host import memory
from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode

GIB = 2**30
MEMINFO = f"MemTotal:       {8 * GIB // 1024} kB\nMemFree: 1 kB\n"


def test_this_host(tmp_path: Path) -> None:
    seen = facts.read(tmp_path / "not" / "yet", Mode.USER)
    assert seen.platform in {"linux-x86_64", "linux-aarch64", "macos-x86_64", "macos-arm64"}
    assert seen.manager in seen.managers
    assert Manager.SUPERVISORD in seen.managers
    assert seen.service_user is None
    assert seen.memory > 64 * 2**20
    assert 0 < seen.disk_free <= os.statvfs(tmp_path).f_blocks * os.statvfs(tmp_path).f_frsize
    assert seen.cores == os.cpu_count()


def test_the_python_is_none_of_a_virtual_environment(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    script = "import sys; sys.path[:0] = sys.argv[1:]; from msgstack.host.facts import python; print(python())"
    inside = tmp_path / "venv" / "bin" / "python"
    done = subprocess.run([inside, "-c", script, *sys.path], capture_output=True, text=True, check=True)
    found = Path(done.stdout.strip())
    assert found == facts.python()
    asked = "import sys; print(sys.prefix == sys.base_prefix)"
    assert subprocess.run([found, "-c", asked], capture_output=True, text=True, check=True).stdout == "True\n"


@pytest.mark.parametrize(
    ("mode", "instance", "root"),
    [
        (Mode.USER, "default", "home/.local/share/msgstack"),
        (Mode.USER, "second", "home/.local/share/msgstack-second"),
        (Mode.SYSTEM, "default", "/opt/msgstack"),
        (Mode.SYSTEM, "second", "/opt/msgstack-second"),
    ],
)
def test_default_roots(mode: Mode, instance: str, root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert facts.default_root(mode, instance) == tmp_path / root


def test_the_data_home_of_the_environment_is_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert facts.default_root(Mode.USER, "default") == tmp_path / "msgstack"


def test_the_folders_that_are_emptied_have_the_one_of_this_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    found = facts.read(tmp_path, Mode.USER).temporary
    assert {Path("/tmp"), Path("/var/tmp"), tmp_path} <= set(found)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("limits", "total"),
    [
        ({}, 8 * GIB),
        ({"memory.max": "max\n"}, 8 * GIB),
        ({"memory.max": f"{2 * GIB}\n"}, 2 * GIB),
        ({"user/one/memory.max": "max\n", "user/memory.max": f"{3 * GIB}\n"}, 3 * GIB),
        ({"user/one/memory.max": f"{GIB}\n", "user/memory.max": f"{3 * GIB}\n"}, GIB),
        ({"memory/memory.limit_in_bytes": f"{GIB}\n"}, GIB),
        ({"memory/memory.limit_in_bytes": "9223372036854771712\n"}, 8 * GIB),
        ({"memory.max": f"{64 * GIB}\n"}, 8 * GIB),
    ],
)
def test_a_container_has_what_its_control_group_gives(limits: dict[str, str], total: int, tmp_path: Path) -> None:
    write(tmp_path / "proc/meminfo", MEMINFO)
    write(tmp_path / "proc/self/cgroup", "0::/user/one\n")
    for name, text in limits.items():
        write(tmp_path / "cgroup" / name, text)
    assert memory.linux_total(tmp_path / "proc", tmp_path / "cgroup") == total


def test_the_manager_that_is_wanted_must_work() -> None:
    both = (Manager.SYSTEMD, Manager.SUPERVISORD)
    assert managers.choose(both, None, Mode.USER) is Manager.SYSTEMD
    assert managers.choose(both, Manager.SUPERVISORD, Mode.USER) is Manager.SUPERVISORD
    with pytest.raises(PreflightError) as caught:
        managers.choose((Manager.SUPERVISORD,), Manager.SYSTEMD, Mode.USER)
    assert caught.value.what == "systemd does not answer here for services of user mode"
    assert "what works now is supervisord" in caught.value.why
    assert caught.value.code == Exit.PREFLIGHT


def test_a_users_systemd_is_one_that_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for /run/systemd/system, for systemctl, and for the user's manager."""
    write(tmp_path / "bin/systemctl", "#!/bin/sh\n")
    (tmp_path / "bin/systemctl").chmod(0o755)
    (tmp_path / "systemd").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(managers, "BOOTED", tmp_path / "booted")
    assert not managers.systemd_works(Mode.SYSTEM)
    (tmp_path / "booted").mkdir()
    assert managers.systemd_works(Mode.SYSTEM)
    assert not managers.systemd_works(Mode.USER)
    monkeypatch.chdir(tmp_path / "systemd")  # a socket's path is at most 104 bytes long
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("private")
        server.listen()
        monkeypatch.setenv("XDG_RUNTIME_DIR", "..")
        assert managers.systemd_works(Mode.USER)
    assert not managers.systemd_works(Mode.USER)
