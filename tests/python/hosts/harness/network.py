"""The hosts' network: a bridge in a namespace of its own, with no way out and no name on the machine.

The namespace is held open by one process and nothing else, so it goes when that process goes; hosts of two test
runs may have the same addresses without ever meeting.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Sequence
from types import TracebackType

from hosts.harness.command import HostError
from hosts.harness.command import environment
from hosts.harness.command import sh

NETWORK = "10.77.0"
GATE = f"{NETWORK}.254"  # the machine's own address in the hosts' network
_BRIDGE = (
    f"ip link set lo up; ip link add br0 type bridge; ip addr add {GATE}/24 dev br0; ip link set br0 up; "
    "echo ready; exec cat"
)


class Lan:
    """A network that hosts are plugged into; `Lan.run` reaches them from this machine."""

    def __init__(self) -> None:
        self._taken = 10
        self._holder: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """The process that holds the namespace open."""
        if self._holder is None:
            raise HostError("this network is not up: enter it with `with Lan() as lan`")
        return self._holder.pid

    def __enter__(self) -> Lan:
        pipe = subprocess.PIPE
        command = ("unshare", "--net", "sh", "-ec", _BRIDGE)
        self._holder = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, text=True, env=environment(), start_new_session=True
        )
        assert self._holder.stdout is not None
        if self._holder.stdout.readline() != "ready\n":
            raise HostError("the hosts' network did not come up")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._holder is not None:
            self._holder.communicate()  # closes its standard input, which ends it
            self._holder = None

    def address(self) -> str:
        """The next address of this network that no host was given."""
        self._taken += 1
        return f"{NETWORK}.{self._taken}"

    def run(self, argv: Sequence[str]) -> str:
        """Run a command of this machine inside the hosts' network; what it printed."""
        return sh("nsenter", f"--net=/proc/{self.pid}/ns/net", *argv)


def plug(lan: int, name: str, address: str) -> None:
    """From inside a host's namespace: an eth0 with that address, on the bridge of the network that `lan` holds.

    The hardware address follows the host's name, so that peers' neighbour tables stay true across its boots.
    """
    port = f"p{os.getpid()}"
    mac = "02:" + hashlib.sha256(name.encode()).digest()[:5].hex(":")
    sh("ip", "link", "set", "lo", "up")
    sh("ip", "link", "add", "eth0", "address", mac, "type", "veth", "peer", "name", port, "netns", lan)
    sh("ip", "addr", "add", f"{address}/24", "dev", "eth0")
    sh("ip", "link", "set", "eth0", "up")
    sh("nsenter", f"--net=/proc/{lan}/ns/net", "ip", "link", "set", port, "master", "br0", "up")


def unplug() -> None:
    """Take the cable out now: the kernel would do it only some time after the namespace's end."""
    subprocess.run(("ip", "link", "del", "eth0"), env=environment(), stderr=subprocess.DEVNULL, check=False)
