"""`plan`: what would change, and why. Looks, and changes nothing."""

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
from msgstack.cli.plan_document import plan_document
from msgstack.cli.session import open_session
from msgstack.cli.work import Work
from msgstack.cli.work import asked
from msgstack.cli.work import planned
from msgstack.cli.work import prepare
from msgstack.engine.plan import Plan
from msgstack.errors import Exit
from msgstack.host import preflight

HELP = """Show what would change, each with its reason: + create, ~ update, - delete, ? unknown until the server runs.
Files that change are shown as a diff. Nothing is changed.

Exits with 3 when this host can't take the stack, and with 1 when a change can't be made in place."""


def make(component: Component) -> click.Command:
    """The verb for one component."""
    program = component.program
    text = examples(
        HELP, f"{program} plan", f"{program} plan --stack my-stack.toml --full", f"{program} plan --format json"
    )

    @click.command("plan", help=text)
    @common
    @click.option("--full", is_flag=True, help="Show the whole text of new files too.")
    @click.option("--detailed-exitcode", is_flag=True, help="Exit with 20 when changes are pending.")
    @click.option("--prune", metavar="KEY", multiple=True, help="As if apply were told to delete this.")
    @temporary
    def plan(
        options: Options, full: bool, detailed_exitcode: bool, prune: tuple[str, ...], allow_temporary: bool
    ) -> int:
        work = prepare(open_session(component, options))
        pending = planned(work, prune)
        found = asked(work, allow_temporary)
        _show(options, work, pending, found, full)
        preflight.refuse(found)
        if pending.refused:
            return Exit.FAILED
        return Exit.PENDING if detailed_exitcode and pending.changes else Exit.OK

    return plan


def _show(options: Options, work: Work, pending: Plan, found: tuple[preflight.Finding, ...], full: bool) -> None:
    terminal = options.terminal()
    if options.json:
        if all(finding.ok for finding in found):
            content = about(work.session, work.facts.manager) | plan_document(pending)
            terminal.out(document(**content, preflight=findings_document(found)))
        return
    terminal.note(report.heading(work.session, work.facts.manager))
    terminal.out(report.plan_text(pending, full=full, unlisted=" (delete with `apply --prune KEY`)"))
