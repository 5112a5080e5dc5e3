"""A group of verbs that imports a verb's module only when that verb is used.

`--version` and `--help` so cost little more than importing click itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping

import click

WIDEST = 110
Load = Callable[[], click.Command]  # imports the verb's module and gives the verb


class LazyGroup(click.Group):
    """A group whose verbs are told as name → (how to load it, one line for `--help`)."""

    def __init__(self, name: str, verbs: Mapping[str, tuple[Load, str]], text: str, version: str) -> None:
        settings = {"help_option_names": ["-h", "--help"], "terminal_width": help_width()}
        super().__init__(name, context_settings=settings, help=text, subcommand_metavar="VERB [OPTIONS]")
        self._verbs = verbs
        self.params.append(version_option(name, version))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Verbs in the order in which a user meets them, not the alphabet's."""
        return list(self._verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb, its module imported now; None when there is no such verb."""
        return self._verbs[cmd_name][0]() if cmd_name in self._verbs else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; an unknown verb is answered with the nearest one."""
        if args[0] not in self._verbs and not args[0].startswith("-"):
            ctx.fail(f"There is no verb {args[0]!r}.{nearest(args[0], self._verbs)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of verbs, without importing any of them."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, text) for name, (_, text) in self._verbs.items()])


def help_width() -> int:
    """Columns of help. Click would find out by importing shutil, which costs a third of what `--help` may cost."""
    try:
        columns = int(os.environ.get("COLUMNS") or os.get_terminal_size(1).columns)
    except (ValueError, OSError):
        columns = 80
    return max(50, min(columns or 80, WIDEST) - 2)


def version_option(name: str, version: str) -> click.Option:
    """`--version`: the program's name and version on one line."""

    def show(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
        if value and not ctx.resilient_parsing:
            click.echo(f"{name} {version}")
            ctx.exit()

    return click.Option(
        ["--version"], is_flag=True, expose_value=False, is_eager=True, callback=show, help="Show the version and exit."
    )


def nearest(word: str, known: Iterable[str]) -> str:
    """` Did you mean 'status'?`, or nothing when no known word is near."""
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), 1)
    return f" Did you mean {close[0]!r}?" if close else ""
