"""What is on a host's disk, as one comparable value."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hosts.harness.host import Host

# Runs in the host, with its Python: path → type, mode, owner and content of everything below the given places.
_READ = """
import hashlib, json, os, stat, sys
places, without = json.loads(sys.argv[1])
seen = {}
def look(path):
    if path in without:
        return
    info = os.lstat(path)
    what = [stat.filemode(info.st_mode), info.st_uid, info.st_gid]
    if stat.S_ISLNK(info.st_mode):
        what.append(os.readlink(path))
    elif stat.S_ISREG(info.st_mode):
        what.append(hashlib.sha256(open(path, 'rb').read()).hexdigest()[:16])
    seen[path] = ' '.join(map(str, what))
    if stat.S_ISDIR(info.st_mode):
        for name in os.listdir(path):
            look(os.path.join(path, name))
for place in places:
    if os.path.lexists(place):
        look(place)
print(json.dumps(seen))
"""


def snapshot(host: Host, places: Sequence[str], without: Sequence[str] = ()) -> dict[str, str]:
    """Every path at or below `places`, `without` some trees, with its type, mode, owner, and content or target."""
    read = host.run(["python3", "-c", _READ, json.dumps([list(places), list(without)])]).stdout
    seen: dict[str, str] = json.loads(read)
    return seen


def difference(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """One line for each path that came, went or changed; empty when nothing did."""
    paths = sorted(before.keys() | after.keys())
    changed = (path for path in paths if before.get(path) != after.get(path))
    return [f"{path}: {before.get(path, 'absent')} → {after.get(path, 'absent')}" for path in changed]
