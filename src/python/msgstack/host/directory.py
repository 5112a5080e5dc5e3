"""The driver of folders that hold data."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from pathlib import Path

from msgstack.host import atomic
from msgstack.host.folder import Folders
from msgstack.resource.event import Say
from msgstack.resource.kinds import Directory
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from msgstack.resource.model import Seen
from msgstack.resource.model import Unknown


class DirectoryDriver:
    """Makes folders, gives them mode and owner, and removes them with all they hold when that is asked for by name."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders

    def observe(self, want: Directory) -> Seen[Directory]:
        """A link to a folder is that folder: people move data to another disk so."""
        try:
            status = want.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return Absent()
        if not stat.S_ISDIR(status.st_mode):
            return Unknown(f"{want.path} is not a folder: move it away, then apply again")
        owner = None if want.owner is None else owner_name(status.st_uid)
        return Present(Directory(key=want.key, path=want.path, mode=stat.S_IMODE(status.st_mode), owner=owner))

    def change(self, change: Change[Directory], say: Say) -> None:
        want = change.resource
        if change.action is Action.DELETE:
            _remove(want.path)
            return
        self.folders.make(want.path, want.mode)
        if want.owner is not None:
            give_tree(want.path, want.owner)
        want.path.chmod(want.mode)
        atomic.sync_dir(want.path)


def owner_name(uid: int) -> str:
    """A user's name, or the number of one that has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def give(path: Path, owner: str) -> None:
    """Make `owner`, and its own group, the owner of one file, folder or link."""
    account = pwd.getpwnam(owner)
    os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)


def give_tree(path: Path, owner: str) -> None:
    """Make `owner` the owner of a folder and all in it; the folder last, so that a killed run is seen as undone."""
    real = path.resolve()
    for folder, folders, files in os.walk(real):
        for name in (*folders, *files):
            give(Path(folder, name), owner)
    give(real, owner)


def size_of(path: Path) -> int:
    """Bytes of disk that a folder or a file takes up; links are not followed, except `path` itself."""
    total = 0
    for folder, _folders, files in os.walk(path.resolve()):
        total += sum(os.lstat(os.path.join(folder, name)).st_blocks * 512 for name in files)
    return total if path.is_dir() else path.lstat().st_blocks * 512 if path.exists() else 0


def _remove(path: Path) -> None:
    """All that a folder holds, then the folder; a link to one goes with what it leads to."""
    real = path.resolve()
    if real.is_dir():
        shutil.rmtree(real)
    if path.is_symlink():
        path.unlink()
    if path.parent.is_dir():
        atomic.sync_dir(path.parent)
