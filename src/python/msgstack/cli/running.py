"""What is installed and what runs: looked at for `status`, and for the end of `apply`."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

from msgstack.cli.component import Answer
from msgstack.cli.component import Words
from msgstack.cli.report import table
from msgstack.cli.session import Session
from msgstack.cli.terminal import bad
from msgstack.cli.terminal import bold
from msgstack.cli.terminal import good
from msgstack.cli.typed import as_typed
from msgstack.host.facts import default_root
from msgstack.host.service.driver import ServiceDriver
from msgstack.host.service.manager import Process
from msgstack.resource.facts import Facts
from msgstack.resource.facts import Mode
from msgstack.resource.kinds import Service
from msgstack.resource.kinds import Tree


@dataclass(frozen=True, kw_only=True)
class Status:
    """One component as it is now. `answer` is what the server says, or words about its silence."""

    session: Session
    facts: Facts
    version: str | None
    process: Process | None
    answer: Answer | str

    @property
    def healthy(self) -> bool:
        """Whether it runs and says that it is well."""
        return bool(self.process and self.process.running) and isinstance(self.answer, Answer) and self.answer.healthy

    @property
    def word(self) -> str:
        if not self.session.installed or self.process is None:
            return "not installed"
        if not self.process.running:
            return "stopped"
        return "running" if self.healthy else "unhealthy"


def look(session: Session, facts: Facts) -> Status:
    """Ask the service manager and the server; changes nothing, starts nothing."""
    service = session.service if session.installed else None
    process = ServiceDriver(facts).process(service) if service else None
    running = process is not None and process.running
    return Status(
        session=session,
        facts=facts,
        version=_version(session),
        process=process,
        answer=session.component.ask(session.stack) if running else "the server is stopped",
    )


def _version(session: Session) -> str | None:
    """Of the first tree of the current generation: the server's."""
    records = session.last.resources if session.last else ()
    trees = (record.state for record in records if record.kind == Tree.kind)
    main = (tree for tree in trees if str(tree["name"]).startswith(session.component.name))
    return next((str(tree["version"]) for tree in main), None)


def status_text(status: Status) -> str:
    """What runs where, and how to reach it."""
    session = status.session
    title, program = session.component.title, session.component.program
    if status.word == "not installed":
        what = bold(f"{title} is not installed")
        return f"{bad()} {what} at {session.layout.root}\n  `{as_typed(program)} apply` installs it."
    lines = [f"{good() if status.healthy else bad()} {bold(f'{title} {status.version} is {status.word}')}"]
    answer = status.answer.words if isinstance(status.answer, Answer) else (("Server", status.answer),)
    words: Words = (*_service_words(status), *answer, *_where(status))
    return "\n".join([*lines, table(words)])


def _service_words(status: Status) -> Words:
    service, process = status.session.service, status.process
    assert service is not None
    assert process is not None
    pid = f", pid {process.pid}" if process.running and process.pid else ""
    starts = "starts with the host" if process.with_host else "doesn't start with the host"
    detail = f" ({process.detail})" if process.detail and not process.running else ""
    return (("Service", f"{service.spec.name} under {service.manager}{pid}, {starts}{detail}"),)


def _where(status: Status) -> Words:
    session, last = status.session, status.session.last
    made = f"{last.number}, made {last.made}" if last else "none"
    return (*_uses(status), ("Root", f"{session.layout.root} ({session.mode} mode)"), ("Generation", made))


def _uses(status: Status) -> Words:
    session = status.session
    return session.component.uses(session.stack, session.layout, status.facts.system)


def end_text(status: Status, changes: int) -> str:
    """The last words of an apply: what was done, what runs, what to try."""
    session = status.session
    count = "1 change was" if changes == 1 else f"{changes} changes were"
    done = f"{count} made." if changes else f"0 changes: this host is as {session.origin} says."
    tries = (
        *session.component.tries(session.stack, session.layout),
        (f"{as_typed(session.component.program)} status{_where_option(session)}", "what runs where"),
        (f"{as_typed('verify')} run{_where_option(session)}", "prove with real traffic that it works"),
    )
    return f"{done}\n\n{status_text(status)}\n\nTry:\n{table(tries)}"


def _where_option(session: Session) -> str:
    """The option that a later command takes to mean this installation; none for the default one."""
    root = session.layout.root
    if root == default_root(session.mode, "default"):
        return "" if session.mode is Mode.USER else " --mode system"
    return f" --root {shlex.quote(str(root))}"


def status_document(status: Status) -> dict[str, Any]:
    """`state` is "running", "unhealthy", "stopped" or "not installed"; `server` is null unless it answers."""
    session, process = status.session, status.process
    last = session.last if session.installed else None
    return {
        "state": status.word,
        "healthy": status.healthy,
        "version": status.version,
        "generation": last.number if last else None,
        "service": _service_document(session.service, process),
        "server": status.answer.facts if isinstance(status.answer, Answer) else None,
        "uses": {name.lower(): what for name, what in _uses(status)},
    }


def _service_document(service: Service | None, process: Process | None) -> dict[str, Any] | None:
    if service is None or process is None:
        return None
    return {
        "name": service.spec.name,
        "manager": service.manager.value,
        "running": process.running,
        "pid": process.pid,
        "starts_with_host": process.with_host,
        "detail": process.detail,
    }
