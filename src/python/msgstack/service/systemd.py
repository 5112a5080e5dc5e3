"""Units of systemd. Written for 252 (Debian 12) on, and free of warnings there.

A user's own manager has no right to make mount namespaces everywhere, so a user unit carries what a
process can give up by itself: system calls, address families, namespaces, new privileges.
"""

from __future__ import annotations

from pathlib import Path

from msgstack.resource.facts import Mode
from msgstack.service.marker import marker
from msgstack.service.quote import systemd_command
from msgstack.service.quote import systemd_value
from msgstack.service.quote import systemd_word
from msgstack.service.spec import ServiceSpec
from msgstack.template import render

TEMPLATE = "configs/service/unit.service.j2"
SYSTEM_UNITS = Path("/etc/systemd/system")
HOMES = (Path("/home"), Path("/root"), Path("/run/user"))  # what ProtectHome= hides


def unit_path(spec: ServiceSpec, config_home: Path) -> Path:
    """Where the unit lies; `config_home` is the user's XDG_CONFIG_HOME."""
    folder = SYSTEM_UNITS if spec.mode is Mode.SYSTEM else config_home / "systemd" / "user"
    return folder / f"{spec.name}.service"


def unit(spec: ServiceSpec, digest: str) -> str:
    """The unit's text. `digest` names this definition to the start script."""
    system = spec.mode is Mode.SYSTEM
    values = {
        "spec": spec,
        "digest": digest,
        "marker": marker(spec),
        "system": system,
        "after": (*(("network.target",) if system else ()), *(f"{name}.service" for name in spec.after)),
        "protect_home": "read-only" if any(spec.root.is_relative_to(home) for home in HOMES) else "yes",
    }
    return render(TEMPLATE, values, {"value": systemd_value, "command": systemd_command, "words": _words})


def _words(paths: tuple[Path, ...]) -> str:
    return " ".join(map(systemd_word, paths))
