"""Which service managers work on this host: one is asked, not guessed from what is installed."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from typing import Final

from msgstack.errors import PreflightError
from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode

BOOTED: Final = Path("/run/systemd/system")  # sd_booted(3)


def working(system: str, mode: Mode) -> tuple[Manager, ...]:
    """Those that would run services of this mode now, the host's own first; the embedded supervisor always does."""
    if system == "macos":
        return (Manager.LAUNCHD, Manager.SUPERVISORD)
    return (Manager.SYSTEMD, Manager.SUPERVISORD) if systemd_works(mode) else (Manager.SUPERVISORD,)


def choose(working: tuple[Manager, ...], wanted: Manager | None, mode: Mode) -> Manager:
    """`wanted` if it works, the first that works if nothing is wanted. Raises PreflightError."""
    if wanted is None:
        return working[0]
    if wanted in working:
        return wanted
    raise PreflightError(
        f"{wanted} does not answer here for services of {mode} mode",
        f"the stack file names it, or the service was installed under it; what works now is {' and '.join(working)}",
        "Log in as the user whose services they are, or set service.manager in the stack file to what works.",
    )


def systemd_works(mode: Mode) -> bool:
    """Whether systemd is pid 1 and, for a user's services, whether this user's own manager answers."""
    if shutil.which("systemctl") is None or not BOOTED.is_dir():
        return False
    return mode is Mode.SYSTEM or answers(runtime_dir() / "systemd" / "private")


def runtime_dir() -> Path:
    """XDG_RUNTIME_DIR, or what logind makes it for this user where the environment was not told (cron, su, ssh)."""
    return Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.geteuid()}")


def answers(path: Path) -> bool:
    """Whether something listens on the unix socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True
