"""The options that every verb of a set-up program takes, said once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from msgstack.cli.terminal import Terminal
from msgstack.resource.facts import Mode

Command = Callable[..., Any]


@dataclass(frozen=True)
class Options:
    """What was said on the command line; None is what was not."""

    root: Path | None
    stack: Path | None
    mode: Mode | None
    json: bool
    yes: bool
    no_color: bool
    quiet: bool

    def terminal(self) -> Terminal:
        return Terminal(plain=self.no_color, quiet=self.quiet)


def examples(text: str, *lines: str) -> str:
    """The help of a verb: what it does, then examples as they are typed."""
    shown = "\n".join(f"  {line}" for line in lines)
    return f"{text}\n\n\b\nExamples:\n{shown}"


def common(command: Command) -> Command:
    """Add the common options; the command gets them as its first argument, an `Options`."""

    @functools.wraps(command)
    def with_options(**values: Any) -> Any:
        values["json"] = values.pop("format") == "json"
        values["mode"] = Mode(values["mode"]) if values["mode"] else None
        told = {field.name: values.pop(field.name) for field in fields(Options)}
        return command(Options(**told), **values)

    wrapped: Command = with_options
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def _path(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Path | None:
    """Absolute, ~ resolved, links kept: what a user called it is what is shown."""
    return Path(value).expanduser().absolute() if value else None


_OPTIONS: tuple[Callable[[Command], Command], ...] = (
    click.option(
        "--root", metavar="DIR", callback=_path, help="Where it is installed.  [~/.local/share/msgstack, /opt/msgstack]"
    ),
    click.option(
        "--stack",
        metavar="FILE",
        callback=_path,
        help="The stack file.  [ROOT/stack.toml, the installed one, defaults]",
    ),
    click.option(
        "--mode",
        type=click.Choice([mode.value for mode in Mode]),
        help="Whose services they are; system takes root.  [user]",
    ),
    click.option(
        "--format", type=click.Choice(["text", "json"]), default="text", help="How to show the result.  [text]"
    ),
    click.option("--yes", "-y", is_flag=True, help="Don't ask; go ahead."),
    click.option("--no-color", is_flag=True, help="No colour, no animation."),
    click.option("--quiet", "-q", is_flag=True, help="Only results, warnings and errors."),
)

temporary = click.option("--allow-temporary", is_flag=True, help="Accept a ROOT that the host may empty, for a trial.")
wait = click.option(
    "--wait", type=click.FloatRange(min=0), default=0, metavar="SECONDS", help="Wait for another program to end.  [0]"
)
