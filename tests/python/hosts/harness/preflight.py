"""Whether this machine can carry test hosts, and if not, why."""

from __future__ import annotations

import os
import shutil
import sys

from hosts.harness import cgroups
from hosts.harness.command import HostError
from hosts.harness.command import search_path
from hosts.harness.command import sh

# command → the Debian package that has it
TOOLS = {
    "debootstrap": "debootstrap",
    "gpgv": "gpgv",
    "ip": "iproute2",
    "mount": "mount",
    "nsenter": "util-linux",
    "pivot_root": "util-linux",
    "setpriv": "util-linux",
    "unshare": "util-linux",
}


def why_not() -> str | None:
    """The reason why no host can boot here, in words; None when one can."""
    if sys.platform != "linux":
        return "test hosts are Linux namespaces, and this is not Linux"
    if os.geteuid() != 0:
        return "test hosts are made of mounts and namespaces, which takes root"
    lacking = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool, path=search_path())})
    if lacking:
        return f"test hosts need the packages {' '.join(lacking)}"
    return _refused()


def _refused() -> str | None:
    """What the kernel refuses, found out by trying."""
    try:
        sh("unshare", "--cgroup", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "true")
        if not cgroups.hierarchies():
            return "test hosts need control groups, and none are mounted at /sys/fs/cgroup"
        with cgroups.Group():
            return None
    except (HostError, OSError) as error:
        return f"test hosts can't run here: {error}"
