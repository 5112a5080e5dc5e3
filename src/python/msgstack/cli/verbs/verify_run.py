"""`verify run`: ask the running stack every check."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from msgstack.cli.document import document
from msgstack.cli.options import Options
from msgstack.cli.options import common
from msgstack.cli.options import examples
from msgstack.cli.session import read_stack
from msgstack.cli.verify_report import as_json
from msgstack.cli.verify_report import lines
from msgstack.cli.verify_report import summary
from msgstack.cli.verify_report import total
from msgstack.errors import Exit
from msgstack.host.cancel import until_told
from msgstack.host.facts import default_root
from msgstack.resource.facts import Mode
from msgstack.spec.reader import load
from msgstack.verify import suite
from msgstack.verify.installed import COMPONENTS
from msgstack.verify.installed import installed
from msgstack.verify.model import Result
from msgstack.verify.model import Verdict
from msgstack.verify.runner import select

HELP = examples(
    """Ask the running stack every check, and say what was seen. Nothing is left in the servers.

Without --stack, what is declared is the stack file that the installation was made from. Exits with 10 when a check
failed or could not be asked.""",
    "verify run",
    "verify run --only nats.jetstream --only nats.kv",
    "verify run --skip nats.contexts",
    "verify run --format json | jq '.checks[] | select(.status != \"pass\")'",
)
BAD = (Verdict.FAIL, Verdict.ERROR)


@click.command("run", help=HELP)
@common
@click.option("--only", multiple=True, metavar="ID", help="This check, or all below it (nats.jetstream). Repeatable.")
@click.option("--skip", multiple=True, metavar="ID", help="Not this check, or any below it. Repeatable.")
def verb(options: Options, only: Sequence[str], skip: Sequence[str]) -> int:
    """The verb."""
    checks = select(suite.CHECKS, only, skip)
    declared = load(read_stack(options.stack), str(options.stack)) if options.stack else None
    root = options.root or found_root(options.mode, declared.instance if declared else "default")
    found = installed(root, declared)
    terminal = options.terminal()
    terminal.note(f"Asking the stack in {root}: {len(checks)} check{'s' * (len(checks) != 1)}.")
    results = asyncio.run(until_told(suite.run(found, checks, lambda _: None)))
    show(options, root, results)
    return Exit.CHECK_FAILED if any(result.status in BAD for result in results) else Exit.OK


def show(options: Options, root: Path, results: Sequence[Result]) -> None:
    terminal = options.terminal()
    if options.json:
        checks: list[dict[str, Any]] = [as_json(result) for result in results]
        terminal.out(document(root=str(root), checks=checks, summary=summary(results)))
    else:
        for line in lines(results):
            terminal.out(line)
        terminal.out(total(results))


def found_root(mode: Mode | None, instance: str) -> Path:
    """The default ROOT of that instance that has something installed; the user's own comes first."""
    modes = [mode] if mode else [Mode.USER, Mode.SYSTEM]
    roots = [default_root(one, instance) for one in modes]
    return next((root for root in roots if any(os.path.lexists(root / c / "current") for c in COMPONENTS)), roots[0])
