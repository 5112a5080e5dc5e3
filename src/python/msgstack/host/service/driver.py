"""The driver of services: it looks at the definition on disk, the manager and the start script's record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from msgstack.errors import MsgstackError
from msgstack.host.atomic import write_file
from msgstack.host.service.manager import Process
from msgstack.host.service.manager import ServiceManager
from msgstack.host.service.orphan import evict
from msgstack.host.service.orphan import orphan
from msgstack.host.service.ready import hopeless
from msgstack.host.service.ready import wait_until_ready
from msgstack.resource.event import Note
from msgstack.resource.event import Say
from msgstack.resource.facts import Facts
from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode
from msgstack.resource.kinds import Service
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from msgstack.resource.model import Seen
from msgstack.service.marker import stranger
from msgstack.service.start import Started


class ServiceDriver:
    """One for all managers: which one a service has is part of it."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._managers: dict[Manager, ServiceManager] = {}

    def observe(self, want: Service) -> Seen[Service]:
        """Never raises: what can't be asked counts as stopped."""
        files = tuple((path, _text(path)) for path, _ in want.definition)
        if not any(text for _, text in files[:1]):
            return Absent()
        owner = next(filter(None, (stranger(want.spec, text) for _, text in files if text)), "")
        process, started = self.process(want), record(want)
        return Present(
            replace(
                want,
                definition=files,
                owner=owner,
                running=process.running,
                enabled=process.enabled,
                revision=started.revision if started else "",
                loaded=started.definition if started else "",
            )
        )

    def change(self, change: Change[Service], say: Say) -> None:
        if change.action is Action.DELETE:
            self._remove(change.resource, say)
        else:
            self._converge(change.resource, say)

    def process(self, service: Service) -> Process:
        """What the manager says of it, and whether it runs nevertheless when the manager knows nothing of it."""
        try:
            manager = self._manager(service)
            process = manager.process(service)
            process = replace(process, with_host=process.enabled and manager.hint(service) is None)
        except MsgstackError as error:
            process = Process(running=False, enabled=False, detail=str(error))
        pid = None if process.running else orphan(service)
        return replace(process, detail=f"{process.detail}, but process {pid} still runs") if pid else process

    def start(self, service: Service, say: Say) -> None:
        """Start it and wait until it serves; one that runs is left as it is, unless it only ever ends."""
        self._ours(service)
        if self.process(service).running and not hopeless(service, self.process):
            say(Note(f"{service.spec.name} runs already"))
            wait_until_ready(service, self.process, say)
        else:
            self._launch(service, say)

    def stop(self, service: Service, say: Say) -> None:
        """Stop it; it starts again with the host, or by `start` or `apply`."""
        self._ours(service)
        self._manager(service).stop(service)
        self._manager(service).rest(service)
        evict(service, say)

    def restart(self, service: Service, say: Say) -> None:
        """Stop it, start it, and wait until it serves."""
        self._ours(service)
        self._launch(service, say)

    def _converge(self, want: Service, say: Say) -> None:
        seen = self.observe(want)
        now = seen.resource if isinstance(seen, Present) else None
        if refusal := now and want.refusal(now):
            raise MsgstackError(f"{want.spec.name} is not installed", refusal)
        if now is None or want.differences(now):
            _write(want)
            self._launch(want, say)
        else:
            wait_until_ready(want, self.process, say)
        if hint := self._manager(want).hint(want):
            say(hint)

    def _launch(self, service: Service, say: Say) -> None:
        """Stopped first, whatever it does: so it is also right after a kill at any point."""
        manager = self._manager(service)
        manager.stop(service)
        evict(service, say)
        service.spec.started.unlink(missing_ok=True)  # what is wanted now is no quick restart
        manager.load(service)
        manager.start(service)
        wait_until_ready(service, self.process, say)

    def _remove(self, service: Service, say: Say) -> None:
        """Stop it and take back its definition; a file that is not ours any more stays."""
        manager = self._manager(service)
        manager.stop(service)
        evict(service, say)
        path, text = service.definition[0][0], _text(service.definition[0][0])
        if text and not stranger(service.spec, text):
            path.unlink()
        manager.forget(service)
        service.spec.started.unlink(missing_ok=True)
        if service.spec.mode is Mode.USER:
            _prune(path.parent, self._facts.home)

    def _ours(self, service: Service) -> None:
        seen = self.observe(service)
        if isinstance(seen, Absent):
            raise MsgstackError(f"{service.spec.name} is not installed", "", "run `apply` first")
        if refusal := isinstance(seen, Present) and service.refusal(seen.resource):
            raise MsgstackError(f"{service.spec.name} is left alone", refusal)

    def _manager(self, service: Service) -> ServiceManager:
        if service.manager not in self._managers:
            self._managers[service.manager] = _made(service.manager, self._facts)
        return self._managers[service.manager]


def record(service: Service) -> Started | None:
    """What the start script wrote when the service was started last."""
    return Started.parse(_text(service.spec.started))


def _made(manager: Manager, facts: Facts) -> ServiceManager:
    """Imported when it is needed: a run has one."""
    if manager is Manager.SYSTEMD:
        from msgstack.host.service.systemd import Systemd

        return Systemd(facts)
    if manager is Manager.LAUNCHD:
        from msgstack.host.service.launchd import Launchd

        return Launchd(facts)
    from msgstack.host.service.supervisord import Supervisord

    return Supervisord()


def _write(service: Service) -> None:
    """The definition, file by file; folders of the managers' own are for everybody to read."""
    if service.manager is Manager.SUPERVISORD:
        from msgstack.host.service.supervisord import prepare

        prepare(service)
    for path, text in service.definition:
        if _text(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, text.encode(), 0o644)


def _prune(folder: Path, home: Path) -> None:
    """Remove folders that are empty now, up to the user's home."""
    while folder != home and folder.is_relative_to(home):
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
