"""What the terminal can do, and the only functions that print.

Results go to stdout; everything else (progress, questions, warnings, errors) to stderr. Colour and animation
are for terminals only, and off with `--no-color`, a non-empty NO_COLOR or TERM=dumb.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import IO
from typing import Any

import click

STOPPING = "\nStopping at the next safe point …"
SIGNS = {"+": "green", "~": "yellow", "-": "red", "?": "cyan"}


class Terminal:
    """Where a program prints. `plain` turns colour off whatever the terminal can do; `quiet` drops all but
    results, warnings and errors."""

    def __init__(self, *, plain: bool = False, quiet: bool = False) -> None:
        self.quiet = quiet
        self.dumb = plain or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"

    def out(self, text: str = "") -> None:
        """A line of the result, on stdout."""
        click.echo(text, color=self.colours(sys.stdout))

    def note(self, text: str = "") -> None:
        """A line about the run, on stderr; dropped when quiet."""
        if not self.quiet:
            self.warn(text)

    def warn(self, text: str) -> None:
        """A line on stderr that is shown always; a reader of it who left does not end the work half-way."""
        with suppress(BrokenPipeError):
            click.echo(text, err=True, color=self.colours(sys.stderr))

    def at_once(self, text: str) -> None:
        """A line on stderr from within a signal handler: what it interrupted may be printing, so no buffer is used."""
        os.write(2, f"{text}\n".encode())

    def colours(self, stream: IO[Any]) -> bool:
        return not self.dumb and stream.isatty()

    @property
    def asks(self) -> bool:
        """Whether somebody is there to answer a question."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def moves(self) -> bool:
        """Whether a line may be drawn over."""
        return not self.quiet and self.colours(sys.stderr)

    @property
    def width(self) -> int:
        """Columns of the terminal; 80 where there is none, or none that says how wide it is."""
        return (os.get_terminal_size(sys.stderr.fileno()).columns if sys.stderr.isatty() else 0) or 80

    def confirm(self, question: str) -> bool:
        """Ask on stderr; only y or yes agrees."""
        click.echo(f"{question} [y/N] ", err=True, nl=False)
        return sys.stdin.readline().strip().lower() in ("y", "yes")


def bold(text: str) -> str:
    return click.style(text, bold=True)


def dim(text: str) -> str:
    return click.style(text, dim=True)


def good() -> str:
    """The mark of what is as it should be."""
    return click.style("✓", fg="green")


def bad() -> str:
    """The mark of what is not."""
    return click.style("×", fg="red")


def sign(text: str) -> str:
    """A plan's sign in its colour."""
    return click.style(text, fg=SIGNS.get(text))


def coloured_diff(diff: str) -> str:
    """A unified diff with its added and removed lines in their colours."""
    return "\n".join(_diff_line(line) for line in diff.splitlines())


def _diff_line(line: str) -> str:
    if line.startswith(("+++", "---", "@@")):
        return dim(line)
    colour = SIGNS.get(line[:1]) if line[:1] in ("+", "-") else None
    return click.style(line, fg=colour) if colour else line


def human_bytes(count: int) -> str:
    """1536 → "1.5 KiB"."""
    value, units = float(count), ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024 and len(units) > 1:
        value, units = value / 1024, units[1:]
    return f"{value:.0f} {units[0]}" if value >= 100 or units[0] == "B" else f"{value:.1f} {units[0]}"


def human_seconds(seconds: float) -> str:
    """0.2 → "0.2 s"; 93784 → "1 d 2 h"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if hours == 0:
        return f"{minutes} min {int(seconds % 60)} s"
    return f"{hours} h {minutes % 60} min" if days == 0 else f"{days} d {hours % 24} h"
