"""Runs as pid 1 of a host's new namespaces: lays the file systems out, then becomes systemd.

As systemd-nspawn does it (its source: src/nspawn/nspawn-mount.c): what belongs to the whole machine is read-only,
what is the host's own is not.
"""

from __future__ import annotations

import os
import resource
import sys
import uuid
from pathlib import Path

from hosts.harness import cgroups
from hosts.harness.command import HostError
from hosts.harness.command import sh
from hosts.harness.config import Config

# The kernel and the clock are the machine's, not the hosts': `date -s` in a host would set it for all.
NEVER = "--bounding-set=-sys_module,-sys_rawio,-sys_time"
INSIDE = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
DEVICE_LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2", "ptmx": "pts/ptmx"}


def main() -> None:
    """`python -m hosts.harness.boot CONFIG`, in fresh cgroup, mount, pid, uts and ipc namespaces."""
    config = Config.from_json(sys.argv[1])
    root = config.state / "merged"
    hierarchies = cgroups.hierarchies()  # while the machine's own mounts can still be seen
    _mount_root(config, root)
    _mount_kernel(root)
    _mount_devices(root / "dev")
    _mount_cgroups(root / "sys/fs/cgroup", hierarchies)
    _enter(root)
    sh("hostname", config.name)
    _become_systemd()


def _mount(kind: str, options: str, place: Path) -> None:
    sh("mount", "-t", kind, "-o", options, kind, place)


def _mount_root(config: Config, root: Path) -> None:
    upper, work = config.state / "upper", config.state / "work"
    _mount("overlay", f"lowerdir={config.root},upperdir={upper},workdir={work}", root)


def _mount_kernel(root: Path) -> None:
    proc = root / "proc"
    _mount("proc", "nosuid,nodev,noexec", proc)
    _mount("tmpfs", "mode=755,nosuid,nodev", root / "run")
    boot_id = root / "run/boot-id"  # the kernel's never changes, and journald tells boots apart by it
    boot_id.write_text(f"{uuid.uuid4()}\n")
    if (proc / "sysrq-trigger").exists():  # writing to it stops the whole machine
        sh("mount", "--bind", "-o", "ro", "/dev/null", proc / "sysrq-trigger")
    sh("mount", "--bind", proc / "sys", proc / "sys")
    sh("mount", "--bind", "-o", "ro", boot_id, proc / "sys/kernel/random/boot_id")
    sh("mount", "--bind", proc / "sys/net", proc / "sys/net")
    sh("mount", "-o", "remount,bind,ro", proc / "sys")
    _mount("sysfs", "ro,nosuid,nodev,noexec", root / "sys")


def _mount_devices(dev: Path) -> None:
    _mount("tmpfs", "mode=755,nosuid", dev)
    for name in DEVICES:
        machine = os.stat(f"/dev/{name}")
        os.mknod(dev / name, machine.st_mode, machine.st_rdev)
        (dev / name).chmod(0o666)
    for name, target in DEVICE_LINKS.items():
        (dev / name).symlink_to(target)
    for name in ("pts", "shm", "mqueue"):
        (dev / name).mkdir()
    _mount("devpts", "newinstance,ptmxmode=0666,mode=620,gid=5", dev / "pts")
    _mount("tmpfs", "mode=1777,nosuid,nodev", dev / "shm")
    _mount("mqueue", "nosuid,nodev,noexec", dev / "mqueue")


def _mount_cgroups(place: Path, hierarchies: tuple[cgroups.Hierarchy, ...]) -> None:
    """Each hierarchy again: in this cgroup namespace its root is the host's own group."""
    if hierarchies[0].path != cgroups.MOUNTS:
        _mount("tmpfs", "mode=755", place)
    for hierarchy in hierarchies:
        target = place / hierarchy.path.relative_to(cgroups.MOUNTS)
        target.mkdir(exist_ok=True)
        sh(*hierarchy.mount(target))


def _enter(root: Path) -> None:
    """Make that directory the root, and leave nothing of the machine's file systems in sight."""
    os.chdir(root)
    Path("run/machine").mkdir()
    sh("pivot_root", ".", "run/machine")
    os.chroot(".")
    os.chdir("/")
    sh("umount", "--lazy", "/run/machine")
    Path("/run/machine").rmdir()


def _become_systemd() -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]  # raising it takes a capability that may be lacking
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, most), most))
    systemd = ("setpriv", NEVER, "/lib/systemd/systemd", "--system")
    os.execve("/usr/bin/setpriv", systemd, {"container": "msgstack-test", "PATH": INSIDE})


if __name__ == "__main__":
    try:
        main()
    except HostError as error:
        sys.exit(str(error))
