"""The one protocol behind which systemd, launchd and the embedded supervisor look alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from msgstack.resource.event import Warned
from msgstack.resource.kinds import Service


@dataclass(frozen=True)
class Process:
    """What a manager says of a service."""

    running: bool
    pid: int | None = None
    enabled: bool = True  # starts with the manager: the host's, or that of a session
    detail: str = ""  # the manager's own word for its state
    with_host: bool = False  # starts though nobody logs in; the driver tells it from `enabled` and `hint`


class ServiceManager(Protocol):
    """Each call is idempotent, takes effect before it returns, and raises MsgstackError with the manager's words."""

    def process(self, service: Service) -> Process:
        """Look, and change nothing."""
        ...

    def load(self, service: Service) -> None:
        """Read the definition that lies on disk, and have it started with the host. Starts and stops nothing."""
        ...

    def start(self, service: Service) -> None:
        """Start what is loaded and stopped."""
        ...

    def stop(self, service: Service) -> None:
        """Stop it, within its stop_seconds, also when it is just being restarted."""
        ...

    def rest(self, service: Service) -> None:
        """It was stopped and is not started again now: end what runs only for services."""
        ...

    def forget(self, service: Service) -> None:
        """The definition is gone from the disk, and it was stopped: nothing of it may be left."""
        ...

    def hint(self, service: Service) -> Warned | None:
        """What a user should do so that it also runs when nobody is logged in, or after a reboot; None when it does."""
        ...
