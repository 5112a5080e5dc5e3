"""A launchctl for hosts without one: it keeps its jobs in a folder, and answers as macOS 14 does.

    launchctl.py FOLDER VERB WORDS…

FOLDER/calls has every call, FOLDER/domains the domains that there are, FOLDER/refuse words that bootstrap fails with.
"""

from __future__ import annotations

import json
import os
import plistlib
import signal
import subprocess
import sys
import time
from pathlib import Path

NOT_FOUND = 113


class Launchctl:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def job(self, target: str) -> Path:
        return self.folder / (target.replace("/", "+") + ".json")

    def pid(self, target: str) -> int | None:
        pid = int(json.loads(self.job(target).read_text())["pid"])
        return pid if Path(f"/proc/{pid}/stat").exists() and not _ended(pid) else None

    def bootstrap(self, domain: str, path: str) -> int:
        refusal = self.folder / "refuse"
        if refusal.exists() or not self.has(domain):
            return _fail(5, f"Bootstrap failed: 5: {refusal.read_text() if refusal.exists() else 'Input/output error'}")
        content = plistlib.loads(Path(path).read_bytes())
        target = f"{domain}/{content['Label']}"
        if self.job(target).exists():
            return _fail(5, "Bootstrap failed: 5: Input/output error")
        self.job(target).write_text(json.dumps({"plist": path, "pid": self.run(content)}))
        return 0

    def run(self, content: dict[str, object]) -> int:
        environment = content["EnvironmentVariables"]
        assert isinstance(environment, dict)
        job = subprocess.Popen(
            content["ProgramArguments"],  # type: ignore[call-overload]
            cwd=content["WorkingDirectory"],
            env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", **environment},
            start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return int(job.pid)

    def kickstart(self, target: str) -> int:
        if not self.job(target).exists():
            return self.missing(target)
        if self.pid(target) is None:
            state = json.loads(self.job(target).read_text())
            state["pid"] = self.run(plistlib.loads(Path(state["plist"]).read_bytes()))
            self.job(target).write_text(json.dumps(state))
        return 0

    def bootout(self, target: str) -> int:
        if not self.job(target).exists():
            return self.missing(target)
        if pid := self.pid(target):
            os.kill(pid, signal.SIGTERM)
            while self.pid(target):
                time.sleep(0.02)
        self.job(target).unlink()
        return 0

    def enable(self, target: str) -> int:
        self.folder.joinpath("disabled").unlink(missing_ok=True)
        return 0

    def print(self, target: str) -> int:
        if target.count("/") < 2 and not target.startswith("system/"):
            return (
                0 if self.has(target) else _fail(125, f"Could not print domain: 125: Domain does not support: {target}")
            )
        if not self.job(target).exists():
            return self.missing(target)
        pid = self.pid(target)
        lines = [
            f"{target} = {{",
            f"\tstate = {'running' if pid else 'spawn scheduled'}",
            *([f"\tpid = {pid}"] if pid else []),
            "}",
        ]
        sys.stdout.write("\n".join(lines) + "\n")
        return 0

    def print_disabled(self, domain: str) -> int:
        path = self.folder / "disabled"
        rows = [f'\t\t"{label}" => disabled' for label in path.read_text().split()] if path.exists() else []
        sys.stdout.write("\n".join(["\tdisabled services = {", *rows, "\t}", ""]))
        return 0

    def has(self, domain: str) -> bool:
        return domain in (self.folder / "domains").read_text().split()

    def missing(self, target: str) -> int:
        return _fail(NOT_FOUND, f'Could not find service "{target.rpartition("/")[2]}" in domain')


def _ended(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def _fail(code: int, words: str) -> int:
    sys.stderr.write(words + "\n")
    return code


def main() -> int:
    folder, verb, words = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    with (folder / "calls").open("a") as calls:
        calls.write(" ".join([verb, *words]) + "\n")
    answer = getattr(Launchctl(folder), verb.replace("-", "_"))(*words)
    return int(answer)


if __name__ == "__main__":
    sys.exit(main())
