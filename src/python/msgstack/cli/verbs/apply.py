"""`apply`: show the plan, ask, make the changes, and end with what runs where."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import click

from msgstack.cli import report
from msgstack.cli.component import Component
from msgstack.cli.document import document
from msgstack.cli.options import Options
from msgstack.cli.options import common
from msgstack.cli.options import examples
from msgstack.cli.options import temporary
from msgstack.cli.options import wait
from msgstack.cli.plan_document import about
from msgstack.cli.plan_document import plan_document
from msgstack.cli.progress import Teller
from msgstack.cli.question import agree
from msgstack.cli.question import tell_again
from msgstack.cli.running import end_text
from msgstack.cli.running import look
from msgstack.cli.running import status_document
from msgstack.cli.session import open_session
from msgstack.cli.session import reopened
from msgstack.cli.terminal import STOPPING
from msgstack.cli.terminal import Terminal
from msgstack.cli.work import Work
from msgstack.cli.work import asked
from msgstack.cli.work import planned
from msgstack.cli.work import prepare
from msgstack.engine import apply as engine
from msgstack.engine.apply import Outcome
from msgstack.engine.plan import Plan
from msgstack.engine.trouble import refuse
from msgstack.errors import Exit
from msgstack.host import litter
from msgstack.host.interrupt import interruptible
from msgstack.host.lock import held

HELP = """Show what would change, ask, and make this host match the stack file. A second run changes nothing.

New files are written beside what runs and tried by the real server first; then one rename switches to them. Ctrl-C
stops at a safe point, and the same command goes on from there. What holds data and is no longer in the stack file is
kept, until --prune names it."""
KEPT = " (delete with --prune KEY)"


def make(component: Component) -> click.Command:
    """The verb for one component."""
    program = component.program
    text = examples(
        HELP, f"{program} apply", f"{program} apply --yes --stack my-stack.toml", f"sudo {program} apply --mode system"
    )

    @click.command("apply", help=text)
    @common
    @click.option("--prune", metavar="KEY", multiple=True, help="Delete this, though it holds data. Can be repeated.")
    @wait
    @temporary
    def apply(options: Options, prune: tuple[str, ...], wait: float, allow_temporary: bool) -> int:
        work = prepare(open_session(component, options))
        terminal = options.terminal()
        pending = planned(work, prune)
        if pending.changes:
            from msgstack.host import preflight

            preflight.refuse(asked(work, allow_temporary))
            refuse(pending)
            agree(options, terminal, _text(work, pending), "Make these changes?", "nothing was changed")
        pending, made = _make(options, work, prune, wait, pending)
        _end(options, terminal, work, pending, made)
        return Exit.OK

    return apply


def _text(work: Work, pending: Plan) -> str:
    return f"{report.heading(work.session, work.facts.manager)}\n{report.plan_text(pending, unlisted=KEPT)}\n"


def _make(options: Options, work: Work, prune: tuple[str, ...], wait: float, shown: Plan) -> tuple[Plan, Outcome]:
    """The changes, made under the lock; another program may have made some while this one waited or asked."""
    terminal = options.terminal()
    teller = Teller(terminal)
    with ExitStack() as around:
        around.callback(teller.end)
        stop = around.enter_context(interruptible(lambda: terminal.at_once(STOPPING)))
        around.enter_context(held(work.session.layout.root, wait, engine.stoppable(teller, stop)))
        litter.clear(work.session.layout)
        if not shown.changes:
            return shown, Outcome(())
        pending = planned(work, prune)
        if _lines(pending) != _lines(shown):
            tell_again(options, terminal, _text(work, pending))
        return pending, engine.apply(pending, work.drivers, teller, stop)


def _lines(pending: Plan) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(change.action, change.resource.key, change.reasons) for change in pending.changes]


def _end(options: Options, terminal: Terminal, work: Work, pending: Plan, made: Outcome) -> None:
    status = look(reopened(work.session), work.facts)
    if options.json:
        content: dict[str, Any] = about(work.session, work.facts.manager) | plan_document(pending)
        content["changes"] = made.count
        done = [
            {"action": one.change.action.name.lower(), "key": one.change.resource.key, "seconds": round(one.seconds, 3)}
            for one in made.made
        ]
        terminal.out(document(**content, made=done, status=status_document(status)))
    else:
        terminal.out(end_text(status, made.count))
        if pending.unmanaged:
            terminal.note(f"\n{report.unmanaged_text(pending.unmanaged, KEPT)}")
