"""Drivers of rendered files: those of a generation, and those that we own outside of one."""

from __future__ import annotations

import stat
from pathlib import Path

from msgstack.host import atomic
from msgstack.host.folder import Folders
from msgstack.resource.event import Say
from msgstack.resource.kinds import GenerationFile
from msgstack.resource.kinds import HostFile
from msgstack.resource.layout import Layout
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from msgstack.resource.model import Seen

NO_PLAIN_FILE = 0


class GenerationFileDriver:
    """Reads files of the current generation and writes those of the next."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def observe(self, want: GenerationFile) -> Seen[GenerationFile]:
        found = read(self.layout.current / want.path)
        return (
            Present(GenerationFile(key=want.key, path=want.path, content=found[0], mode=found[1]))
            if found
            else Absent()
        )

    def change(self, change: Change[GenerationFile], say: Say) -> None:
        if change.action is Action.DELETE:
            return  # the new generation is written from nothing: what isn't written isn't there
        path = self.layout.staging / change.resource.path
        make_staged_folders(path.parent, self.layout.staging)
        atomic.write_file(path, change.resource.content.encode(), change.resource.mode)


class HostFileDriver:
    """Writes and removes whole files outside of generations."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders

    def observe(self, want: HostFile) -> Seen[HostFile]:
        found = read(want.path)
        return Present(HostFile(key=want.key, path=want.path, content=found[0], mode=found[1])) if found else Absent()

    def change(self, change: Change[HostFile], say: Say) -> None:
        path = change.resource.path
        if change.action is Action.DELETE:
            remove(path)
            return
        self.folders.make(path.parent)
        atomic.clear_beside(path)
        atomic.write_file(path, change.resource.content.encode(), change.resource.mode)


def read(path: Path) -> tuple[str, int] | None:
    """A file's text and permission bits; None if nothing is there, and bits of 0 for what is no plain file."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return "", NO_PLAIN_FILE
    return path.read_bytes().decode(errors="backslashreplace"), stat.S_IMODE(status.st_mode)


def remove(path: Path) -> None:
    """Remove a file or a link, durably, with what a killed run left beside it; nothing there is fine."""
    if path.parent.is_dir():
        atomic.clear_beside(path)
        path.unlink(missing_ok=True)
        atomic.sync_dir(path.parent)


def make_staged_folders(path: Path, staging: Path) -> None:
    """Folders of a generation: everybody may enter them, whatever the umask is, as a service's user must."""
    missing = [one for one in (path, *path.parents) if one.is_relative_to(staging) and not one.is_dir()]
    for one in reversed(missing):
        one.mkdir()
        one.chmod(0o755)
        atomic.sync_dir(one.parent)
