"""The embedded supervisor: one supervisord for each ROOT, in the background, away from any terminal.

It is started with the services of no component: each program starts its own, so that what another one's user has
stopped stays stopped. Only its script, run by itself (from crontab at boot), starts all.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault

from msgstack.errors import MsgstackError
from msgstack.host.process import alive
from msgstack.host.process import must
from msgstack.host.service.manager import Process
from msgstack.host.service.rpc import proxy
from msgstack.resource.event import Warned
from msgstack.resource.kinds import Service
from msgstack.service import supervisord as rendered
from msgstack.service.quote import crontab

BAD_NAME = 10  # supervisor.xmlrpc.Faults
SHUTDOWN_STATE = 6
UP = ("RUNNING", "STARTING")


class Supervisord:
    """Over its socket, so that looking takes milliseconds."""

    def process(self, service: Service) -> Process:
        try:
            info = self._ask(service).getProcessInfo(f"{service.spec.name}:server")
        except (OSError, HTTPException):
            return Process(running=False, detail="the supervisor is not running")
        except Fault as fault:
            return Process(running=False, detail=fault.faultString)
        return Process(
            info["statename"] in UP and info["pid"] > 0, info["pid"] or None, detail=info["statename"].lower()
        )

    def load(self, service: Service) -> None:
        if self._outdated(service):
            self._restart(service)
        if self._running(service):
            self._reload(service)

    def start(self, service: Service) -> None:
        if not self._running(service):
            self._launch(service)
        with _said(service, "start"):
            self._ask(service, service.spec.ready.seconds).startProcessGroup(service.spec.name)

    def stop(self, service: Service) -> None:
        if not self._running(service):
            return
        with _said(service, "stop"), suppress_fault(BAD_NAME):
            self._ask(service, service.spec.stop_seconds + 15).stopProcessGroup(service.spec.name)

    def rest(self, service: Service) -> None:
        if self._running(service) and not any(info["pid"] for info in self._ask(service).getAllProcessInfo()):
            self._shut_down(service)

    def forget(self, service: Service) -> None:
        folder = rendered.supervision(service.spec).folder
        if any((folder / "conf.d").glob("*.conf")):
            self.load(service)
            self.rest(service)
        else:
            self._shut_down(service)
            shutil.rmtree(folder, ignore_errors=True)

    def hint(self, service: Service) -> Warned | None:
        return Warned(
            f"{service.spec.name} does not start by itself after a reboot: no service manager of the host runs it",
            f"add this line with `crontab -e`:  @reboot {crontab(rendered.supervise_path(service.spec))}",
        )

    def _ask(self, service: Service, seconds: float = 10) -> Any:
        return proxy(rendered.supervision(service.spec).run / rendered.SOCKET, seconds).supervisor

    def _running(self, service: Service) -> bool:
        try:
            return bool(self._ask(service).getPID())
        except (OSError, HTTPException):
            return False
        except Fault as fault:
            if fault.faultCode != SHUTDOWN_STATE:
                raise
            self._shut_down(service)
            return False

    def _outdated(self, service: Service) -> bool:
        """Whether what runs was started before its own configuration was written. Programs are compared by reload."""
        pid = rendered.supervision(service.spec).run / rendered.PID
        try:
            return rendered.main_path(service.spec).stat().st_mtime_ns > pid.stat().st_mtime_ns
        except FileNotFoundError:
            return False

    def _restart(self, service: Service) -> None:
        """Another configuration of the supervisor itself: what ran is started again."""
        if not self._running(service):
            return
        groups = {info["group"] for info in self._ask(service).getAllProcessInfo() if info["pid"]}
        self._shut_down(service)
        self._launch(service)
        for group in groups - {service.spec.name}:
            with suppress_fault(BAD_NAME):
                self._ask(service, 60).startProcessGroup(group)

    def _reload(self, service: Service) -> None:
        """Take over this service's part of the configuration; other components' parts are theirs to take over."""
        ask, name = self._ask(service, service.spec.stop_seconds + 15), service.spec.name
        with _said(service, "reload"):
            added, changed, removed = ask.reloadConfig()[0]
            if name in changed + removed:
                ask.stopProcessGroup(name)
                ask.removeProcessGroup(name)
            if name in added + changed:
                ask.addProcessGroup(name)

    def _launch(self, service: Service) -> None:
        """It makes itself a daemon: a session of its own, no terminal; what it says before that is the answer."""
        prepare(service)
        must([str(rendered.supervise_path(service.spec))], 30, {"MSGSTACK_AUTOSTART": "false"})
        _until(lambda: self._running(service), 15, f"the supervisor of {service.spec.root} does not answer")

    def _shut_down(self, service: Service) -> None:
        pid = _pid(rendered.supervision(service.spec).run / rendered.PID)
        with suppress(OSError, HTTPException), suppress_fault(SHUTDOWN_STATE):
            self._ask(service, 60).shutdown()
        if pid is not None:
            _until(lambda: not alive(pid), 60, f"the supervisor of {service.spec.root} (process {pid}) does not end")


def prepare(service: Service) -> None:
    """Its folders. In system mode the services' user can't write its configuration, which root acts on."""
    parts = rendered.supervision(service.spec)
    for path, mode in ((parts.folder, 0o755), (parts.folder / "conf.d", 0o755), (parts.run, 0o700)):
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
    if service.spec.user and os.geteuid() == 0:
        shutil.chown(parts.run, service.spec.user)


@contextmanager
def suppress_fault(code: int) -> Iterator[None]:
    """Let this one answer pass; any other is raised."""
    try:
        yield
    except Fault as fault:
        if fault.faultCode != code:
            raise


@contextmanager
def _said(service: Service, verb: str) -> Iterator[None]:
    """The supervisor's refusals in its own words."""
    log = rendered.supervision(service.spec).run / "supervisord.log"
    try:
        yield
    except Fault as fault:
        raise MsgstackError(
            f"the supervisor could not {verb} {service.spec.name}", fault.faultString, f"see {log}"
        ) from fault
    except (OSError, HTTPException) as error:
        why = f"it does not answer: {error}"
        raise MsgstackError(f"the supervisor could not {verb} {service.spec.name}", why, f"see {log}") from error


def _until(holds: Callable[[], bool], seconds: float, otherwise: str) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise MsgstackError(otherwise, f"waited {seconds:g} s", "look at supervisord.log in its folder")
        time.sleep(0.02)


def _pid(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
