"""systemd, the host's or the user's own."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from msgstack.errors import MsgstackError
from msgstack.host.process import Answer
from msgstack.host.process import ask
from msgstack.host.service.manager import Process
from msgstack.resource.event import Warned
from msgstack.resource.facts import Facts
from msgstack.resource.facts import Mode
from msgstack.resource.kinds import Service

LINGER = Path("/var/lib/systemd/linger")  # a file for each user whose manager starts with the host
MARGIN = 15  # seconds beyond a service's own until systemctl itself is taken to hang


class Systemd:
    """Through systemctl: its D-Bus calls need a library, its command line is stable."""

    def __init__(self, facts: Facts) -> None:
        self._user = facts.user
        self._mode = facts.mode

    def process(self, service: Service) -> Process:
        names = "ActiveState,SubState,MainPID,UnitFileState"
        answer = self._ask("show", f"--property={names}", _unit(service))
        if answer.code != 0:
            return Process(running=False, enabled=False, detail=answer.words)
        seen = dict(line.split("=", 1) for line in answer.out.splitlines() if "=" in line)
        pid = int(seen.get("MainPID") or 0) or None
        running = seen.get("ActiveState") in ("active", "reloading") and pid is not None
        enabled = seen.get("UnitFileState") == "enabled"
        return Process(running, pid, enabled, f"{seen.get('ActiveState', '?')} ({seen.get('SubState', '?')})")

    def load(self, service: Service) -> None:
        self._must("daemon-reload")
        self._must("enable", "--quiet", _unit(service))

    def start(self, service: Service) -> None:
        self._must("start", _unit(service), seconds=service.spec.ready.seconds)

    def stop(self, service: Service) -> None:
        answer = self._ask("stop", _unit(service), seconds=service.spec.stop_seconds)
        if answer.code not in (0, 5):  # 5: there is no such unit
            raise _failed("stop", answer)

    def rest(self, service: Service) -> None:
        """systemd runs for itself."""

    def forget(self, service: Service) -> None:
        for folder in ("default.target.wants", "multi-user.target.wants"):
            link = service.definition[0][0].parent / folder / _unit(service)
            link.unlink(missing_ok=True)
            with suppress(OSError):  # it holds others' links
                link.parent.rmdir()
        self._must("daemon-reload")
        self._ask("reset-failed", _unit(service))  # fails when there is nothing to reset

    def hint(self, service: Service) -> Warned | None:
        if self._mode is Mode.SYSTEM or (LINGER / self._user).exists():
            return None
        return Warned(
            f"{service.spec.name} stops when {self._user} logs out, and does not start with the host",
            f"loginctl enable-linger {self._user}",
        )

    def _ask(self, *words: str, seconds: float = 15) -> Answer:
        scope = ["--user"] if self._mode is Mode.USER else ["--system"]
        return ask(["systemctl", *scope, "--no-pager", *words], seconds + MARGIN, _environment(self._mode))

    def _must(self, *words: str, seconds: float = 15) -> None:
        answer = self._ask(*words, seconds=seconds)
        if answer.code != 0:
            raise _failed(" ".join(words), answer)


def _unit(service: Service) -> str:
    return f"{service.spec.name}.service"


def _environment(mode: Mode) -> dict[str, str]:
    """Where the user's manager listens: a login by `su` or cron lacks the variable, though the manager runs."""
    standard = Path(f"/run/user/{os.getuid()}")
    if mode is Mode.SYSTEM or os.environ.get("XDG_RUNTIME_DIR") or not standard.is_dir():
        return {}
    return {"XDG_RUNTIME_DIR": str(standard)}


def _failed(words: str, answer: Answer) -> MsgstackError:
    return MsgstackError(f"systemctl {words} failed", answer.words, "see: systemctl status, journalctl -xe")
