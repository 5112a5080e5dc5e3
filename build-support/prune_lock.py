"""Leave in a lock only the pure wheel of a project: `prune_lock.py LOCK PROJECT==VERSION WHEEL`.

For projects whose compiled wheels only save time that we don't spend, and would make every program three times larger.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path


def prune(lock: str, pin: str, digest: str) -> str:
    """The lock with this pin's hashes replaced by the one; it must have been among them."""
    entries = re.split(r"\n(?=\S)", lock.strip())
    found = [number for number, entry in enumerate(entries) if entry.split()[0] == pin]
    if len(found) != 1 or f"sha256:{digest}" not in entries[found[0]]:
        raise SystemExit(f"{pin} with the hash {digest} is not in the lock")
    entries[found[0]] = f"{pin} \\\n    --hash=sha256:{digest}"
    return "\n".join(entries) + "\n"


if __name__ == "__main__":
    path, pin, wheel = sys.argv[1:]
    digest = hashlib.sha256(Path(wheel).read_bytes()).hexdigest()
    Path(path).write_text(prune(Path(path).read_text(), pin, digest))
