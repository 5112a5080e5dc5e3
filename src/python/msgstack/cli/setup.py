"""The verbs of every set-up program, said once: `nats-setup`, `pulsar-setup` and `benthos-setup` are alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from msgstack.cli.lazy import LazyGroup
from msgstack.version import VERSION

if TYPE_CHECKING:
    from msgstack.cli.component import Component

TEXT = """{purpose}

{program} reads a stack file (without one, it uses the defaults), shows what would change, and makes this host
match it. Running it again changes nothing until the stack file, or the host, does.

\b
Examples:
  {program} plan                       what would change, and why
  {program} apply                      show it, ask, then do it
  {program} apply --yes --stack my-stack.toml
  {program} status                     what runs where
  {program} logs -f

\b
Exit codes: 0 done or nothing to do, 1 failed, 2 wrong arguments or stack file, 3 the host can't take it,
4 a checksum did not match, 10 not running or not healthy (status), 20 changes are pending
(plan --detailed-exitcode), 130 and 143 interrupted.
"""


def program(name: str, purpose: str, component: Callable[[], Component]) -> click.Group:
    """The command line of a set-up program. `component` imports and gives what the program sets up."""
    verbs = _Verbs(name, component)
    loads = {
        "plan": (verbs.plan, "Show what would change, and why. Changes nothing."),
        "apply": (verbs.apply, "Show what would change, ask, and make the host match the stack file."),
        "status": (verbs.status, "Show what is installed and what runs."),
        "start": (verbs.start, "Start the service."),
        "stop": (verbs.stop, "Stop the service."),
        "restart": (verbs.restart, "Stop and start the service."),
        "logs": (verbs.logs, "Show the last lines of the log."),
        "doctor": (verbs.doctor, "Ask whether this host can take the stack. Changes nothing."),
        "render": (verbs.render, "Show, or write into a folder, every file that apply would write."),
        "fetch": (verbs.fetch, "Fill a folder with all downloads, for hosts without a network."),
        "uninstall": (verbs.uninstall, "Remove what was installed; data stays unless purged."),
        "schema": (verbs.schema, "Print the JSON Schema, or a commented default, of the stack file."),
        "completion": (verbs.completion, "Print a completion script for bash, zsh or fish."),
    }
    verbs.group = LazyGroup(name, loads, TEXT.format(program=name, purpose=purpose), VERSION)
    return verbs.group


class _Verbs:
    """How to load each verb. Plain imports, so that the build sees them; inside methods, so that start-up doesn't."""

    group: click.Group

    def __init__(self, name: str, component: Callable[[], Component]) -> None:
        self.name = name
        self.component = component

    def plan(self) -> click.Command:
        from msgstack.cli.verbs import plan

        return plan.make(self.component())

    def apply(self) -> click.Command:
        from msgstack.cli.verbs import apply

        return apply.make(self.component())

    def status(self) -> click.Command:
        from msgstack.cli.verbs import status

        return status.make(self.component())

    def start(self) -> click.Command:
        from msgstack.cli.verbs import service

        return service.make(self.component(), "start")

    def stop(self) -> click.Command:
        from msgstack.cli.verbs import service

        return service.make(self.component(), "stop")

    def restart(self) -> click.Command:
        from msgstack.cli.verbs import service

        return service.make(self.component(), "restart")

    def logs(self) -> click.Command:
        from msgstack.cli.verbs import logs

        return logs.make(self.component())

    def doctor(self) -> click.Command:
        from msgstack.cli.verbs import doctor

        return doctor.make(self.component())

    def render(self) -> click.Command:
        from msgstack.cli.verbs import render

        return render.make(self.component())

    def fetch(self) -> click.Command:
        from msgstack.cli.verbs import fetch

        return fetch.make(self.component())

    def uninstall(self) -> click.Command:
        from msgstack.cli.verbs import uninstall

        return uninstall.make(self.component())

    def schema(self) -> click.Command:
        from msgstack.cli.verbs import schema

        return schema.make(self.name)

    def completion(self) -> click.Command:
        from msgstack.cli import completion

        return completion.make(self.name, lambda: self.group)
