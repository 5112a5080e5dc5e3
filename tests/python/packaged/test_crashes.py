"""What dies, and what comes back: server, supervisor, terminal. Acknowledged messages are there afterwards."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from packaged.user import User
from packaged.user import until
from packaged.user import user

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    until(lambda: not os.path.exists(f"/proc/{pid}/exe"), f"process {pid} ends")


def state(somebody: User) -> str:
    word: str = somebody.setup("status", "--format", "json").json["state"]
    return word


def servers(somebody: User) -> list[int]:
    """Processes that are a NATS server of this user."""
    return [pid for pid, words in somebody.processes().items() if "bin/nats-server]" in words]


def messages(somebody: User) -> int:
    return int(json.loads(somebody.nats("stream", "info", "EVENTS", "--json"))["state"]["messages"])


def test_a_killed_server_comes_back_with_all_that_it_acknowledged(installed: User) -> None:
    acknowledged: list[int] = []

    def publish() -> None:
        """One after another, until the server is gone; the command line ends with 0 when it was acknowledged."""
        command = [str(installed.root / "bin/nats"), "req", "--raw", "--timeout=1s", "events.test"]
        for number in range(200):
            done = installed.run([*command, str(number)])
            if done.code or '"seq"' not in done.out:
                return
            acknowledged.append(number)

    publisher = threading.Thread(target=publish)
    publisher.start()
    until(lambda: len(acknowledged) >= 10, "some are acknowledged")
    first = installed.server
    kill(first)
    publisher.join()
    until(lambda: state(installed) == "running", "it runs again by itself")
    assert installed.server != first
    assert len(acknowledged) <= messages(installed) <= len(acknowledged) + 1
    assert installed.setup("plan", "--detailed-exitcode").code == 0, "memory streams are there again too"
    assert installed.verify()["summary"]["fail"] == 0


def test_a_killed_supervisor_leaves_one_server_and_the_next_apply_mends(installed: User) -> None:
    installed.nats("pub", "--jetstream", "--quiet", "--count", "7", "events.test", "message {{Count}}")
    kill(installed.supervisor)
    orphan = servers(installed)
    assert len(orphan) == 1, "the server itself does not need its supervisor"
    shown = installed.setup("status")
    assert shown.code == 10 and "the supervisor is not running" in shown.out
    assert installed.setup("plan", "--detailed-exitcode").code == 20
    installed.apply()
    assert len(servers(installed)) == 1 and servers(installed) != orphan, "never two on one store"
    assert (messages(installed), state(installed)) == (7, "running")
    assert installed.apply()["changes"] == 0


def test_the_start_of_a_second_server_on_the_same_store_is_refused(installed: User) -> None:
    first = installed.server
    second = installed.run(["timeout", "20", str(installed.root / "nats/current/service/run")])
    assert second.code not in (0, 124), "it ends by itself"
    assert servers(installed) == [first]
    assert state(installed) == "running"


def test_what_was_installed_in_a_terminal_outlives_it(somebody: User) -> None:
    """A terminal that closes sends SIGHUP to whatever still belongs to it."""
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        ["setsid", "--ctty", *somebody.command("nats-setup", "apply", "--yes")],
        env=somebody.env, stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    drain = threading.Thread(target=_drain, args=(ours,), daemon=True)
    drain.start()
    assert program.wait(60) == 0
    drain.join(5)
    os.close(ours)
    assert state(somebody) == "running"
    for pid in (somebody.supervisor, somebody.server):
        assert os.getsid(pid) != program.pid
        assert all(os.readlink(f"/proc/{pid}/fd/{fd}") != "/dev/tty" for fd in (0, 1, 2))
        assert not any("/dev/pts" in os.readlink(f"/proc/{pid}/fd/{fd}") for fd in (0, 1, 2))


def _drain(ours: int) -> None:
    try:
        while os.read(ours, 1 << 16):
            pass
    except OSError:
        return


def test_a_service_that_cannot_start_shows_the_servers_own_words(installed: User) -> None:
    """Somebody took the port while the service was stopped, after the preflight."""
    assert installed.setup("stop").code == 0
    with socket.create_server(("127.0.0.1", installed.port)):
        done = installed.setup("start")
    assert done.code == 1, done.err
    assert "Traceback" not in done.err and "address already in use" in done.err, done.err
    assert installed.setup("start").code == 0


def test_two_instances_on_one_host(installed: User, unpacked: Path) -> None:
    with user(installed.home, unpacked, "second") as other:
        first = installed.server
        other.apply()
        assert other.server != first == installed.server
        other.nats("--context", "msgstack-second", "pub", "--jetstream", "--quiet", "events.test", "only here")
        assert (messages(installed), messages(other)) == (0, 1)
        assert installed.verify()["summary"]["fail"] == other.verify()["summary"]["fail"] == 0
        assert (installed.apply()["changes"], other.apply()["changes"]) == (0, 0)
        program = other.command("nats-setup", "")[0]
        by_root = other.run([program, "plan", "--detailed-exitcode", "--root", str(other.root)])
        assert by_root.code == 0, "the stack file that it was installed from says which instance it is"
        assert installed.setup("uninstall", "--purge", "--yes").code == 0
        assert other.verify()["summary"]["fail"] == 0, "it stands alone"
        assert other.setup("uninstall", "--purge", "--yes").code == 0
        assert other.processes() == {}
