"""Who listens on a TCP port of this host."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
LISTEN: Final = "0A"  # TCP_LISTEN in /proc/net/tcp: include/net/tcp_states.h


@dataclass(frozen=True)
class Listener:
    """A process that listens. `pid` is None, and `command` empty, where the system doesn't tell us; `address` is the
    one it listens on, "0.0.0.0", "::" or "*" for all."""

    port: int
    pid: int | None
    command: tuple[str, ...] = ()
    address: str = ""

    @property
    def program(self) -> str:
        """`nats-server (pid 4711)`, or words for what can't be seen."""
        if self.pid is None:
            return "a program of another user"
        name = Path(self.command[0]).name if self.command else "a program"
        return f"{name} (pid {self.pid})"


def listeners(ports: Collection[int]) -> tuple[Listener, ...]:
    """Who listens on any of `ports`, on whatever address; each port and process once."""
    found = _linux(ports) if sys.platform == "linux" else _macos(ports)
    return tuple(dict.fromkeys(found))


def _linux(ports: Collection[int], proc: Path = PROC) -> Iterator[Listener]:
    sockets = dict(_listening(ports, proc))
    owners = dict(_owners(set(sockets), proc)) if sockets else {}
    for inode, (address, port) in sockets.items():
        pid = owners.get(inode)
        yield Listener(port, pid, command_of(pid, proc) if pid else (), address)


def _listening(ports: Collection[int], proc: Path) -> Iterator[tuple[str, tuple[str, int]]]:
    """Inode, and address and port, of each listening socket. Source: proc_net_tcp(5)."""
    for table in ("net/tcp", "net/tcp6"):
        if (proc / table).exists():
            for line in (proc / table).read_text().splitlines()[1:]:
                fields = line.split()
                address, _, port = fields[1].rpartition(":")
                if fields[3] == LISTEN and int(port, 16) in ports:
                    yield fields[9], (_address(address), int(port, 16))


def _address(shown: str) -> str:
    """`0100007F` → "127.0.0.1": words of four bytes, each in the order of this machine's memory."""
    words = [int(shown[n : n + 8], 16).to_bytes(4, sys.byteorder) for n in range(0, len(shown), 8)]
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, b"".join(words))


def _owners(inodes: Collection[str], proc: Path) -> Iterator[tuple[str, int]]:
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    for process in proc.iterdir():
        if process.name.isdecimal():
            for target in _open_files(process):
                if target in wanted:
                    yield wanted[target], int(process.name)


def _open_files(process: Path) -> Iterator[str]:
    """What its descriptors point to; nothing for a process that is gone, or not ours to look at."""
    try:
        for entry in os.scandir(process / "fd"):
            yield os.readlink(entry.path)
    except OSError:
        return


def command_of(pid: int, proc: Path = PROC) -> tuple[str, ...]:
    """Program and arguments of a process; empty when it is gone."""
    try:
        return tuple((proc / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1])
    except OSError:
        return ()


def _macos(ports: Collection[int]) -> Iterator[Listener]:
    asked = ["/usr/sbin/lsof", "-nP", "-a", *(f"-iTCP:{port}" for port in sorted(ports)), "-sTCP:LISTEN", "-Fpn"]
    if not ports or shutil.which(asked[0]) is None:
        return
    shown = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=20).stdout
    yield from parse_lsof(shown, _macos_command)


def parse_lsof(shown: str, command: Callable[[int], tuple[str, ...]]) -> Iterator[Listener]:
    """`lsof -Fpn`: a line `pPID` for each process, then `nADDRESS:PORT` for each of its sockets (lsof(8))."""
    pid = 0
    for line in shown.splitlines():
        if line.startswith("p"):
            pid = int(line[1:])
        elif line.startswith("n"):
            address, _, port = line[1:].rpartition(":")
            yield Listener(int(port), pid, command(pid), address.strip("[]"))


def _macos_command(pid: int) -> tuple[str, ...]:
    asked = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    return tuple(subprocess.run(asked, capture_output=True, text=True, check=False, timeout=10).stdout.split())
