"""Property lists of launchd (launchd.plist(5)): a LaunchDaemon in system mode, a LaunchAgent in user mode.

macOS enforces no limit on a process's resident memory for anyone but its own daemons, so the start script has a
`memory_wall` run beside the server. Nor does launchd bound the file to which it lets a service print: the script does.
"""

from __future__ import annotations

import plistlib
from pathlib import Path
from typing import Any
from typing import Final

from msgstack.resource.facts import Mode
from msgstack.service.marker import marker
from msgstack.service.spec import ServiceSpec

DAEMONS: Final = Path("/Library/LaunchDaemons")
SESSIONS: Final = ["Aqua", "Background"]  # with a desktop, and over ssh without one


def plist_path(spec: ServiceSpec, home: Path) -> Path:
    """Where the property list lies; `home` is the user's."""
    folder = DAEMONS if spec.mode is Mode.SYSTEM else home / "Library" / "LaunchAgents"
    return folder / f"{spec.label}.plist"


def plist(spec: ServiceSpec, digest: str) -> str:
    """The property list's text. `digest` names this definition to the start script."""
    text = plistlib.dumps(_content(spec, digest), sort_keys=False).decode()
    head, doctype, body = text.partition('PropertyList-1.0.dtd">\n')
    return f"{head}{doctype}<!-- {marker(spec)} -->\n{body}"


def early_log(log: Path) -> Path:
    """What goes wrong before the start script has opened `log`. A file of its own: launchd may make it as root."""
    return log.with_name(f"{log.stem}-launchd{log.suffix}")


def _content(spec: ServiceSpec, digest: str) -> dict[str, Any]:
    files = {"NumberOfFiles": spec.open_files}
    return {
        "Label": spec.label,
        "ProgramArguments": list(spec.command),
        "WorkingDirectory": str(spec.working_directory),
        "EnvironmentVariables": {"MSGSTACK_DEFINITION": digest},
        "RunAtLoad": True,
        "KeepAlive": True,
        "ThrottleInterval": spec.restart_first,
        "ExitTimeOut": spec.stop_seconds,
        "ProcessType": "Interactive",  # a server's disk and CPU time are not to be throttled as a helper's are
        "SoftResourceLimits": files,
        "HardResourceLimits": files,
        "Umask": 0o077,
        "StandardErrorPath": str(early_log(spec.log)),
        **_mode(spec),
    }


def _mode(spec: ServiceSpec) -> dict[str, Any]:
    if spec.mode is Mode.SYSTEM:
        return {"UserName": spec.user, "InitGroups": True} if spec.user else {}
    return {"LimitLoadToSessionType": SESSIONS}
