"""Drivers of symbolic links: those of a generation, and those that we own outside of one."""

from __future__ import annotations

import os
from pathlib import Path

from msgstack.errors import MsgstackError
from msgstack.host import atomic
from msgstack.host.file import make_staged_folders
from msgstack.host.file import remove
from msgstack.host.folder import Folders
from msgstack.resource.event import Say
from msgstack.resource.kinds import GenerationLink
from msgstack.resource.kinds import HostLink
from msgstack.resource.layout import Layout
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from msgstack.resource.model import Seen


class GenerationLinkDriver:
    """Reads links of the current generation and makes those of the next."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def observe(self, want: GenerationLink) -> Seen[GenerationLink]:
        """A link to nothing is absent: what it led to is gone, and another target may have to be taken."""
        path = self.layout.current / want.path
        if not path.is_symlink() or not path.exists():
            return Absent()
        return Present(GenerationLink(key=want.key, path=want.path, targets=(Path(os.readlink(path)),)))

    def change(self, change: Change[GenerationLink], say: Say) -> None:
        if change.action is Action.DELETE:
            return  # the new generation is written from nothing
        path = self.layout.staging / change.resource.path
        make_staged_folders(path.parent, self.layout.staging)
        atomic.write_link(path, str(_target(change)))


class HostLinkDriver:
    """Makes and removes links outside of generations."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders

    def observe(self, want: HostLink) -> Seen[HostLink]:
        if not os.path.lexists(want.path):
            return Absent()
        target = Path(os.readlink(want.path)) if want.path.is_symlink() else None
        return Present(HostLink(key=want.key, path=want.path, target=target))

    def change(self, change: Change[HostLink], say: Say) -> None:
        path = change.resource.path
        if change.action is Action.DELETE:
            if path.is_symlink():
                remove(path)
            return
        self.folders.make(path.parent)
        atomic.clear_beside(path)
        atomic.write_link(path, str(change.resource.target))


def _target(change: Change[GenerationLink]) -> Path:
    """The target in use, if it is still one of those that will do; else the first that exists."""
    in_use = change.seen.resource.targets if isinstance(change.seen, Present) else ()
    wanted = change.resource.targets
    for target in (*(one for one in in_use if one in wanted), *wanted):
        if target.exists():
            return target
    raise MsgstackError(
        f"{change.resource.key} has nothing to link to", f"there is no {', no '.join(map(str, wanted))}"
    )
