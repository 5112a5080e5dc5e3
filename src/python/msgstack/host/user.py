"""The driver of the account that services run as in system mode (Linux: useradd and userdel of shadow-utils)."""

from __future__ import annotations

import grp
import pwd
import shutil
import subprocess
from typing import Final

from msgstack.errors import MsgstackError
from msgstack.resource.event import Note
from msgstack.resource.event import Say
from msgstack.resource.kinds import SystemUser
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from msgstack.resource.model import Seen

MARK: Final = "msgstack services"  # the account's comment: tells ours from one that was there before
SEARCH: Final = "/usr/sbin:/sbin:/usr/bin:/bin"  # not the caller's: the command runs as root
SECONDS: Final = 30


class SystemUserDriver:
    """Makes an account without a shell, home or password; removes only one that it made."""

    def observe(self, want: SystemUser) -> Seen[SystemUser]:
        return Present(want) if account(want.name) else Absent()

    def change(self, change: Change[SystemUser], say: Say) -> None:
        name = change.resource.name
        if change.action is not Action.DELETE:
            _run("useradd", *_options(name), name)
        elif is_ours(name):
            _run("userdel", name)
        else:
            say(Note(f"the account {name} was there before, and stays"))


def account(name: str) -> pwd.struct_passwd | None:
    """The account of this name, if there is one."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def is_ours(name: str) -> bool:
    """Whether the account exists and was made by this driver."""
    found = account(name)
    return found is not None and found.pw_gecos == MARK


def _options(name: str) -> tuple[str, ...]:
    options = ("--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", _no_login(), "--comment", MARK)
    try:
        grp.getgrnam(name)
    except KeyError:
        return (*options, "--user-group")
    return (*options, "--gid", name)


def _no_login() -> str:
    return shutil.which("nologin", path=SEARCH) or "/bin/false"


def _run(program: str, *arguments: str) -> None:
    path = shutil.which(program, path=SEARCH)
    if path is None:
        raise MsgstackError(f"{program} is not there", f"it is looked for in {SEARCH}", "install shadow-utils (passwd)")
    done = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        said = done.stderr.strip() or f"exit code {done.returncode}"
        raise MsgstackError(f"{program} {arguments[-1]} failed", said, "run as root")
