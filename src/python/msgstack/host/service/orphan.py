"""A server that outlived its manager (a supervisor that was killed): it holds the lock on its data, unsupervised."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from msgstack.errors import MsgstackError
from msgstack.host.process import end
from msgstack.host.process import owner
from msgstack.host.process import soon
from msgstack.resource.event import Note
from msgstack.resource.event import Say
from msgstack.resource.kinds import Service
from msgstack.service.start import Started


def held(lock: Path) -> bool:
    """Whether a process holds the lock."""
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:  # it isn't there, or is not ours to look at
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def orphan(service: Service) -> int | None:
    """The process that holds the lock and is on record; None if nobody, or somebody unknown, does."""
    return _holder(service) if held(service.spec.lock) else None


def evict(service: Service, say: Say) -> None:
    """Called when its manager has stopped the service: who still holds the lock is stopped too.

    The process is known by the record that the lock's holder wrote. A record that names another user's process is
    not believed: it may have been written to have that process ended.
    """
    lock = service.spec.lock
    if soon(lambda: not held(lock), 1):
        return
    pid = _holder(service)
    if pid is None:
        raise MsgstackError(
            f"{service.spec.name} can't start",
            f"a process that is not known holds {lock}",
            f"find it with `fuser {lock}`, and stop it",
        )
    say(Note(f"{service.spec.name} still runs without its service manager (process {pid}); stopping it"))
    end(pid, service.spec.stop_seconds)
    if not soon(lambda: not held(lock), 5):
        raise MsgstackError(
            f"{service.spec.name} can't start", f"{lock} is still held", f"find by whom with `fuser {lock}`"
        )


def _holder(service: Service) -> int | None:
    path = service.spec.started
    try:
        started, mine = Started.parse(path.read_text(encoding="utf-8")), path.stat().st_uid
    except OSError:
        return None
    return started.pid if started and started.pid > 1 and owner(started.pid) == mine else None
