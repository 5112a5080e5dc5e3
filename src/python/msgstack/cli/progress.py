"""What a run tells while it goes on, as lines on stderr: one that moves on a terminal, few that stay elsewhere."""

from __future__ import annotations

import time

import click

from msgstack.cli.terminal import Terminal
from msgstack.cli.terminal import dim
from msgstack.cli.terminal import good
from msgstack.cli.terminal import human_bytes
from msgstack.cli.terminal import human_seconds
from msgstack.resource.event import Began
from msgstack.resource.event import Ended
from msgstack.resource.event import Event
from msgstack.resource.event import Note
from msgstack.resource.event import Progress
from msgstack.resource.event import Warned

QUIET_SECONDS = 10.0  # off a terminal, between two lines about the same work
CLEAR = "\r\x1b[K"


class Teller:
    """Callable, so that it is what drivers call `say`."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._moving = False
        self._next = 0.0

    def __call__(self, event: Event) -> None:
        match event:
            case Progress():
                self._progress(event)
            case Began(text=text):
                self._next = time.monotonic() + QUIET_SECONDS
                self._move(text)
            case Ended(key=key, seconds=seconds):
                self._line(f"{good()} {key} {dim(human_seconds(seconds))}")
            case Note(text=text):
                self._line(dim(f"  {text}"))
            case Warned(text=text, fix=fix):
                self.end()
                self.terminal.warn(click.style("! ", fg="yellow") + text + (f"\n  {fix}" if fix else ""))

    def end(self) -> None:
        """Nothing moves any more: what follows begins on a line of its own."""
        if self._moving:
            click.echo(CLEAR, err=True, nl=False)
            self._moving = False

    def _progress(self, event: Progress) -> None:
        text = f"  {event.what}: {amount(event)}"
        if self.terminal.moves:
            self._move(text)
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + QUIET_SECONDS
            self.terminal.note(text)

    def _move(self, text: str) -> None:
        if self.terminal.moves:
            click.echo(f"{CLEAR}{text[: self.terminal.width - 1]}", err=True, nl=False)
            self._moving = True

    def _line(self, text: str) -> None:
        self.end()
        self.terminal.note(text)


def amount(event: Progress) -> str:
    """`3.1 MiB of 16 MiB (19 %)`, or what is known of it."""
    if event.unit != "B":
        return f"{event.done}{f' of {event.total}' if event.total else ''} {event.unit}"
    if not event.total:
        return human_bytes(event.done)
    return f"{human_bytes(event.done)} of {human_bytes(event.total)} ({event.done * 100 // event.total} %)"
