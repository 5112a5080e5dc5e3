"""Waiting until a service serves: its address answers 200, and the process that was started still runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgstack.errors import InterruptedRun
from msgstack.errors import MsgstackError
from msgstack.host.service.manager import Process
from msgstack.host.wait import steps
from msgstack.resource.event import Say
from msgstack.resource.kinds import Service
from msgstack.service.start import Started

LINES = 15  # of the log, in an error
WRONG = ("[FTL]", "[ERR]", "FATAL", "ERROR", "rror:")  # what servers and shells write before the cause
TRIES = 3  # starts after which it will not get better by waiting


def wait_until_ready(service: Service, look: Callable[[Service], Process], say: Say) -> None:
    """Returns once it serves; raises MsgstackError with the last lines of its log when it doesn't in time."""
    try:
        for _ in steps(f"waiting for {service.spec.name} to serve", service.spec.ready.seconds, say):
            if _serves(service, look):
                return
            if tries := _tries(service):
                raise _failed(service, f"it ended {tries} times soon after its start")
    except InterruptedRun as error:
        error.why = f"{service.spec.name} was started, and is left as it is: it does not serve yet"
        raise
    raise _failed(service, _waited(service, look))


def hopeless(service: Service, look: Callable[[Service], Process]) -> bool:
    """Whether it was started so often without serving that waiting does not help: it takes a new start."""
    return _tries(service) > 0 and not _serves(service, look)


def _tries(service: Service) -> int:
    """How often it ended soon after its start; 0 if that says nothing yet."""
    started = _record(service)
    return started.quick if started is not None and started.quick >= TRIES else 0


def _serves(service: Service, look: Callable[[Service], Process]) -> bool:
    """The record names the process that the manager runs now: so what answers is not another one."""
    before = _record(service)
    if before is None or not answers(service.spec.ready.url):
        return False
    process = look(service)
    return process.running and process.pid == before.pid and _record(service) == before


def answers(url: str, seconds: float = 2) -> bool:
    """Whether the address answers 200. Asked directly: proxies of the environment are for other places."""
    from http.client import HTTPConnection
    from http.client import HTTPException
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=seconds)
    try:
        connection.request("GET", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _record(service: Service) -> Started | None:
    try:
        return Started.parse(service.spec.started.read_text(encoding="utf-8"))
    except OSError:
        return None


def _waited(service: Service, look: Callable[[Service], Process]) -> str:
    state = look(service).detail or "running"
    return (
        f"{service.spec.ready.url} did not answer 200 within {service.spec.ready.seconds} s; its manager says: {state}"
    )


def _failed(service: Service, why: str) -> MsgstackError:
    log = _written_last(service)
    lines = telling(log)
    said = "\n".join(["", f"the end of {log}:", *(f"  {line}" for line in lines)]) if lines else ""
    return MsgstackError(
        f"{service.spec.name} does not serve",
        why + said,
        "mend the cause; `apply` then starts it again; `logs` shows more",
    )


def telling(log: Path) -> list[str]:
    """The last lines, up to the last one that says what went wrong: the next try may have begun to write its own."""
    from msgstack.host.logs import last_lines

    lines = last_lines(log, LINES * TRIES)
    end = max((n for n, line in enumerate(lines, 1) if any(word in line for word in WRONG)), default=len(lines))
    return lines[max(0, end - LINES) : end]


def _written_last(service: Service) -> Path:
    """What it prints goes to `spec.log`, until its own log beside that works: the cause is in the one written last."""
    logs = [(path.stat().st_mtime_ns, path) for path in service.spec.log.parent.glob("*.log") if path.is_file()]
    return max(logs, default=(0, service.spec.log))[1]
