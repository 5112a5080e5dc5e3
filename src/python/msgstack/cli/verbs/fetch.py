"""`fetch`: all downloads into a folder, for hosts that have no network."""

from __future__ import annotations

from pathlib import Path

import click

from msgstack.catalogue.model import Catalogue
from msgstack.cli.component import Component
from msgstack.cli.document import document
from msgstack.cli.options import Options
from msgstack.cli.options import common
from msgstack.cli.options import examples
from msgstack.cli.plan_document import about
from msgstack.cli.progress import Teller
from msgstack.cli.session import Session
from msgstack.cli.session import facts_of
from msgstack.cli.session import open_session
from msgstack.errors import UsageError
from msgstack.resource.facts import Facts

PLATFORMS = ("linux-x86_64", "linux-aarch64", "macos-x86_64", "macos-arm64")
HELP = """Fill a folder with every file that apply downloads, each verified. Copy it to a host without a network, and
say sources.offline = "/the/folder" in the stack file there."""


def make(component: Component) -> click.Command:
    """The verb for one component."""
    program = component.program
    lines = (f"{program} fetch --into /srv/files", f"{program} fetch --into /srv/files --platform macos-arm64")

    @click.command("fetch", help=examples(HELP, *lines))
    @common
    @click.option("--into", metavar="DIR", required=True, type=click.Path(path_type=Path), help="The folder to fill.")
    @click.option(
        "--platform",
        "platforms",
        multiple=True,
        type=click.Choice([*PLATFORMS, "all"]),
        help="For these hosts.  [this]",
    )
    def fetch(options: Options, into: Path, platforms: tuple[str, ...]) -> None:
        session = open_session(component, options)
        facts, terminal = facts_of(session), options.terminal()
        teller = Teller(terminal)
        chosen = PLATFORMS if "all" in platforms else platforms or (facts.platform,)
        files = _fetch(session, facts, into.absolute(), chosen, teller)
        teller.end()
        if options.json:
            content = about(session, facts.manager)
            terminal.out(document(**content, into=str(into.absolute()), files=[path.name for path in files]))
        else:
            terminal.out(f"{len(files)} files are in {into}. On the other host, say in the stack file:")
            terminal.out(f'  [sources]\n  offline = "{into.absolute()}"')

    return fetch


def _fetch(session: Session, facts: Facts, into: Path, platforms: tuple[str, ...], teller: Teller) -> tuple[Path, ...]:
    from msgstack.cli.wiring import catalogue
    from msgstack.cli.wiring import settings
    from msgstack.host.fetch.carry import carry

    if into.exists() and not into.is_dir():
        raise UsageError(f"{into} is not a folder")
    known: Catalogue = catalogue()
    wants = [tree for name in platforms for tree in session.component.trees(session.stack, known, name)]
    return carry(wants, settings(session.stack, facts), into, teller)
