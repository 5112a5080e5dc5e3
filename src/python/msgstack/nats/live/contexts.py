"""Driver of the `nats` command line's contexts. A user's own contexts, and the one selected, are left alone.

Layout and keys: the CLI's own (`$XDG_CONFIG_HOME/nats/context/NAME.json`, the selected name in `nats/context.txt`).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from typing import Final

from msgstack.errors import MsgstackError
from msgstack.host.atomic import clear_beside
from msgstack.host.atomic import write_file
from msgstack.host.folder import Folders
from msgstack.nats.kinds import Context
from msgstack.nats.live.password import read_password
from msgstack.resource.event import Say
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from msgstack.resource.model import Seen
from msgstack.resource.model import Unknown

ANOTHER: Final = "another password"  # what is observed for a password that is not the one wanted


class ContextDriver:
    """Writes a context with the password of that moment; neither plan nor receipt ever holds it."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders

    def observe(self, want: Context) -> Seen[Context]:
        try:
            mode = os.stat(want.path).st_mode & 0o777
            content = _content(want.path)
        except FileNotFoundError:
            return Absent()
        except OSError as error:
            return Unknown(f"{want.path} can't be read: {error.strerror}")
        return Present(_seen(want, content, mode))

    def change(self, change: Change[Context], say: Say) -> None:
        want = change.resource
        if change.action is Action.DELETE:
            _remove(want)
            return
        self._folders.make(want.path.parent, 0o700)
        clear_beside(want.path)
        kept = _content(want.path) if want.path.exists() else {}
        says = {"description": want.description, "url": want.url, "user": want.user}
        content = kept | says | {"password": read_password(Path(want.password))}
        write_file(want.path, (json.dumps(content, indent=2) + "\n").encode(), want.mode)
        if want.selects and not _selected(want.folder):
            write_file(want.folder / "context.txt", want.name.encode(), 0o600)


def _content(path: Path) -> dict[str, Any]:
    """The keys of a context; none for a file that is no context."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _seen(want: Context, content: dict[str, Any], mode: int) -> Context:
    return Context(
        key=want.key,
        needs=want.needs,
        name=want.name,
        folder=want.folder,
        description=str(content.get("description", "")),
        url=str(content.get("url", "")),
        user=str(content.get("user", "")),
        password=want.password if _is_current(content, want) else ANOTHER,
        mode=mode,
    )


def _is_current(content: dict[str, Any], want: Context) -> bool:
    try:
        return bool(content.get("password") == read_password(Path(want.password)))
    except MsgstackError:
        return False


def _selected(folder: Path) -> str:
    """The name of the selected context, "" for none."""
    try:
        return (folder / "context.txt").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def _remove(want: Context) -> None:
    """The context, and the selection if it is this one. The folders that were made for it go with an uninstall."""
    want.path.unlink(missing_ok=True)
    if _selected(want.folder) == want.name:
        (want.folder / "context.txt").unlink()
