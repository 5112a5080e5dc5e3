"""`uninstall`: what was installed goes, exactly that; data stays unless it is purged."""

from __future__ import annotations

from contextlib import ExitStack

import click

from msgstack.cli import report
from msgstack.cli.component import Component
from msgstack.cli.document import document
from msgstack.cli.options import Options
from msgstack.cli.options import common
from msgstack.cli.options import examples
from msgstack.cli.options import wait
from msgstack.cli.plan_document import about
from msgstack.cli.plan_document import plan_document
from msgstack.cli.progress import Teller
from msgstack.cli.question import agree
from msgstack.cli.question import tell_again
from msgstack.cli.session import Session
from msgstack.cli.session import facts_of
from msgstack.cli.session import open_session
from msgstack.cli.terminal import STOPPING
from msgstack.cli.terminal import Terminal
from msgstack.cli.terminal import human_bytes
from msgstack.engine import apply as engine
from msgstack.engine.observe import observe
from msgstack.engine.plan import Plan
from msgstack.engine.uninstall import ALL
from msgstack.engine.uninstall import uninstall
from msgstack.host import litter
from msgstack.host.interrupt import interruptible
from msgstack.host.inventory import take
from msgstack.host.lock import held
from msgstack.resource.driver import Drivers

HELP = """Remove what was installed: the service, its files and links, the generations, and programs that nothing else
uses. Messages, passwords and logs stay, and a later apply finds them again.

--purge deletes them too, each named with its size first: all of them, or the one that --purge-only names."""
KEPT = " (delete with --purge)"


def make(component: Component) -> click.Command:
    """The verb for one component."""
    program = component.program
    lines = (f"{program} uninstall", f"{program} uninstall --purge", f"{program} uninstall --yes --purge-only KEY")

    @click.command("uninstall", help=examples(HELP, *lines))
    @common
    @click.option("--purge", is_flag=True, help="Delete all data too.")
    @click.option("--purge-only", metavar="KEY", multiple=True, help="Delete this data too. Can be repeated.")
    @wait
    def uninstall_verb(options: Options, purge: bool, purge_only: tuple[str, ...], wait: float) -> None:
        session = open_session(component, options)
        gone = (ALL,) if purge else purge_only
        terminal = options.terminal()
        drivers = _drivers(session)
        pending = _planned(session, drivers, gone)
        if pending.changes:
            agree(options, terminal, _text(pending), "Remove all this?", "nothing was removed")
            pending = _remove(options, session, drivers, gone, wait, pending)
        _end(options, terminal, session, pending)

    return uninstall_verb


def _drivers(session: Session) -> Drivers:
    from msgstack.cli.wiring import drivers
    from msgstack.cli.wiring import removers

    layout = session.layout
    return {
        **drivers(session.component, session.stack, facts_of(session), layout),
        **removers(session.component, layout),
    }


def _planned(session: Session, drivers: Drivers, purge: tuple[str, ...]) -> Plan:
    inventory = take(session.layout)
    return uninstall(inventory, observe((), drivers, inventory.last), purge, human_bytes)


def _text(pending: Plan) -> str:
    return report.plan_text(pending, unlisted=KEPT)


def _remove(
    options: Options, session: Session, drivers: Drivers, purge: tuple[str, ...], wait: float, shown: Plan
) -> Plan:
    """What goes is looked for again under the lock: what is gone by itself is fine, and nothing goes unasked."""
    terminal = options.terminal()
    teller = Teller(terminal)
    with ExitStack() as around:
        around.callback(teller.end)
        stop = around.enter_context(interruptible(lambda: terminal.at_once(STOPPING)))
        around.enter_context(held(session.layout.root, wait, engine.stoppable(teller, stop)))
        litter.clear(session.layout)
        pending = _planned(session, drivers, purge)
        unasked = _lines(pending) - _lines(shown)
        if unasked:
            tell_again(options, terminal, _text(pending))
        engine.apply(pending, drivers, teller, stop)
    return pending if unasked else shown


def _lines(pending: Plan) -> set[tuple[str, str]]:
    """What goes; without reasons, which tell of sizes, and what runs still writes."""
    return {(change.resource.key, change.resource.describe()) for change in pending.changes}


def _end(options: Options, terminal: Terminal, session: Session, pending: Plan) -> None:
    if options.json:
        terminal.out(document(**about(session, session.manager), **plan_document(pending)))
    elif not pending.changes:
        terminal.out(f"{session.component.title} is not installed at {session.layout.root}: nothing to remove.")
    else:
        kept = f"\nKept at {session.layout.root}: messages, passwords and logs." if pending.unmanaged else ""
        terminal.out(f"{session.component.title} is uninstalled.{kept}")
        _tell_of_caches(terminal, session)


def _tell_of_caches(terminal: Terminal, session: Session) -> None:
    from msgstack.cli.caches import caches_text

    if text := caches_text(facts_of(session).system):
        terminal.note(text)
