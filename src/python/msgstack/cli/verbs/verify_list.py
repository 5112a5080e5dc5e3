"""`verify list`: the checks, what each asks, and how long it may take."""

from __future__ import annotations

import click

from msgstack.cli.document import document
from msgstack.cli.options import Options
from msgstack.cli.options import common
from msgstack.cli.options import examples
from msgstack.verify.suite import CHECKS

HELP = examples("Show the checks: id, deadline, what each asks.", "verify list", "verify list --format json")


@click.command("list", help=HELP)
@common
def verb(options: Options) -> None:
    """The verb."""
    terminal = options.terminal()
    if options.json:
        told = [
            {"id": c.id, "component": c.component, "title": c.title, "deadline_s": c.deadline, "needs": list(c.needs)}
            for c in CHECKS
        ]  # fmt: skip
        terminal.out(document(checks=told))
        return
    width = max(len(check.id) for check in CHECKS)
    for check in CHECKS:
        terminal.out(f"{check.id:<{width}}  {check.deadline:>3g} s  {check.title}")
