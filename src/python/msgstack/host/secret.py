"""The driver of secrets: made once from the system's random numbers, never shown, never in a generation."""

from __future__ import annotations

import re
import secrets

from msgstack.host import atomic
from msgstack.host.directory import give
from msgstack.host.directory import owner_name
from msgstack.host.file import read
from msgstack.host.file import remove
from msgstack.host.folder import Folders
from msgstack.resource.event import Say
from msgstack.resource.kinds import Secret
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from msgstack.resource.model import Seen

PLACE = "{secret}"
MODE = 0o600
FOLDER_MODE = 0o700
OTHER_FORM = "(another form)"


class SecretDriver:
    """Writes files that hold a secret, and checks their form, mode and owner; the value is never looked into."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders

    def observe(self, want: Secret) -> Seen[Secret]:
        """`template` is the wanted one if the file has that form, whatever the secret in it is."""
        found = read(want.path)
        if found is None:
            return Absent()
        content, mode = found
        fits = re.fullmatch(_pattern(want.template), content) is not None and mode == MODE
        owner = None if want.owner is None else owner_name(want.path.lstat().st_uid)
        template = want.template if fits else OTHER_FORM
        return Present(Secret(key=want.key, path=want.path, template=template, owner=owner))

    def change(self, change: Change[Secret], say: Say) -> None:
        """A secret whose file has the wanted form is kept: only mode and owner are mended."""
        want = change.resource
        if change.action is Action.DELETE:
            remove(want.path)
            return
        self.folders.make(want.path.parent, FOLDER_MODE)
        atomic.clear_beside(want.path)
        atomic.write_file(want.path, self._content(want).encode(), MODE)
        if want.owner is not None:
            give(want.path.parent, want.owner)
            give(want.path, want.owner)

    def _content(self, want: Secret) -> str:
        found = read(want.path)
        if found is not None and re.fullmatch(_pattern(want.template), found[0]):
            return found[0]
        return want.template.replace(PLACE, secrets.token_urlsafe(32))


def _pattern(template: str) -> str:
    """What a file of this template looks like, with any secret of one line in it."""
    return ".+".join(re.escape(part) for part in template.split(PLACE))
