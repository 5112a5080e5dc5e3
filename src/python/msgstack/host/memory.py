"""How much memory this host, or the container that it is, has."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

CGROUP_V1: Final = "memory/memory.limit_in_bytes"
PROC: Final = Path("/proc")
CGROUPS: Final = Path("/sys/fs/cgroup")


def total(system: str) -> int:
    """Bytes: of the machine, or the least limit of the control groups around us."""
    return linux_total(PROC, CGROUPS) if system == "linux" else _macos_total()


def linux_total(proc: Path, cgroups: Path) -> int:
    """MemTotal of `proc`/meminfo, or the least limit that a control group sets. Source: proc(5), cgroups(7)."""
    return min(_installed(proc), *_limits(proc, cgroups))


def _installed(proc: Path) -> int:
    for line in (proc / "meminfo").read_text().splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _limits(proc: Path, cgroups: Path) -> Iterator[int]:
    yield _number(cgroups / CGROUP_V1)
    for line in _text(proc / "self" / "cgroup").splitlines():
        hierarchy, _, own = line.split(":", 2)
        if hierarchy == "0":
            group = cgroups / own.strip("/")
            for folder in (group, *group.parents):
                yield _number(folder / "memory.max")
    yield _number(cgroups / "memory.max")


def _number(path: Path) -> int:
    """The limit in a file; more than any machine has where there is none ("max", or no file)."""
    text = _text(path).strip()
    return int(text) if text.isdecimal() else 2**63


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _macos_total() -> int:
    asked = ["/usr/sbin/sysctl", "-n", "hw.memsize"]
    return int(subprocess.run(asked, capture_output=True, text=True, check=True, timeout=10).stdout)
