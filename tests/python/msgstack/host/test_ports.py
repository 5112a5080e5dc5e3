"""Who listens: real sockets of this host, and what other systems' tools print."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from msgstack.host.ports import Listener
from msgstack.host.ports import listeners
from msgstack.host.ports import parse_lsof

SERVE = """import socket, sys
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
sys.stdin.read()"""


def test_a_listener_of_another_process_is_named() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        port = int(server.stdout.readline())
        (found,) = listeners([port])
        server.stdin.close()
    assert (found.port, found.pid) == (port, server.pid)
    assert found.command[-2:] == ("-c", SERVE)
    assert found.program == f"{Path(found.command[0]).name} (pid {server.pid})"
    assert listeners([port]) == ()


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1"])
def test_every_address_counts(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as server:
        try:
            server.bind((address, 0))
        except OSError as error:
            pytest.skip(f"this host has no {address}: {error}")
        server.listen()
        port = server.getsockname()[1]
        assert [found.pid for found in listeners([port])] == [os.getpid()]


def test_a_socket_that_only_connects_is_no_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert listeners([client.getsockname()[1]]) == ()


def test_nothing_is_asked_for_no_ports() -> None:
    assert listeners([]) == ()


def test_what_lsof_prints() -> None:
    shown = "p501\nf23\nn127.0.0.1:4222\nf24\nn127.0.0.1:8222\np777\nf5\nn[::1]:4222\n"
    commands = {501: ("/opt/nats-server", "-c", "x"), 777: ("/usr/bin/other",)}
    assert list(parse_lsof(shown, commands.__getitem__)) == [
        Listener(4222, 501, commands[501], "127.0.0.1"),
        Listener(8222, 501, commands[501], "127.0.0.1"),
        Listener(4222, 777, commands[777], "::1"),
    ]


def test_a_process_that_the_system_hides() -> None:
    assert Listener(1, None).program == "a program of another user"
    assert Listener(1, 7).program == "a program (pid 7)"
