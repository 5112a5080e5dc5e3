"""The driver of services under real systemd managers: the host's, and a user's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from hosts.harness.host import Host
from hosts.harness.host import NewHost
from hosts.harness.wait import until
from msgstack.data import path
from msgstack.resource.facts import Manager

pytestmark = [pytest.mark.root, pytest.mark.timeout(600)]

PYTHON = "/srv/python"
PACKAGES = ("msgstack", "services", "jinja2", "markupsafe", "supervisor")
UNIT = "msgstack-nats.service"


@dataclass(frozen=True)
class Driven:
    """A host and whose service it is."""

    host: Host
    user: str | None
    manager: Manager = Manager.SYSTEMD

    def step(self, name: str, revision: str = "r1") -> dict[str, Any]:
        """One step of inside/service.py, as that user in a login of its own."""
        whose = (self.manager, "user" if self.user else "system")
        words = ["env", f"PYTHONPATH={PYTHON}", "python3", "/srv/inside/service.py", *whose, name, revision]
        done = self.host.login(self.user, words) if self.user else self.host.run(words)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def runs_as_another_than(self, pid: int) -> Callable[[], bool]:
        def look() -> bool:
            now = self.step("look", "r2")
            return bool(now["running"]) and now["pid"] != pid

        return look


@pytest.fixture
def host(new_host: NewHost) -> Host:
    """A host with our code, what it needs, and the user of services."""
    host = new_host("a")
    for name in PACKAGES:
        spec = find_spec(name)
        assert spec is not None, f"{name} is not installed"
        host.put(Path(str(spec.origin)).parent, f"{PYTHON}/{name}")
    host.put(path("configs"), f"{PYTHON}/configs")
    host.put(Path(__file__).with_name("inside"), "/srv/inside")
    host.run(["useradd", "--system", "--no-create-home", "msgstack"])
    return host


@pytest.fixture(params=[None, "alice"], ids=["system", "user"])
def driven(host: Host, request: pytest.FixtureRequest) -> Driven:
    """A service of the host's, or a user's own."""
    user = request.param
    if user:
        host.run(["useradd", "--create-home", "--shell", "/bin/bash", user])
        host.run(["loginctl", "enable-linger", user])
    return Driven(host, user)


def test_a_service_lives_through_changes_crashes_reboots_and_leaves_nothing(driven: Driven) -> None:
    before = _units(driven)
    first = driven.step("apply")
    assert (first["found"], first["running"], first["hints"]) == (["absent"], True, [])
    again = driven.step("apply")
    assert (again["found"], again["pid"]) == ([], first["pid"])
    second = driven.step("apply", "r2")
    assert second["found"] == ["it runs from an older configuration"]
    assert second["pid"] != first["pid"]

    driven.host.run(["kill", "-KILL", str(second["pid"])])
    until(driven.runs_as_another_than(second["pid"]), 30, "the server to come back")
    driven.host.reboot()
    until(driven.runs_as_another_than(0), 60, "the server to start with the host")
    assert driven.step("apply", "r2")["found"] == []

    assert not driven.step("stop", "r2")["running"]
    assert driven.step("apply", "r2")["found"] == ["it is stopped"]
    assert not driven.step("remove")["running"]
    assert _units(driven) == before
    assert driven.step("look")["running"] is False


def test_a_stranger_of_the_same_name_is_left_alone(driven: Driven) -> None:
    folder = "/home/alice/.config/systemd/user" if driven.user else "/etc/systemd/system"
    driven.host.write(f"{folder}/{UNIT}", "[Service]\nExecStart=/bin/sleep 99\n")
    answer = driven.step("apply")
    assert "is not this stack's" in str(answer["found"])
    assert "sleep 99" in driven.host.read(f"{folder}/{UNIT}")


def test_the_embedded_supervisor_and_what_it_runs_are_the_service_users(host: Host) -> None:
    driven = Driven(host, None, Manager.SUPERVISORD)
    first = driven.step("apply")
    assert (first["found"], first["running"]) == (["absent"], True)
    assert driven.step("apply")["found"] == []
    supervisor = host.read("/opt/msgstack/supervisor/run/supervisord.pid").strip()
    for pid in (supervisor, str(first["pid"])):
        assert host.run(["stat", "--format=%U", f"/proc/{pid}"]).stdout == "msgstack\n"
    foreign = host.run(["find", "/opt/msgstack/supervisor", "-user", "msgstack"]).stdout
    assert all(line.startswith("/opt/msgstack/supervisor/run") for line in foreign.splitlines()), foreign
    assert driven.step("apply", "r2")["found"] == ["it runs from an older configuration"]
    host.reboot()
    host.run(["/opt/msgstack/nats/current/service/supervise"])
    until(driven.runs_as_another_than(0), 30, "the server to start with the supervisor")
    assert driven.step("apply", "r2")["found"] == []
    driven.step("remove")
    assert host.run(["ls", "/opt/msgstack"]).stdout == "nats\n"


def _units(driven: Driven) -> str:
    """All files in which units can lie."""
    folders = ["/etc/systemd", *(["/home/alice"] if driven.user else [])]
    return driven.host.run(["find", *folders, "-path", "*/.local", "-prune", "-o", "-print"]).stdout
