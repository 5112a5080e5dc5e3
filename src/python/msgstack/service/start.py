"""The start script of a generation, and the record that it writes.

Whoever starts the service (a manager, or a person who restarts it by hand) runs this script. So what all
managers lack is done in one place: a back-off that never gives up, a log with a cap, one process at a time on
the data, and a true record of what runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Final
from typing import Self

from msgstack.service.marker import marker
from msgstack.service.quote import shell
from msgstack.service.spec import ServiceSpec
from msgstack.template import render

TEMPLATE: Final = "configs/service/run.sh.j2"
QUICK: Final = 60  # seconds: who lived shorter was restarted quickly
FREE: Final = 3  # quick restarts without a pause of the script's own


@dataclass(frozen=True)
class Start:
    """The server's command line and the environment that it adds. Never a secret: both can be read by others.

    `beside` are programs that each start of the server takes; what they print goes to the service's log. `early_log`
    is a file of the manager's that would grow without bound: the script keeps two parts of 512 KiB.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    beside: tuple[tuple[str, ...], ...] = ()
    early_log: Path | None = None


@dataclass(frozen=True)
class Started:
    """The record: what runs, or ran last. The process became the server, so `pid` is the server's."""

    revision: str
    pid: int
    since: int  # seconds since 1970
    quick: int  # restarts in a row that came soon after a start
    definition: str  # digest of the definition by which the manager started it; "" when no manager did

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read the record; None for what is none."""
        lines = text.split("\n")
        if len(lines) != 6 or not all(line.isascii() and line.isdigit() for line in lines[1:4]):
            return None
        return cls(lines[0], int(lines[1]), int(lines[2]), int(lines[3]), lines[4])


def start_script(spec: ServiceSpec, start: Start, revision: str) -> str:
    """The text of the script that `spec.command` names. POSIX sh, with flock(1) or else perl (part of macOS)."""
    values = {
        "spec": spec,
        "marker": marker(spec),
        "revision": revision,
        "quick": QUICK,
        "free": FREE,
        "command": start.command,
        "beside": start.beside,
        "early_log": start.early_log,
        "environment": start.environment,
    }
    return render(TEMPLATE, values, {"sh": shell, "words": _words, "line": _line})


def _words(words: tuple[str, ...]) -> str:
    return " ".join(map(shell, words))


def _line(text: str) -> str:
    return " ".join(text.split())
