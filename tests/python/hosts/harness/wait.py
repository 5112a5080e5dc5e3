"""Waiting for something to become true, with a deadline and a reason."""

from __future__ import annotations

import time
from collections.abc import Callable

from hosts.harness.command import HostError


def until(ready: Callable[[], object], seconds: float, what: str, every: float = 0.05) -> None:
    """Ask again every `every` seconds until the answer is true; after `seconds`, a `HostError` naming `what`."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise HostError(f"waited {seconds:g} s for {what}")
        time.sleep(every)
