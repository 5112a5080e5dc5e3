"""`status`: what is installed and what runs."""

from __future__ import annotations

import click

from msgstack.cli.component import Component
from msgstack.cli.document import document
from msgstack.cli.options import Options
from msgstack.cli.options import common
from msgstack.cli.options import examples
from msgstack.cli.plan_document import about
from msgstack.cli.running import look
from msgstack.cli.running import status_document
from msgstack.cli.running import status_text
from msgstack.cli.session import facts_of
from msgstack.cli.session import open_session
from msgstack.errors import Exit

HELP = """Show what is installed, what runs, and how to reach it. Changes nothing; what differs from the stack file is
told by `plan`.

Exits with 0 when the server runs and is healthy, with 10 when it is not."""


def make(component: Component) -> click.Command:
    """The verb for one component."""
    text = examples(HELP, f"{component.program} status", f"{component.program} status --format json")

    @click.command("status", help=text)
    @common
    def status(options: Options) -> int:
        session = open_session(component, options)
        facts = facts_of(session)
        seen = look(session, facts)
        if options.json:
            options.terminal().out(document(**about(session, facts.manager), **status_document(seen)))
        else:
            options.terminal().out(status_text(seen))
        return Exit.OK if seen.healthy else Exit.CHECK_FAILED

    return status
