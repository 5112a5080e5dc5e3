"""`logs`: the end of the server's own log and of what it printed before it had one."""

from __future__ import annotations

from collections.abc import Iterable

import click

from msgstack.cli.component import Component
from msgstack.cli.document import document
from msgstack.cli.options import Options
from msgstack.cli.options import common
from msgstack.cli.options import examples
from msgstack.cli.plan_document import about
from msgstack.cli.session import open_session
from msgstack.cli.terminal import Terminal
from msgstack.cli.verbs.service import not_installed
from msgstack.errors import Exit
from msgstack.errors import UsageError
from msgstack.host.logs import Line
from msgstack.host.logs import Logs

HELP = """Show the last lines of the log, across its rotated parts; with -f, what is added until Ctrl-C."""


def make(component: Component) -> click.Command:
    """The verb for one component."""
    text = examples(
        HELP, f"{component.program} logs", f"{component.program} logs -f", f"{component.program} logs -n 500"
    )

    @click.command("logs", help=text)
    @common
    @click.option("-f", "--follow", is_flag=True, help="Go on with what is added.")
    @click.option(
        "-n", "--lines", type=click.IntRange(min=0), default=50, metavar="N", help="Lines to begin with.  [50]"
    )
    def logs(options: Options, follow: bool, lines: int) -> int:
        if follow and options.json:
            raise UsageError("--follow has no end, and a JSON document has one", "", "Leave one of the two out.")
        session = open_session(component, options)
        paths = component.logs(session.layout)
        if not any(path.exists() for path in paths):
            raise not_installed(session)
        found = Logs(paths)
        last, terminal = found.tail(lines), options.terminal()
        if options.json:
            shown = [{"file": str(line.path), "when": line.when, "text": line.text} for line in last]
            terminal.out(document(**about(session, session.manager), lines=shown))
        else:
            _print(terminal, last)
        return _follow(terminal, found) if follow else Exit.OK

    return logs


def _follow(terminal: Terminal, found: Logs) -> int:
    """Until Ctrl-C, which is how it is meant to end."""
    try:
        _print(terminal, found.follow(lambda: False))
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    return Exit.OK


def _print(terminal: Terminal, lines: Iterable[Line]) -> None:
    for line in lines:
        terminal.out(line.text)
