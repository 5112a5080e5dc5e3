"""verify: prove with real traffic that a running stack works."""

from __future__ import annotations

import sys

import click

from msgstack.cli.lazy import LazyGroup
from msgstack.cli.main import run
from msgstack.version import VERSION

NAME = "verify"
TEXT = """Prove with real traffic that a running stack works.

verify reads what is installed below ROOT, asks the running servers, and leaves nothing in them. Each check has
an id that doesn't change, a deadline, and evidence of what was seen.

\b
Examples:
  verify run                           every check that takes seconds
  verify run --only nats.jetstream     one group, or one id
  verify run --skip nats.contexts
  verify run --format json | jq .summary
  verify list                          ids, and what each asks

\b
Exit codes: 0 all passed, 1 failed to run, 2 wrong arguments, 3 nothing is installed,
10 a check failed or could not be asked, 130 interrupted.
"""


def run_verb() -> click.Command:
    from msgstack.cli.verbs import verify_run

    return verify_run.verb


def list_verb() -> click.Command:
    from msgstack.cli.verbs import verify_list

    return verify_list.verb


def completion_verb() -> click.Command:
    from msgstack.cli import completion

    return completion.make(NAME, program)


def program() -> LazyGroup:
    """The command line of verify."""
    verbs = {
        "run": (run_verb, "Ask the running stack every check, and say what was seen."),
        "list": (list_verb, "Show the checks: id, deadline, what each asks."),
        "completion": (completion_verb, "Print a completion script for bash, zsh or fish."),
    }
    return LazyGroup(NAME, verbs, TEXT, VERSION)


def main() -> None:
    """The program."""
    sys.exit(run(program(), NAME))


if __name__ == "__main__":
    main()
