"""Make in `.tools/` what `./pants` needs, from the package index alone; safe to run twice at once.

Standard library only: this runs before anything is installed.

The repository holds pip-style locks with hashes and without addresses. Pants needs Pex's own locks, which name the
addresses of the index at hand: they are made here, and each hash in them must stand in the committed lock.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from launcher.pythons import find_python
from launcher.pythons import is_pants

PANTS_PYTHONS = ("3.9", "3.8", "3.7")
# The same bytes on every build (no compiled code, no interpreter's path), so pants.toml pins their digest too.
PEX_TOOL = ("-c", "pex", "--python-shebang", "/usr/bin/env python3", "--no-build", "--sh-boot")
SHIPS_TO = (
    *("--style", "universal", "--target-system", "linux", "--target-system", "mac"),
    *("--interpreter-constraint", "CPython>=3.11,<3.15"),
)
NO_PANTS = (
    "pants: Pants 2.17.1 runs on Python 3.7 to 3.9 and none that runs was found: install one (pyenv install 3.9), "
    "or put the official launcher `pants` on PATH."
)


class SetUpError(Exception):
    """What to tell the user; already a whole sentence."""


@dataclass(frozen=True)
class Layout:
    """Where things are: the repository and its `.tools`."""

    root: Path
    lock_fd: int

    @property
    def tools(self) -> Path:
        return self.root / ".tools"

    def committed(self, name: str) -> Path:
        return self.root / "3rdparty" / "python" / f"{name}.lock"


def say(text: str) -> None:
    print(f"pants: {text}", file=sys.stderr, flush=True)


def run(where: Layout, name: str, command: list[str]) -> None:
    """Run one step with its output in a log, which is shown if it fails.

    The child inherits the lock: if this process is killed, the next one waits for the orphan to end.
    """
    log = where.tools / "log" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False, pass_fds=(where.lock_fd,)
        )
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise SetUpError(f"pants: setting up failed in step {name} (whole output: {log}):\n{tail}")


@contextmanager
def only_one(tools: Path) -> Iterator[int]:
    """Hold the lock of `.tools`; the kernel lets go of it however the holders end."""
    tools.mkdir(parents=True, exist_ok=True)
    with (tools / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another ./pants is setting up; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle.fileno()


def key_of(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def once(where: Layout, name: str, key: str, make: Callable[[], object]) -> None:
    """Make a product unless one made from the same input is there. The key is written last."""
    stamp = where.tools / "keys" / name
    if stamp.exists() and stamp.read_text() == key:
        return
    began = time.monotonic()
    make()
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(key)
    say(f"{name} ready after {time.monotonic() - began:.0f} s")


def link(target: str, at: Path) -> None:
    at.parent.mkdir(parents=True, exist_ok=True)
    draft = at.with_name(f".{at.name}.new")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    draft.replace(at)


def write(at: Path, text: str) -> None:
    at.parent.mkdir(parents=True, exist_ok=True)
    draft = at.with_name(f".{at.name}.new")
    draft.write_text(text)
    draft.chmod(0o755)
    draft.replace(at)


def environment(where: Layout, name: str, python: str) -> Path:
    """A fresh virtual environment with what the committed lock of that name says, hashes checked."""
    home = where.tools / name
    shutil.rmtree(home, ignore_errors=True)
    run(where, f"{name}-venv", [python, "-m", "venv", str(home)])
    install = ["-m", "pip", "install", "--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
    run(where, f"{name}-pip", [str(home / "bin" / "python"), *install, "-r", str(where.committed(name))])
    return home


def provide_pants(where: Layout, official: str) -> None:
    at = where.tools / "bin" / "pants"
    if official and is_pants(official, where.root):
        return link(official, at)
    python = find_python(PANTS_PYTHONS)
    if python is None:
        raise SetUpError(NO_PANTS)
    key = key_of(where.committed("pants").read_bytes(), python)
    once(where, "pants", key, lambda: environment(where, "pants", python))
    # `-m` rather than the environment's script, whose first line would name this directory for ever.
    write(at, '#!/bin/sh\nexec "$(dirname "$0")/../pants/bin/python" -m pants "$@"\n')
    return None


def pex_pin(root: Path) -> str:
    pins = set(re.findall(r'"v[\d.]+\|\w+\|([0-9a-f]{64})\|\d+"', (root / "pants.toml").read_text()))
    if len(pins) != 1:
        raise SetUpError("pants: pants.toml must pin one digest of the Pex tool for every platform")
    return str(pins.pop())


def make_pex_tool(where: Layout, python: str) -> None:
    """The Pex command line as one file, as Pants would fetch it from a release page."""
    home = environment(where, "pex", python)
    version = re.search(r"^pex==(\S+)", where.committed("pex").read_text(), re.MULTILINE)
    draft = where.tools / "pex-tool.new"
    build = [str(home / "bin" / "pex"), "--use-pip-config", f"pex=={version[1] if version else ''}", *PEX_TOOL]
    run(where, "pex-tool", [*build, "--python", python, "-o", str(draft)])
    found = hashlib.sha256(draft.read_bytes()).hexdigest()
    if found != pex_pin(where.root):
        raise SetUpError(f"pants: the Pex tool came out as {found}, which is not what pants.toml pins")
    draft.replace(where.tools / "pex-tool")


def pinned_hashes(lock: str) -> set[str]:
    return set(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock))


def only_pinned(pex_lock: str, committed: str) -> str:
    """The Pex lock with no artefact but those whose hash the committed lock has.

    What else an index offers (a wheel uploaded since, a compiled one that we don't want) is not for us.
    """
    pins = pinned_hashes(committed)
    lock = json.loads(pex_lock)
    for resolve in lock["locked_resolves"]:
        for requirement in resolve["locked_requirements"]:
            kept = [artifact for artifact in requirement["artifacts"] if artifact["hash"] in pins]
            if not kept:
                raise SetUpError(f"pants: the index has no file of {requirement['project_name']} that the lock pins")
            requirement["artifacts"] = kept
    return json.dumps(lock, indent=1)


def make_lock(where: Layout, name: str, style: tuple[str, ...]) -> None:
    draft = where.tools / f"{name}.lock.new"
    draft.unlink(missing_ok=True)
    command = [str(where.tools / "pex" / "bin" / "pex3"), "lock", "create", "--use-pip-config", "--pip-version", "24.0"]
    run(where, f"{name}-lock", [*command, *style, "-r", str(where.committed(name)), "-o", str(draft)])
    draft.write_text(only_pinned(draft.read_text(), where.committed(name).read_text()))
    draft.replace(where.tools / f"{name}.lock")


def provide_pex(where: Layout, python: str) -> None:
    """The Pex tool, then both locks side by side."""
    tool_key = key_of(where.committed("pex").read_bytes(), pex_pin(where.root), python)
    once(where, "pex", tool_key, lambda: make_pex_tool(where, python))
    styles = {"ship": SHIPS_TO, "tools": ("--style", "strict", "--python", python)}

    def provide_lock(name: str) -> None:
        key = key_of(tool_key, where.committed(name).read_bytes())
        once(where, f"{name}-lock", key, lambda: make_lock(where, name, styles[name]))

    with ThreadPoolExecutor() as pool:
        list(pool.map(provide_lock, styles))


def set_up(root: Path, official: str) -> None:
    python = sys.executable
    with only_one(root / ".tools") as lock_fd, ThreadPoolExecutor() as pool:
        where = Layout(root, lock_fd)
        link(python, where.tools / "bin" / "python3.11")
        link("python3.11", where.tools / "bin" / "python3")
        pants = pool.submit(provide_pants, where, official)
        provide_pex(where, python)
        pants.result()


def main() -> int:
    os.environ.pop("PYTHONPATH", None)  # ours, not that of the tools that are installed here
    try:
        set_up(Path(sys.argv[1]), os.environ.get("MSGSTACK_OFFICIAL_LAUNCHER", ""))
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("pants: interrupted; run it again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
