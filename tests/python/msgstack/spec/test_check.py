"""The budget held against a host."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from msgstack.resource.facts import Facts
from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode
from msgstack.spec.check import host_problems
from msgstack.spec.reader import load
from msgstack.spec.stack import Stack

GIB = 2**30
HOST = Facts(
    system="linux",
    machine="x86_64",
    mode=Mode.USER,
    manager=Manager.SYSTEMD,
    managers=(Manager.SYSTEMD, Manager.SUPERVISORD),
    user="ada",
    service_user=None,
    home=Path("/home/ada"),
    root=Path("/home/ada/.local/share/msgstack"),
    memory=8 * GIB,
    disk_free=100 * GIB,
    cores=4,
    python=Path("/usr/bin/python3.11"),
    python_version=(3, 11),
    config_home=Path("/home/ada/.config"),
)


def test_a_host_with_room_for_budget_and_reserve() -> None:
    assert host_problems(Stack(), HOST) == ()


def test_memory_without_the_reserve() -> None:
    (problem,) = host_problems(Stack(), replace(HOST, memory=GIB + GIB // 4))
    assert str(problem) == (
        "budget.memory: 1GiB, and budget.memory_reserve 512MiB beside it, are more than this host's 1280MiB: "
        "lower budget.memory; nats.memory takes 500MB of it"
    )


def test_disk_without_the_reserve() -> None:
    (problem,) = host_problems(Stack(), replace(HOST, disk_free=6 * GIB + 1))
    assert str(problem) == (
        "budget.disk: 6GiB, and budget.disk_reserve 1GiB beside it, are more than the 6GiB that "
        "/home/ada/.local/share/msgstack can have: lower budget.disk, or give a --root on a larger disk"
    )


def test_what_the_stack_has_written_already_counts_as_free() -> None:
    assert host_problems(Stack(), replace(HOST, disk_free=6 * GIB), used=GIB) == ()


@pytest.mark.parametrize(("reserve", "problems"), [("7GiB", 0), ("7.1GiB", 1)])
def test_the_reserve_is_what_the_file_says(reserve: str, problems: int) -> None:
    stack = load(f'[budget]\nmemory_reserve = "{reserve}"\n', "stack.toml")
    assert len(host_problems(stack, HOST)) == problems


@pytest.mark.parametrize(
    ("manager", "memory", "problems"),
    [
        (Manager.SYSTEMD, "500MB", []),
        (Manager.SUPERVISORD, "567108864B", []),
        (
            Manager.SUPERVISORD,
            "567108863B",
            [
                "budget.memory: 567108863B is less than the 500MB of the services and the 64MiB of what keeps them "
                "running (supervisord): raise budget.memory"
            ],
        ),
    ],
)
def test_what_keeps_services_running_is_part_of_the_budget(manager: Manager, memory: str, problems: list[str]) -> None:
    stack = load(f'[budget]\nmemory = "{memory}"\n', "stack.toml")
    assert [str(problem) for problem in host_problems(stack, replace(HOST, manager=manager))] == problems


def test_so_is_the_memory_wall_of_launchd() -> None:
    stack = load('[budget]\nmemory = "500MB"\n', "stack.toml")
    (problem,) = host_problems(stack, replace(HOST, manager=Manager.LAUNCHD))
    assert "500MB of the services and the 16MiB of what keeps them running (launchd)" in str(problem)


def test_so_are_its_logs() -> None:
    stack = load('[budget]\ndisk = "4164MiB"\n', "stack.toml")
    assert host_problems(stack, HOST) == ()
    (problem,) = host_problems(stack, replace(HOST, manager=Manager.SUPERVISORD))
    assert str(problem) == (
        "budget.disk: 4164MiB is less than the 4164MiB of the services and the 3MiB of what keeps them "
        "running (supervisord): raise budget.disk"
    )
