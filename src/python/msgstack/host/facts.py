"""Facts of this host, read once before anything is decided; the pure types are in `resource/facts.py`."""

from __future__ import annotations

import os
import platform
import pwd
import shutil
import sys
from pathlib import Path
from typing import Final

from msgstack.errors import PreflightError
from msgstack.host import managers
from msgstack.host import memory
from msgstack.resource.facts import Facts
from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode

SYSTEMS: Final = {"linux": "linux", "darwin": "macos"}
MACHINES: Final = {
    ("linux", "x86_64"): "x86_64",
    ("linux", "aarch64"): "aarch64",
    ("linux", "arm64"): "aarch64",
    ("macos", "x86_64"): "x86_64",
    ("macos", "arm64"): "arm64",
}
SERVICE_USER: Final = "msgstack"
SYSTEM_ROOT: Final = Path("/opt")
BREW: Final = (Path("/opt/homebrew/bin/brew"), Path("/usr/local/bin/brew"))
TEMPORARY: Final = ("/tmp", "/var/tmp", "/dev/shm", "/run", "/private/tmp", "/private/var/tmp")


def read(root: Path, mode: Mode, wanted: Manager | None = None) -> Facts:
    """This host, for a stack at `root`. `wanted` is the service manager that the stack file names; None takes the
    first that works. Raises PreflightError for a system, or a manager, that this program can't serve."""
    system = _system()
    working = managers.working(system, mode)
    return Facts(
        system=system,
        machine=_machine(system),
        mode=mode,
        manager=managers.choose(working, wanted, mode),
        managers=working,
        user=_user(),
        service_user=_service_user(system, mode),
        home=Path.home(),
        root=root,
        memory=memory.total(system),
        disk_free=disk_free(root),
        cores=os.cpu_count() or 1,
        python=python(),
        python_version=sys.version_info[:2],
        config_home=Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"),
        brew=_brew(),
        temporary=_temporary(),
    )


def default_root(mode: Mode, instance: str) -> Path:
    """ROOT when none is given: ~/.local/share/msgstack or /opt/msgstack, with -INSTANCE for other instances."""
    name = "msgstack" if instance == "default" else f"msgstack-{instance}"
    if mode is Mode.SYSTEM:
        return SYSTEM_ROOT / name
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / name


def python() -> Path:
    """The interpreter that runs this, outside of any virtual environment (a PEX makes one for itself)."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    base = getattr(sys, "_base_executable", "") or sys.executable
    candidates = (Path(sys.base_prefix) / "bin" / name, Path(base), Path(os.path.realpath(sys.executable)))
    return next(path for path in candidates if os.access(path, os.X_OK))


def disk_free(path: Path) -> int:
    """Bytes that we may write on the file system where `path` is, or will be."""
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    return shutil.disk_usage(there).free


def _system() -> str:
    system = SYSTEMS.get(sys.platform)
    if system is None:
        raise PreflightError(f"{sys.platform} is not served", "this program runs on Linux and macOS")
    return system


def _machine(system: str) -> str:
    """Of the machine, not of the Python: an x86_64 Python on an arm64 Mac says x86_64, and what it starts runs so."""
    found = platform.machine()
    machine = MACHINES.get((system, found))
    if machine is None:
        raise PreflightError(f"{system} on {found} is not served", "there are servers for x86_64 and 64-bit ARM")
    return machine


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's user without a name
        return str(os.geteuid())


def _service_user(system: str, mode: Mode) -> str | None:
    """Whom the services run as: on macOS whoever called sudo, since accounts are not made there."""
    if mode is Mode.USER:
        return None
    return SERVICE_USER if system == "linux" else os.environ.get("SUDO_USER") or _user()


def _brew() -> Path | None:
    found = shutil.which("brew")
    return Path(found) if found else next((path for path in BREW if os.access(path, os.X_OK)), None)


def _temporary() -> tuple[Path, ...]:
    """Folders that are emptied at times, under the names that they have and that they are links for."""
    named = (*TEMPORARY, os.environ.get("TMPDIR"), os.environ.get("XDG_RUNTIME_DIR"))
    paths = {Path(name) for name in named if name}
    return tuple(sorted(paths | {Path(os.path.realpath(path)) for path in paths}))
