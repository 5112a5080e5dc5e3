"""The download cache that every live test shares, so that a file is fetched once per machine."""

from __future__ import annotations

import os
from pathlib import Path


def root() -> Path:
    """`MSGSTACK_CACHE`, else the user's cache directory; made if it is not there."""
    told = os.environ.get("MSGSTACK_CACHE")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    place = Path(told) if told else base / "msgstack"
    place.mkdir(parents=True, exist_ok=True)
    return place
