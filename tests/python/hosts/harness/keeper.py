"""Owns one boot of one host: starts it, and removes every trace of it when it ends or when the test does.

The test holds the other end of this process' standard input. When that closes, for whatever reason, the host is
killed; should this process be killed itself, the kernel kills the host with it, and the empty control groups it
leaves are swept by the next keeper. It runs in the host's network namespace and the machine's other ones.

It answers with one line of JSON on its standard output: `{"pid": N, "group": NAME}` or `{"error": TEXT}`.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shlex
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

from hosts.harness import cgroups
from hosts.harness import network
from hosts.harness.command import HostError
from hosts.harness.command import environment
from hosts.harness.config import Config
from hosts.harness.wait import until

# The child dies with this process, and pid 1 with that child.
NAMESPACES = (
    "setpriv",
    "--pdeathsig",
    "KILL",
    "unshare",
    "--mount",
    "--pid",
    "--uts",
    "--ipc",
    "--fork",
    "--kill-child",
)


def main() -> None:
    """`python -m hosts.harness.keeper CONFIG`, in the host's network namespace."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the end of the test's pipe is what ends this process
    try:
        _keep(Config.from_json(sys.argv[1]))
    except (HostError, OSError) as error:
        _answer({"error": str(error)})
        sys.exit(1)


def _keep(config: Config) -> None:
    with _state(config), _plugged(config), cgroups.Group() as group, _started(config, group.name) as pid:
        _answer({"pid": pid, "group": group.name})
        _wait_for_the_end(pid)


def _answer(answer: dict[str, object]) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


@contextlib.contextmanager
def _state(config: Config) -> Iterator[None]:
    """The host's own directories, for one boot at a time: two on one layer would destroy it."""
    for part in ("upper/etc", "work", "merged"):
        (config.state / part).mkdir(parents=True, exist_ok=True)
    with (config.state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HostError(f"{config.state}: a host runs on this state already") from None
        _write_identity(config)
        yield


def _write_identity(config: Config) -> None:
    """What a shared root must not have: a machine's id and name, and no resolver, since there is no way out."""
    etc = config.state / "upper/etc"
    (etc / "hostname").write_text(f"{config.name}\n")
    (etc / "hosts").write_text(f"127.0.0.1 localhost\n::1 localhost\n{config.address} {config.name}\n")
    (etc / "machine-id").write_text(f"{uuid.uuid5(uuid.NAMESPACE_DNS, config.name).hex}\n")
    (etc / "resolv.conf").touch()


@contextlib.contextmanager
def _plugged(config: Config) -> Iterator[None]:
    network.plug(config.lan, config.name, config.address)
    try:
        yield
    finally:
        network.unplug()


@contextlib.contextmanager
def _started(config: Config, group: str) -> Iterator[int]:
    """The host's first process, as the machine numbers it; no process of the host is left afterwards."""
    with (config.state / "console.log").open("ab") as console:
        boot = (sys.executable, "-m", "hosts.harness.boot", config.to_json())
        inner = f"{cgroups.join(cgroups.directories(group))} exec unshare --cgroup {shlex.join(boot)}"
        outer = subprocess.Popen(
            (*NAMESPACES, "sh", "-ec", inner),
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            env=environment(),
        )
    try:
        yield _pid_of_systemd(outer, config.state / "console.log")
    finally:
        outer.kill()
        outer.wait()


def _pid_of_systemd(outer: subprocess.Popen[bytes], console: Path) -> int:
    pids: list[int] = []
    try:
        until(lambda: _look_for_systemd(outer, pids), 20, "systemd to take over as pid 1", every=0.01)
    except HostError as error:
        raise HostError(f"{error}; the console says: {console.read_text(errors='replace')[-4000:]}") from None
    return pids[0]


def _look_for_systemd(outer: subprocess.Popen[bytes], pids: list[int]) -> bool:
    """Whether the only child of `outer` is systemd by now; its pid is put into `pids`."""
    if outer.poll() is not None:
        raise HostError(f"the host's first process ended with {outer.returncode}")
    try:
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()
        pids[:] = [int(pid) for pid in children if Path(f"/proc/{pid}/comm").read_text() == "systemd\n"]
    except FileNotFoundError:  # it ended between two looks
        return False
    return bool(pids)


def _wait_for_the_end(pid: int) -> None:
    """Until the host has ended by itself, or the test closed its pipe."""
    process = os.pidfd_open(pid)
    try:
        ready, _, _ = select.select([process, sys.stdin], [], [])
        if process not in ready:
            signal.pidfd_send_signal(process, signal.SIGKILL)  # the kernel then kills all of the pid namespace
            select.select([process], [], [])
    finally:
        os.close(process)


if __name__ == "__main__":
    main()
