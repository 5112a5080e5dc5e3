"""launchd, by its `launchctl` of macOS 10.11 on: bootstrap, bootout, enable, kickstart, print."""

from __future__ import annotations

import os
import re
import time

from msgstack.errors import MsgstackError
from msgstack.host.process import Answer
from msgstack.host.process import ask
from msgstack.host.service.manager import Process
from msgstack.resource.event import Warned
from msgstack.resource.facts import Facts
from msgstack.resource.facts import Mode
from msgstack.resource.kinds import Service

GONE = 113  # `print` and `bootout` of a service that isn't there; bootout says 3 (ESRCH) too
UNDER_WAY = 36  # EINPROGRESS: bootout goes on by itself
PID = re.compile(r"^\s*pid = (\d+)$", re.MULTILINE)
STATE = re.compile(r"^\s*state = (.+)$", re.MULTILINE)


class Launchd:
    """KeepAlive starts it again whatever happens, so stopped means: not in its domain."""

    def __init__(self, facts: Facts) -> None:
        self._mode = facts.mode
        self._found: str | None = None

    @property
    def domain(self) -> str:
        """system, gui/UID on a desktop, user/UID where there is none (over ssh)."""
        if self._found is None:
            self._found = "system" if self._mode is Mode.SYSTEM else self._users()
        return self._found

    def process(self, service: Service) -> Process:
        disabled = f'"{service.spec.label}" => (disabled|true)'
        enabled = not re.search(disabled, ask(["launchctl", "print-disabled", self.domain]).out)
        answer = ask(["launchctl", "print", self._target(service)])
        if answer.code != 0:
            return Process(running=False, enabled=enabled, detail="not loaded")
        pid, state = PID.search(answer.out), STATE.search(answer.out)
        return Process(pid is not None, int(pid[1]) if pid else None, enabled, state[1] if state else "loaded")

    def load(self, service: Service) -> None:
        """bootstrap, in `start`, is what reads the file; here it is only allowed to be loaded."""
        _must("enable", self._target(service))

    def start(self, service: Service) -> None:
        if ask(["launchctl", "print", self._target(service)]).code != 0:
            _must("bootstrap", self.domain, str(service.definition[0][0]))
        _must("kickstart", self._target(service))

    def stop(self, service: Service) -> None:
        answer = ask(["launchctl", "bootout", self._target(service)], service.spec.stop_seconds + 15)
        if answer.code not in (0, 3, GONE, UNDER_WAY):
            raise _failed(f"bootout {self._target(service)}", answer)
        deadline = time.monotonic() + service.spec.stop_seconds + 15
        while ask(["launchctl", "print", self._target(service)]).code == 0:
            if time.monotonic() > deadline:
                raise MsgstackError(f"{service.spec.label} does not stop", "launchd still has it", "try again")
            time.sleep(0.1)

    def rest(self, service: Service) -> None:
        """launchd runs for itself."""

    def forget(self, service: Service) -> None:
        """Nothing is left once it is booted out and its file is gone."""

    def hint(self, service: Service) -> Warned | None:
        if self._mode is Mode.SYSTEM:
            return None
        return Warned(
            f"{service.spec.label} starts when you log in, not with the host",
            "for a service of the host, apply with --mode system as root",
        )

    def _users(self) -> str:
        desktop = f"gui/{os.getuid()}"
        return desktop if ask(["launchctl", "print", desktop]).code == 0 else f"user/{os.getuid()}"

    def _target(self, service: Service) -> str:
        return f"{self.domain}/{service.spec.label}"


def _must(*words: str) -> None:
    answer = ask(["launchctl", *words])
    if answer.code != 0:
        raise _failed(" ".join(words), answer)


def _failed(words: str, answer: Answer) -> MsgstackError:
    return MsgstackError(
        f"launchctl {words} failed", answer.words, "see: log show --predicate 'process == \"launchd\"'"
    )
