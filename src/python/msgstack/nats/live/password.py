"""Passwords, out of the files that hold them and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

from msgstack.errors import MsgstackError


def read_password(path: Path) -> str:
    """The password in a file of one line such as `nats_app_password: "…"`, which a server's configuration includes."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        fix = "run as the user who installed the stack, or apply again to make what is missing"
        raise MsgstackError(f"{path} can't be read", error.strerror or str(error), fix) from error
    match = re.search(r'^\w+: "([^"\\]+)"$', text, re.MULTILINE)
    if match is None:
        raise MsgstackError(f"{path} holds no password", 'it takes one line: NAME: "PASSWORD"', "remove it and apply")
    return match[1]
