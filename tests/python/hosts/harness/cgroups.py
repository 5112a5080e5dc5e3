"""A control group of its own for each host, in every hierarchy of the machine: v1, hybrid or unified.

A group is named after the process that owns it (its keeper), so that what a killed keeper left behind is
recognised, and removed, by the next one.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hosts.harness.wait import until

MOUNTS = Path("/sys/fs/cgroup")
PREFIX = "msgstack-host"


@dataclass(frozen=True)
class Hierarchy:
    """One mounted hierarchy: where, `cgroup` or `cgroup2`, and the options that mount the same one again."""

    path: Path
    kind: str
    options: str

    def mount(self, place: Path) -> tuple[str, ...]:
        """The command that mounts it at another place; what is seen there starts at the caller's namespace."""
        options = ("-o", self.options) if self.options else ()
        return ("mount", "-t", self.kind, *options, self.kind, str(place))


def hierarchies() -> tuple[Hierarchy, ...]:
    """Every hierarchy mounted at or below /sys/fs/cgroup, from /proc/self/mountinfo (proc(5))."""
    lines = (line.split(" - ") for line in Path("/proc/self/mountinfo").read_text().splitlines())
    mounts = ((left.split()[4], right.split()) for left, right in lines)
    found = (_hierarchy(Path(place), right[0], right[2]) for place, right in mounts if right[0].startswith("cgroup"))
    return tuple(sorted(found, key=lambda hierarchy: hierarchy.path))


def _hierarchy(place: Path, kind: str, super_options: str) -> Hierarchy:
    if kind == "cgroup2":
        return Hierarchy(place, kind, "")
    words = [word for word in super_options.split(",") if word not in ("rw", "ro", "xattr")]
    named = any(word.startswith("name=") for word in words)
    return Hierarchy(place, kind, ",".join((["none"] if named else []) + words))


def started(pid: int) -> str:
    """Start time of a live process in clock ticks, which tells it from a later one with its number; "" when dead."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else rest[18]


def name_of(pid: int) -> str:
    """The name of the group that process `pid` owns."""
    namespace = os.stat("/proc/self/ns/pid").st_ino
    return f"{PREFIX}-{namespace}-{pid}-{started(pid)}"


def directories(name: str) -> tuple[Path, ...]:
    """The group of that name in every hierarchy."""
    return tuple(hierarchy.path / name for hierarchy in hierarchies())


def join(paths: Iterable[Path]) -> str:
    """A piece of shell that puts the shell itself into those groups."""
    return "".join(f"echo 0 > {shlex.quote(str(path / 'cgroup.procs'))}; " for path in paths)


def inside(name: str) -> tuple[Path, ...]:
    """Where a command that is run in a booted host belongs: beside its systemd, which is there in every hierarchy.

    A group of the command's own would be removed by systemd, which trims what it does not know.
    """
    scopes = ((path / "init.scope", path) for path in directories(name))
    return tuple(scope if scope.is_dir() else path for scope, path in scopes)


class Group:
    """This process' group, made on entering and removed, with all below it, on leaving."""

    def __init__(self) -> None:
        self.name = name_of(os.getpid())

    def __enter__(self) -> Group:
        sweep()
        _enable_controllers()
        for path in directories(self.name):
            _make(path)
            _deny_disks(path)
        return self

    def __exit__(self, *_: object) -> None:
        remove(directories(self.name))


def sweep() -> None:
    """Remove the groups of owners that no longer live. A group in use can't be removed, so none is lost."""
    namespace = str(os.stat("/proc/self/ns/pid").st_ino)
    for hierarchy in hierarchies():
        for path in hierarchy.path.glob(f"{PREFIX}-{namespace}-*"):
            pid, since = path.name.rsplit("-", 2)[1:]
            if started(int(pid)) != since:
                _remove_tree(path)


def remove(paths: Iterable[Path]) -> None:
    """Remove groups whose processes are ending."""
    for path in paths:
        until(partial(_remove_tree, path), 20, f"the last process to leave {path}", every=0.01)


def _make(path: Path) -> None:
    path.mkdir(exist_ok=True)
    for knob in ("cpuset.cpus", "cpuset.mems"):  # a new v1 group has none, and then nothing may join it
        if (path / "tasks").exists() and (path / knob).exists():
            (path / knob).write_text((path.parent / knob).read_text())


def _deny_disks(path: Path) -> None:
    if (path / "devices.deny").exists():
        (path / "devices.deny").write_text("b *:* rwm")  # no mknod in a host may reach this machine's disks


def _enable_controllers() -> None:
    """On a unified machine a child only has the controllers that its parent hands on."""
    for hierarchy in hierarchies():
        if hierarchy.kind == "cgroup2":
            offered = (hierarchy.path / "cgroup.controllers").read_text().split()
            for controller in offered:
                with contextlib.suppress(OSError):  # one that is busy elsewhere is no loss to the others
                    (hierarchy.path / "cgroup.subtree_control").write_text(f"+{controller}")


def _remove_tree(path: Path) -> bool:
    """Remove what is empty, deepest first; whether nothing is left."""
    for directory, _, _ in os.walk(path, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(directory)
    return not path.exists()
