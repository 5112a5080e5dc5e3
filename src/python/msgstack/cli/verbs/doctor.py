"""`doctor`: the preflight alone."""

from __future__ import annotations

import click

from msgstack.cli import report
from msgstack.cli.component import Component
from msgstack.cli.document import document
from msgstack.cli.options import Options
from msgstack.cli.options import common
from msgstack.cli.options import examples
from msgstack.cli.options import temporary
from msgstack.cli.plan_document import about
from msgstack.cli.plan_document import findings_document
from msgstack.cli.session import open_session
from msgstack.cli.work import asked
from msgstack.cli.work import prepare
from msgstack.errors import Exit

HELP = """Ask whether this host can take the stack: Python, rights, memory and disk against the budget, ports.
Nothing is changed. Exits with 3 when it can't."""


def make(component: Component) -> click.Command:
    """The verb for one component."""
    text = examples(HELP, f"{component.program} doctor", f"sudo {component.program} doctor --mode system")

    @click.command("doctor", help=text)
    @common
    @temporary
    def doctor(options: Options, allow_temporary: bool) -> int:
        work = prepare(open_session(component, options))
        found = asked(work, allow_temporary)
        problems = sum(not finding.ok for finding in found)
        terminal = options.terminal()
        if options.json:
            content = about(work.session, work.facts.manager)
            terminal.out(document(**content, problems=problems, preflight=findings_document(found)))
        else:
            terminal.note(report.heading(work.session, work.facts.manager))
            terminal.out(report.findings_text(found))
            terminal.out(f"{problems} problems." if problems else "This host can take the stack.")
        return Exit.PREFLIGHT if problems else Exit.OK

    return doctor
