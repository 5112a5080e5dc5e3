"""One test host: boot it, run commands in it, put files into it, reboot it, cut its power."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from hosts.harness import cgroups
from hosts.harness.boot import INSIDE
from hosts.harness.boot import NEVER
from hosts.harness.command import HostError
from hosts.harness.command import environment
from hosts.harness.command import failure
from hosts.harness.config import Config
from hosts.harness.network import Lan
from hosts.harness.wait import until

SOURCES = Path(__file__).parents[2]
POWEROFF = 38  # SIGRTMIN+4 asks systemd for poweroff.target (systemd(1), "Signals")
NAMESPACES = ("--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd")


@dataclass(frozen=True)
class Booted:
    """One boot: the keeper that owns it, systemd's pid on this machine, and the host's control group."""

    keeper: subprocess.Popen[str]
    pid: int
    group: str


class Host:
    """A Debian with systemd as pid 1 over the shared `root`; what it writes stays in `state` across boots."""

    def __init__(self, name: str, root: Path, state: Path, lan: Lan, address: str | None = None) -> None:
        self.config = Config(name, root, state.absolute(), address or lan.address(), lan.pid)
        self._booted: Booted | None = None

    def __enter__(self) -> Host:
        self.boot()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.kill()

    @property
    def booted(self) -> Booted:
        """The present boot; a host that is off has none."""
        if self._booted is None:
            raise HostError(f"{self.config.name} is off")
        return self._booted

    def boot(self, seconds: float = 90) -> None:
        """Switch it on, and return when systemd says that the boot is over."""
        if self._booted is not None:
            raise HostError(f"{self.config.name} is on already")
        keeper = _keeper(self.config)
        try:
            self._booted = _answer(self.config, keeper)
            until(self._boot_is_over, seconds, f"{self.config.name} to boot")
        except BaseException:
            _end(keeper)
            self._booted = None
            raise

    def _boot_is_over(self) -> bool:
        return self.state_of_boot() in ("running", "degraded")

    def state_of_boot(self) -> str:
        """What `systemctl is-system-running` says: `running` when no unit failed."""
        return self.run(["systemctl", "is-system-running"], check=False).stdout.strip()

    def shut_down(self, seconds: float = 100) -> None:
        """Switch it off in order, as an administrator does; a host that won't is an error."""
        booted, self._booted = self.booted, None
        try:
            os.kill(booted.pid, POWEROFF)
            booted.keeper.wait(seconds)
        except subprocess.TimeoutExpired:
            raise HostError(f"{self.config.name} did not shut down within {seconds:g} s") from None
        finally:
            _end(booted.keeper)

    def reboot(self) -> None:
        """Shut down in order, then boot on the same state."""
        self.shut_down()
        self.boot()

    def kill(self) -> None:
        """End every process of it at once, as a power cut does; what they wrote to files stays. A no-op when off."""
        if self._booted is not None:
            booted, self._booted = self._booted, None
            _end(booted.keeper)

    def set_address(self, address: str) -> None:
        """Give it another address from its next boot on."""
        self.config = replace(self.config, address=address)

    def run(
        self,
        argv: Sequence[str],
        *,
        check: bool = True,
        seconds: float = 120,
        stdin: bytes | None = None,
        env: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in it as root, with a clean environment and a time limit; a failure is an error if `check`."""
        done = subprocess.run(
            self._inside(argv, seconds, env or {}),
            input=stdin or b"",
            capture_output=True,
            timeout=seconds + 20,
            env=environment(),
            check=False,
        )
        out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        result = subprocess.CompletedProcess(list(argv), done.returncode, out, err)
        if check and result.returncode:
            raise HostError(failure((f"{self.config.name}:", *argv), result))
        return result

    def _inside(self, argv: Sequence[str], seconds: float, env: dict[str, str]) -> tuple[str, ...]:
        clean = {"PATH": INSIDE, "HOME": "/root", "LANG": "C.UTF-8", "TERM": "dumb", **env}
        words = (
            *("nsenter", "--target", str(self.booted.pid), *NAMESPACES),
            *("env", "--ignore-environment", *(f"{key}={value}" for key, value in clean.items())),
            *("setpriv", NEVER, "timeout", "--kill-after=5", str(seconds), *argv),
        )
        # The command belongs to the host's groups: its limits hold for it, and logind knows where it is.
        return ("sh", "-ec", f'{cgroups.join(cgroups.inside(self.booted.group))} exec "$@"', "sh", *words)

    def login(
        self, user: str, argv: Sequence[str], *, check: bool = True, seconds: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Log that user in, run a command, and log out, with a session as ssh would give it."""
        shell = ("runuser", "--login", user, "--command", shlex.join(argv))
        return self.run(shell, check=check, seconds=seconds)

    def put(self, source: Path, target: str) -> None:
        """Copy a file with its mode, or what is in a directory, to that absolute path of the host."""
        if source.is_dir():
            packed = subprocess.run(("tar", "-C", str(source), "-cf", "-", "."), capture_output=True, check=True).stdout
            self.run(["mkdir", "--parents", target])
            self.run(["tar", "--no-same-owner", "--no-overwrite-dir", "-C", target, "-xf", "-"], stdin=packed)
        else:
            mode = f"--mode={source.stat().st_mode & 0o777:o}"
            self.run(["install", "-D", mode, "/dev/stdin", target], stdin=source.read_bytes())

    def write(self, path: str, text: str) -> None:
        """Write a text file in it, with the directories above it."""
        self.run(["install", "-D", "--mode=644", "/dev/stdin", path], stdin=text.encode())

    def read(self, path: str) -> str:
        """The text of a file in it."""
        return self.run(["cat", path]).stdout


NewHost = Callable[[str], Host]  # boots a host of that name


def _keeper(config: Config) -> subprocess.Popen[str]:
    """A keeper in a new network namespace; it outlives a Ctrl-C, and ends when this process lets go of its pipe."""
    command = ("unshare", "--net", sys.executable, "-m", "hosts.harness.keeper", config.to_json())
    env = {**environment(), "PYTHONPATH": str(SOURCES)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=env, start_new_session=True)


def _answer(config: Config, keeper: subprocess.Popen[str]) -> Booted:
    assert keeper.stdout is not None
    line = keeper.stdout.readline()
    answer = json.loads(line or '{"error": "its keeper ended without a word"}')
    if "error" in answer:
        raise HostError(f"{config.name} did not start: {answer['error']}")
    return Booted(keeper, answer["pid"], answer["group"])


def _end(keeper: subprocess.Popen[str]) -> None:
    """Let the keeper go, and wait until it has removed all that was the host's."""
    if keeper.stdin and not keeper.stdin.closed:
        keeper.communicate()
