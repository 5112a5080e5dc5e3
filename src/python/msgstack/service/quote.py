"""Words of configuration files: each service manager has its own rules for spaces, quotes and percent signs."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from msgstack.errors import UsageError


def shell(word: object) -> str:
    """A word of a POSIX shell script."""
    return shlex.quote(str(word))


def systemd_word(word: object) -> str:
    """A word of a list such as ReadWritePaths= (systemd.syntax(7), *Quoting*; `%` begins a specifier)."""
    text = str(word).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{text}"' if any(c.isspace() or c in "\"'\\;" for c in text) else text


def systemd_command(words: Iterable[object]) -> str:
    """A command line for ExecStart=, where `$` begins a variable too (systemd.service(5), *Command lines*)."""
    return " ".join(systemd_word(word).replace("$", "$$") for word in words)


def systemd_value(value: object) -> str:
    """A single value that takes the rest of its line, such as Description=."""
    return str(value).replace("%", "%%")


def supervisor_value(value: object) -> str:
    """A value of supervisord's ini file: `%` expands, and a blank before `;` or `#` begins a comment."""
    text = str(value)
    if any(comment in text for comment in (" ;", "\t;", " #", "\t#", "\n")):
        raise UsageError(
            f"{text!r} can't stand in supervisord's configuration",
            "a blank before ; or # begins a comment there",
            "choose a --root whose path has none",
        )
    return text.replace("%", "%%")


def crontab(word: object) -> str:
    """A command of a crontab: sh reads it, and cron takes a bare % for the end of a line (crontab(5))."""
    return shell(word).replace("%", r"\%")
