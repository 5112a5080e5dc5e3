"""The one question before anything changes."""

from __future__ import annotations

from msgstack.cli.options import Options
from msgstack.cli.terminal import Terminal
from msgstack.errors import MsgstackError
from msgstack.errors import UsageError


def agree(options: Options, terminal: Terminal, text: str, question: str, otherwise: str) -> None:
    """Show `text`, and go on only with somebody's yes, or with --yes.

    Whoever is asked is always shown what about: also when quiet, and beside a document. Raises UsageError where nobody
    can be asked, and MsgstackError, which says `otherwise`, for a no.
    """
    if terminal.asks and not options.yes:
        terminal.warn(text)
    elif not options.json:
        terminal.note(text)
    if options.yes:
        return
    if not terminal.asks:
        raise UsageError("nobody is there to say yes", "this is no terminal", "Add --yes to go ahead without asking.")
    if not terminal.confirm(question):
        raise MsgstackError(otherwise, "you did not say yes")


def tell_again(options: Options, terminal: Terminal, text: str) -> None:
    """The host changed after a plan was shown. Whoever agreed to that one does not get another: raises MsgstackError.
    With --yes nobody did, and the plan that is made now is shown."""
    if not options.yes:
        raise MsgstackError("the host changed after the plan was made", "", "Run the same command again.")
    if not options.json:
        terminal.note(f"\nThe host changed meanwhile. What is made now:\n{text}")
