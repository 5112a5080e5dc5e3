"""A host with NATS on it, installed by the packaged program and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hosts.harness.host import Host
from hosts.harness.wait import until

UNIT = "msgstack-nats.service"
OFFLINE = "/srv/files"  # the hosts' network has no way out: what is installed comes from this folder
STACK = "/srv/stack.toml"
ACKED = "/srv/acked"
INSIDE = Path(__file__).with_name("inside")
PROGRAMS = ("nats-setup", "verify")


@dataclass(frozen=True)
class Nats:
    """What a test asks of such a host: in system mode, or in that user's own mode."""

    host: Host
    user: str | None = None
    umask: str = "022"

    @property
    def root(self) -> str:
        """Where the stack is installed."""
        return f"/home/{self.user}/.local/share/msgstack" if self.user else "/opt/msgstack"

    def run(self, argv: Sequence[str], *, check: bool = True) -> str:
        """Run a command as whose the stack is: in a login of its own, or as root. What it printed."""
        if self.user:
            return self.host.login(self.user, argv, check=check, seconds=300).stdout
        return self.host.run(argv, check=check, seconds=300).stdout

    def setup(self, verb: str, *options: str) -> str:
        """`nats-setup VERB` in that mode and with that umask, off a terminal."""
        mode = ("--mode", "user" if self.user else "system")
        masked = ("sh", "-c", f'umask {self.umask}; exec "$@"', "sh")
        return self.run([*masked, "/srv/nats-setup.pex", verb, *mode, *options])

    def apply(self) -> dict[str, Any]:
        """Install, or converge; the JSON document that says what was done."""
        done: dict[str, Any] = json.loads(self.setup("apply", "--yes", "--stack", STACK, "--format", "json"))
        return done

    def verify(self) -> dict[str, str]:
        """Each check of `verify run` that did not pass, and why."""
        said = self.run(["/srv/verify.pex", "run", "--root", self.root, "--format", "json"], check=False)
        checks = json.loads(said)["checks"]
        assert checks, "no check was run"
        return {check["id"]: json.dumps(check) for check in checks if check["status"] not in ("pass", "skip")}

    def show(self, name: str) -> str:
        """A property of the unit, e.g. `MainPID`."""
        whose = ("--user",) if self.user else ()
        return self.run(["systemctl", *whose, "show", "--value", f"--property={name}", UNIT]).strip()

    def healthy(self) -> bool:
        """Whether the server says that it is, by its monitoring address."""
        ask = "import urllib.request as u; u.urlopen('http://127.0.0.1:8222/healthz', timeout=2)"
        return self.host.run(["python3", "-c", ask], check=False).returncode == 0

    def wait_until_healthy(self, seconds: float = 60) -> None:
        """Until it is; the log's end if it doesn't come."""
        until(self.healthy, seconds, f"{UNIT} to be healthy", every=0.2)

    def publish(self, first: int, count: int) -> None:
        """Publish events in the background, as a unit that a test can wait for."""
        script = [*self._python(), "/srv/inside/publish.py", ACKED, str(first), str(count)]
        self.host.run(["systemd-run", "--quiet", "--unit=publisher", "--setenv=HOME=/root", *script])

    def acknowledged(self) -> list[int]:
        """The numbers of all events that were acknowledged so far."""
        return [int(line) for line in self.host.run(["cat", ACKED], check=False).stdout.split()]

    def wait_until_acknowledged(self, count: int) -> None:
        """Until so many events were."""
        until(lambda: len(self.acknowledged()) >= count, 120, f"{count} acknowledged events", every=0.1)

    def stored(self) -> list[int]:
        """The numbers of all events that the server has, in its order."""
        numbers: list[int] = json.loads(self.host.run([*self._python(), "/srv/inside/read.py"]).stdout)
        return numbers

    def _python(self) -> tuple[str, ...]:
        """A Python with the NATS client: the one inside the program."""
        return ("env", "PEX_INTERPRETER=1", "/srv/verify.pex")


def furnish(host: Host, pex: Mapping[str, Path], files: Path, user: str | None = None) -> Nats:
    """Put the programs, the downloads and a stack file there: all that an installation needs."""
    for name, path in pex.items():
        host.put(path, f"/srv/{name}.pex")
    host.put(files, OFFLINE)
    host.put(INSIDE, "/srv/inside")
    host.write(STACK, f'version = 1\n[sources]\noffline = "{OFFLINE}"\n')
    return Nats(host, user)
