"""`schema`: the stack file's JSON Schema, or the commented default file."""

from __future__ import annotations

import json

import click

from msgstack.cli.options import examples

HELP = """Print the JSON Schema of the stack file, for your editor; or, with --default, a stack file with every key,
its meaning and its default."""


def make(program: str) -> click.Command:
    """The verb for one program."""
    text = examples(HELP, f"{program} schema > stack.schema.json", f"{program} schema --default > my-stack.toml")

    @click.command("schema", help=text)
    @click.option("--default", "default", is_flag=True, help="Print the commented default stack file.")
    def schema(default: bool) -> None:
        click.echo(_default() if default else _schema(), nl=False)

    return schema


def _default() -> str:
    from msgstack.spec.default import default_file

    return default_file()


def _schema() -> str:
    from msgstack.spec.schema import schema

    return json.dumps(schema(), indent=2) + "\n"
