"""`start`, `stop` and `restart`: the service alone; nothing is installed or configured."""

from __future__ import annotations

from contextlib import ExitStack

import click

from msgstack.cli.component import Component
from msgstack.cli.document import document
from msgstack.cli.options import Options
from msgstack.cli.options import common
from msgstack.cli.options import examples
from msgstack.cli.options import wait as wait_option
from msgstack.cli.plan_document import about
from msgstack.cli.progress import Teller
from msgstack.cli.running import look
from msgstack.cli.running import status_document
from msgstack.cli.running import status_text
from msgstack.cli.session import Session
from msgstack.cli.session import facts_of
from msgstack.cli.session import open_session
from msgstack.cli.terminal import STOPPING
from msgstack.cli.terminal import Terminal
from msgstack.engine.apply import stoppable
from msgstack.errors import MsgstackError
from msgstack.host.interrupt import interruptible
from msgstack.host.lock import held
from msgstack.host.service.driver import ServiceDriver
from msgstack.resource.kinds import Service

HELPS = {
    "start": "Start the service and wait until it serves. One that runs is left as it is.",
    "stop": "Stop the service. It starts again with the host, or by `start` or `apply`.",
    "restart": "Stop the service, start it, and wait until it serves.",
}


def make(component: Component, verb: str) -> click.Command:
    """One of the three verbs for one component."""

    @click.command(verb, help=examples(HELPS[verb], f"{component.program} {verb}"))
    @common
    @wait_option
    def command(options: Options, wait: float) -> None:
        session = open_session(component, options)
        service = session.service
        if service is None or not session.installed:
            raise not_installed(session)
        facts, terminal = facts_of(session), options.terminal()
        _run(verb, service, ServiceDriver(facts), terminal, wait)
        seen = look(session, facts)
        if options.json:
            terminal.out(document(**about(session, facts.manager), **status_document(seen)))
        else:
            terminal.out(status_text(seen))

    return command


def _run(verb: str, service: Service, driver: ServiceDriver, terminal: Terminal, wait: float) -> None:
    """Under the lock; a first Ctrl-C ends whatever waits."""
    teller = Teller(terminal)
    with ExitStack() as around:
        around.callback(teller.end)
        stop = around.enter_context(interruptible(lambda: terminal.at_once(STOPPING)))
        say = stoppable(teller, stop)
        around.enter_context(held(service.spec.root, wait, say))
        {"start": driver.start, "stop": driver.stop, "restart": driver.restart}[verb](service, say)


def not_installed(session: Session) -> MsgstackError:
    """The answer to verbs that need an installation."""
    return MsgstackError(
        f"{session.component.title} is not installed at {session.layout.root}",
        "",
        f"Run `{session.component.program} apply` first, or say where it is with --root.",
    )
