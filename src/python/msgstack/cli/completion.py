"""The verb `completion`: a script for the user's shell, for every program."""

from __future__ import annotations

from collections.abc import Callable

import click

SHELLS = ("bash", "zsh", "fish")
EXAMPLES = {
    "bash": "{p} completion bash > ~/.local/share/bash-completion/completions/{p}",
    "zsh": "{p} completion zsh > ~/.zfunc/_{p}       # with fpath+=~/.zfunc before compinit",
    "fish": "{p} completion fish > ~/.config/fish/completions/{p}.fish",
}


def make(program: str, group: Callable[[], click.Command]) -> click.Command:
    """The verb for `program`, whose commands `group` gives."""
    lines = "\n".join("  " + line.format(p=program) for line in EXAMPLES.values())

    @click.command("completion", help=f"Print a completion script for your shell.\n\n\b\nExamples:\n{lines}")
    @click.argument("shell", type=click.Choice(SHELLS))
    def completion(shell: str) -> None:
        click.echo(script(group(), program, shell))

    return completion


def script(group: click.Command, program: str, shell: str) -> str:
    """The script for both names that the program goes by: `nats-setup` and `nats-setup.pex`."""
    from click.shell_completion import ShellComplete
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    variable = f"_{program.replace('-', '_').upper()}_COMPLETE"
    names = (program, f"{program}.pex")
    # The base class's source(): bash's own runs bash to ask its version, which may not be there.
    return "\n".join(ShellComplete.source(kind(group, {}, name, variable)) for name in names)
