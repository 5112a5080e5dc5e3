"""Give a PEX our own first lines: start fast, find a Python that really runs, and say in words when there is none.

Run as a script by the plugin, in a sandbox: `boot.py IN.pex OUT.pex`. Pex's own /bin/sh header names the cache
directory of the builder's system, takes the first `python3.11` on PATH even when that is a version manager's dead
stand-in, breaks for good when the Python it was unpacked with is upgraded away, and tells a user without
a fitting Python a list of 36 names. Standard library only.
"""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

HEADER = r"""#!/bin/sh
# Starts this program from its unpacked copy in the user's cache; the first start finds a Python and unpacks it.
set -eu
if [ -n "${PEX_ROOT:-}" ]; then cache=$PEX_ROOT
elif [ -d "${HOME:-/nonexistent}/Library/Caches" ]; then cache=$HOME/Library/Caches/pex
else cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/pex
fi
unpacked=$cache/@UNPACKED@
special=${PEX_IGNORE_RCFILES:-}${PEX_VENV:-}${PEX_PYTHON:-}${PEX_PYTHON_PATH:-}${PEX_PATH:-}${PEX_TOOLS:-}
if [ -z "$special" ] && [ -x "$unpacked/bin/python" ]; then
  export PEX="$0"
  exec "$unpacked/bin/python" -I "$unpacked" "$@"
fi
# Unpacked with a Python that has been removed since: unpack again.
if [ -L "$unpacked/bin/python" ]; then rm -rf "$unpacked"; fi

fits='import sys; v = sys.version_info[:2]
sys.stdout.write("%d.%d.%d" % sys.version_info[:3])
sys.exit(not ((3, 11) <= v <= (3, 14) and sys.implementation.name == "cpython" and "t" not in sys.abiflags))'
others=
try() {
  [ -x "$1" ] && [ ! -d "$1" ] || return 0
  if version=$("$1" -I -c "$fits" </dev/null 2>/dev/null); then shift; exec "$python" "$0" "$@"; fi
  case "$version" in [23].*) others="$others $python ($version)" ;; esac
}
for name in python3.11 python3.12 python3.13 python3.14 python3 python; do
  rest=${PATH:-}:/usr/local/bin:/usr/bin:/opt/homebrew/bin:
  while [ -n "$rest" ]; do
    python=${rest%%:*}/$name
    rest=${rest#*:}
    try "$python" "$@"
  done
done
here=${HOME:-/nonexistent}/.pyenv
for python in "${PYENV_ROOT:-$here}"/versions/*/bin/python3 "$here"/versions/*/bin/python3; do
  try "$python" "$@"
done
echo "${0##*/}: needs CPython 3.11, 3.12, 3.13 or 3.14, and none that runs was found${others:+; found:$others}." >&2
echo "Install one, for example: apt-get install python3 (Debian, Ubuntu), brew install python@3.13 (macOS)." >&2
exit 3
"""

# What `python2.7 program.pex` runs first: the header finds a fitting Python, or says that there is none.
PRELUDE = b"""
import os, sys
if __name__ == "__main__" and not (3, 11) <= sys.version_info[:2] <= (3, 14):
    os.execv("/bin/sh", ["/bin/sh", sys.argv[0]] + sys.argv[1:])
"""


def unpacked_path(header: bytes) -> str:
    """Where Pex unpacks this PEX, relative to its cache, as its own header says."""
    found = re.search(rb'^INSTALLED_PEX="\$\{PEX_ROOT\}/(venvs/[0-9a-f/]+)"$', header, re.MULTILINE)
    if not found:
        raise SystemExit("the header of this PEX is not that of a venv PEX with /bin/sh boot")
    return found[1].decode()


def with_prelude(main: bytes) -> bytes:
    shebang, _, rest = main.partition(b"\n")
    return shebang + PRELUDE + rest


def rewrite(source: Path, target: Path) -> None:
    with zipfile.ZipFile(source) as old, target.open("wb") as out:
        first = min(info.header_offset for info in old.infolist())
        header = HEADER.replace("@UNPACKED@", unpacked_path(source.read_bytes()[:first]))
        out.write(header.encode())
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
            for info in old.infolist():
                data = old.read(info)
                new.writestr(info, with_prelude(data) if info.filename == "__main__.py" else data)
    target.chmod(0o755)


if __name__ == "__main__":
    rewrite(Path(sys.argv[1]), Path(sys.argv[2]))
