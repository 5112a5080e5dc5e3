"""Configuration of the embedded supervisor, for hosts with neither systemd nor launchd.

One supervisord serves a ROOT. A socket's path has to be short (unix(7): 108 bytes with its NUL, 104 on macOS): on
Linux it is named by the folder that the script which starts the supervisor has changed into.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgstack.errors import UsageError
from msgstack.service.marker import marker
from msgstack.service.marker import shared_marker
from msgstack.service.quote import crontab
from msgstack.service.quote import shell
from msgstack.service.quote import supervisor_value
from msgstack.service.spec import ServiceSpec
from msgstack.service.spec import Supervision
from msgstack.service.wall import under_supervisor
from msgstack.template import render

SOCKET: Final = "supervisor.sock"
LONGEST_SOCKET: Final = 90  # the supervisor makes it under a name with its process id first
PID: Final = "supervisord.pid"
SUPERVISE: Final = "supervise"  # beside the start script
CODE: Final = "import sys; sys.path.insert(0, sys.argv.pop(1)); from supervisor.supervisord import main; main()"


def supervision(spec: ServiceSpec) -> Supervision:
    """The supervisor's part of the spec, which whoever asks for this manager has said."""
    if spec.supervision is None:
        raise ValueError(f"{spec.name}: supervisord needs ServiceSpec.supervision")
    return spec.supervision


def main_path(spec: ServiceSpec) -> Path:
    return supervision(spec).folder / "supervisord.conf"


def program_path(spec: ServiceSpec) -> Path:
    return supervision(spec).folder / "conf.d" / f"{spec.name}.conf"


def supervise_path(spec: ServiceSpec) -> Path:
    """The script that starts the supervisor: beside the start script, in the current generation."""
    return Path(spec.command[0]).with_name(SUPERVISE)


def main_configuration(spec: ServiceSpec, system: str) -> str:
    """What all components of a ROOT share; it says nothing of any of them. `system` as in `Facts`."""
    values = {"spec": spec, "marker": shared_marker(spec), "socket": _socket(spec, system)}
    return render("configs/service/supervisord.conf.j2", values, {"value": supervisor_value})


def _socket(spec: ServiceSpec, system: str) -> str:
    if system == "linux":
        return f"/proc/self/cwd/{SOCKET}"
    path = supervision(spec).run / SOCKET
    if len(str(path).encode()) > LONGEST_SOCKET:
        raise UsageError(
            f"{path} is too long for a socket", f"it may have {LONGEST_SOCKET} bytes here", "choose a shorter --root"
        )
    return str(path)


def program(spec: ServiceSpec, digest: str) -> str:
    """The server and its memory wall. `digest` names this definition to the start script."""
    parts = supervision(spec)
    wall = under_supervisor(spec, parts.python, parts.run / PID)
    values = {"spec": spec, "digest": digest, "marker": marker(spec), "wall": wall}
    return render("configs/service/program.conf.j2", values, {"command": _command, "value": supervisor_value})


def supervise(spec: ServiceSpec) -> str:
    """The script that starts the supervisor. Its environment is made anew: nothing of a user's leaks into it."""
    parts = supervision(spec)
    values = {
        "marker": marker(spec), "path": supervise_path(spec), "code": CODE,
        "run": parts.run, "configuration": main_path(spec), "python": parts.python, "site": parts.site,
    }  # fmt: skip
    return render("configs/service/supervise.sh.j2", values, {"sh": shell, "crontab": crontab})


def _command(words: Iterable[str]) -> str:
    return supervisor_value(shlex.join(words))
