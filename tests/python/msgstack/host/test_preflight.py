"""The preflight: facts and what was seen in, findings out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from msgstack.errors import Exit
from msgstack.errors import PreflightError
from msgstack.host.ports import Listener
from msgstack.host.preflight import Finding
from msgstack.host.preflight import Probe
from msgstack.host.preflight import findings
from msgstack.host.preflight import probe
from msgstack.host.preflight import refuse
from msgstack.host.preflight import size_of
from msgstack.resource.facts import Facts
from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode
from msgstack.resource.layout import Layout
from msgstack.spec.stack import Stack

ROOT = Path("/home/ada/.local/share/msgstack")
PORTS = {"nats.port": 4222, "nats.monitor_port": 8222}
SEEN = Probe(is_root=False, writable=True, used=0, listeners=())
HOST = Facts(
    system="linux",
    machine="x86_64",
    mode=Mode.USER,
    manager=Manager.SYSTEMD,
    managers=(Manager.SYSTEMD, Manager.SUPERVISORD),
    user="ada",
    service_user=None,
    home=Path("/home/ada"),
    root=ROOT,
    memory=8 * 2**30,
    disk_free=100 * 2**30,
    cores=4,
    python=Path("/usr/bin/python3.11"),
    python_version=(3, 11),
    config_home=Path("/home/ada/.config"),
    temporary=(Path("/tmp"),),
)
OURS = (f"{ROOT}/nats/current/home/bin/nats-server", "-c", f"{ROOT}/nats/current/conf/nats-server.conf")


def problems(facts: Facts = HOST, seen: Probe = SEEN, *, temporary: bool = False) -> list[Finding]:
    found = findings(Stack(), facts, Layout(facts.root, "nats"), PORTS, seen, temporary=temporary)
    return [finding for finding in found if not finding.ok]


def test_a_host_that_can_take_it() -> None:
    assert problems() == []


def test_every_question_has_an_id_of_its_own() -> None:
    found = findings(Stack(), HOST, Layout(ROOT, "nats"), PORTS, SEEN)
    assert [finding.id for finding in found] == [
        "host.python",
        "host.rights",
        "host.manager",
        "root.lasting",
        "root.writable",
        "host.memory",
        "host.disk",
        "port.4222",
        "port.8222",
    ]


@pytest.mark.parametrize(
    ("changed", "id_", "text", "fix"),
    [
        ({"python_version": (3, 10)}, "host.python", "Python 3.10", "3.11 or newer"),
        ({"mode": Mode.SYSTEM, "service_user": "msgstack"}, "host.rights", "takes root", "sudo"),
        ({"root": Path("/tmp/x")}, "root.lasting", "/tmp/x is in /tmp, which the host empties", "--allow-temporary"),
        ({"memory": 2**30}, "host.memory", "more than this host's 1GiB", "Lower budget.memory"),
        ({"disk_free": 2**30}, "host.disk", "more than the 1GiB", "Lower budget.disk"),
    ],
)
def test_a_host_that_lacks_something(changed: dict[str, object], id_: str, text: str, fix: str) -> None:
    (found,) = problems(replace(HOST, **changed))  # type: ignore[arg-type]
    assert found.id == id_
    assert text in found.text
    assert fix in found.fix


def test_root_may_install_for_the_system() -> None:
    facts = replace(HOST, mode=Mode.SYSTEM, service_user="msgstack", root=Path("/opt/msgstack"))
    assert problems(facts, replace(SEEN, is_root=True)) == []


def test_a_root_that_can_not_be_written() -> None:
    (found,) = problems(seen=replace(SEEN, writable=False))
    assert found.text == f"{ROOT} can not be written by ada"


def test_a_temporary_root_for_a_trial() -> None:
    assert problems(replace(HOST, root=Path("/tmp/x")), temporary=True) == []


def test_a_home_that_is_itself_a_trial() -> None:
    assert problems(replace(HOST, home=Path("/tmp/home"), root=Path("/tmp/home/.local/share/msgstack"))) == []


def test_a_port_that_another_program_has() -> None:
    listener = Listener(4222, 4711, ("/usr/bin/nats-server", "-js"))
    (found,) = problems(seen=replace(SEEN, listeners=(listener,)))
    assert found == Finding(
        "port.4222",
        False,
        "port 4222 is taken by nats-server (pid 4711)",
        "Stop that program, or set nats.port in the stack file to another port.",
    )


def test_our_own_service_is_no_stranger() -> None:
    assert problems(seen=replace(SEEN, listeners=(Listener(4222, 1, OURS), Listener(8222, 1, OURS)))) == []


def test_the_service_of_another_root_is_one() -> None:
    other = tuple(word.replace("msgstack/", "msgstack-second/") for word in OURS)
    (found,) = problems(seen=replace(SEEN, listeners=(Listener(8222, 1, other),)))
    assert found.id == "port.8222"


def test_one_problem_is_one_sentence() -> None:
    with pytest.raises(PreflightError) as caught:
        refuse(problems(replace(HOST, python_version=(3, 9))))
    assert caught.value.code == Exit.PREFLIGHT
    assert caught.value.what == "this host can't take it: Python 3.9 at /usr/bin/python3.11"
    assert caught.value.fix == "Run it with Python 3.11 or newer."


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(PreflightError) as caught:
        refuse(problems(replace(HOST, python_version=(3, 9), memory=2**30)))
    assert caught.value.what == "this host can't take it: 2 problems"
    assert [line.split(":")[0] for line in caught.value.why.splitlines()[::2]] == ["host.python", "host.memory"]


def test_looking_at_a_root_that_is_not_there_yet(tmp_path: Path) -> None:
    seen = probe(Layout(tmp_path / "a" / "b", "nats"), {})
    assert (seen.writable, seen.used, seen.listeners) == (True, 0, ())


def test_the_size_of_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "block").write_bytes(b"x" * 10_000)
    (tmp_path / "data" / "link").symlink_to("/")
    assert 10_000 <= size_of(tmp_path) < 40_000
    assert size_of(tmp_path / "nothing") == 0
