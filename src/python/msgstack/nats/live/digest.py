"""Which configuration a server runs from: the digest that it reports, and the one that its program computes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

from msgstack.errors import MsgstackError
from msgstack.nats.live.monitor import Monitor

SECONDS: Final = 20


def file_digest(server: Path, configuration: Path) -> str | None:
    """`sha256:…` of a configuration with all it includes, as this server computes it; None before 2.11.

    Raises MsgstackError with the server's own words when it does not accept the file.
    """
    command = (str(server), "-t", "-c", str(configuration))
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MsgstackError(f"{server} can't be run", str(error), "apply again") from error
    words = (done.stdout + done.stderr).strip()
    if done.returncode != 0:
        raise MsgstackError(f"nats-server does not accept {configuration}", words, "")
    match = re.search(r"\((sha256:[0-9a-f]{64})\)", words)
    return match[1] if match else None


def live_digest(monitor: Monitor) -> str | None:
    """`sha256:…` of what the running server was started from, or has reloaded; None before 2.11. Raises NoAnswer."""
    digest = monitor.ask("/varz").get("config_digest")
    return None if digest is None else str(digest)
