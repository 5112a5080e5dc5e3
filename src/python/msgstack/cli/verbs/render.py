"""`render`: every file that apply would write, shown or put into a folder; the host itself is not touched."""

from __future__ import annotations

from pathlib import Path

import click

from msgstack.cli.component import Component
from msgstack.cli.document import document
from msgstack.cli.options import Options
from msgstack.cli.options import common
from msgstack.cli.options import examples
from msgstack.cli.plan_document import about
from msgstack.cli.session import open_session
from msgstack.cli.terminal import bold
from msgstack.cli.work import prepare
from msgstack.errors import UsageError
from msgstack.host.atomic import write_file
from msgstack.resource.kinds import GenerationFile
from msgstack.resource.kinds import HostFile
from msgstack.resource.kinds import Service
from msgstack.resource.model import Resource

HELP = """Show every file that apply would write; with --into, put them into a folder that is empty or new: what belongs
to the generation under generation/, all else under host/ by its whole path. No password is in any of them."""
Rendered = tuple[str, str, int]  # path in the folder, text, mode


def make(component: Component) -> click.Command:
    """The verb for one component."""
    text = examples(HELP, f"{component.program} render", f"{component.program} render --into /srv/look")

    @click.command("render", help=text)
    @common
    @click.option("--into", metavar="DIR", type=click.Path(path_type=Path), help="Write the files here.")
    def render(options: Options, into: Path | None) -> None:
        work = prepare(open_session(component, options))
        files = [file for want in work.wants for file in rendered(want)]
        if into is not None:
            _write(into, files)
        shown = {name: text for name, text, _ in files}
        terminal = options.terminal()
        if options.json:
            where = str(into) if into else None
            terminal.out(document(**about(work.session, work.facts.manager), into=where, files=shown))
        elif into is not None:
            terminal.out(f"{len(files)} files are in {into}")
        else:
            terminal.out("\n".join(f"{bold(f'=== {name}')}\n{text}" for name, text in shown.items()))

    return render


def rendered(want: Resource) -> tuple[Rendered, ...]:
    """The files that one resource is made of."""
    match want:
        case GenerationFile():
            return ((f"generation/{want.path}", want.content, want.mode),)
        case HostFile():
            return ((f"host{want.path}", want.content, want.mode),)
        case Service():
            return tuple((f"host{path}", content, 0o644) for path, content in want.definition)
        case _:
            return ()


def _write(into: Path, files: list[Rendered]) -> None:
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise UsageError(f"{into} is not an empty folder", "", "Give --into a folder that is empty, or not there yet.")
    for name, text, mode in files:
        path = into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, text.encode(), mode)
