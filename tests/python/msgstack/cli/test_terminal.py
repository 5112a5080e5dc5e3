"""Colour, animation, questions: on a terminal only, and off when that is asked for."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from msgstack.cli.progress import Teller
from msgstack.cli.progress import amount
from msgstack.cli.terminal import Terminal
from msgstack.cli.terminal import bold
from msgstack.cli.terminal import coloured_diff
from msgstack.cli.terminal import human_bytes
from msgstack.cli.terminal import human_seconds
from msgstack.resource.event import Began
from msgstack.resource.event import Ended
from msgstack.resource.event import Event
from msgstack.resource.event import Note
from msgstack.resource.event import Progress
from msgstack.resource.event import Warned

EVENTS: tuple[Event, ...] = (
    Began("a/tree", "+ a/tree thing 1.0"),
    Progress("thing.whl", 2**20, 4 * 2**20),
    Note("it was in the cache"),
    Warned("it does not start by itself", "do this"),
    Ended("a/tree", 1.25),
)
TELL = """
import sys
sys.path[:0] = sys.argv[1:]
from msgstack.cli.progress import Teller
from msgstack.cli.terminal import Terminal, bold
from msgstack.resource.event import Began, Ended, Progress
terminal = Terminal()
tell = Teller(terminal)
tell(Began("k", "+ k"))
tell(Progress("file", 1, 2))
tell(Ended("k", 1.0))
terminal.out(bold("done"))
"""


def on_a_terminal(**env: str) -> str:
    """What the script above shows on a terminal, as bytes would reach it."""
    controller, terminal = pty.openpty()
    words = [sys.executable, "-c", TELL, *sys.path]
    told = {"PATH": os.environ["PATH"], "TERM": "xterm", **env}
    done = subprocess.run(words, stdin=terminal, stdout=terminal, stderr=terminal, env=told, check=False)
    os.close(terminal)
    shown = os.read(controller, 100_000).decode()
    os.close(controller)
    assert done.returncode == 0, shown
    return shown


def test_a_terminal_gets_colour_and_a_line_that_moves() -> None:
    shown = on_a_terminal()
    assert "\x1b[1mdone" in shown
    assert "\r\x1b[K  file: 1 B of 2 B (50 %)" in shown


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_neither_when_it_is_not_wanted(env: dict[str, str]) -> None:
    shown = on_a_terminal(**env)
    assert "\x1b" not in shown
    assert shown.replace("\r", "") == "✓ k 1.0 s\ndone\n"


def test_an_empty_no_color_is_none() -> None:
    assert "\x1b[1mdone" in on_a_terminal(NO_COLOR="")


def test_off_a_terminal_each_step_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    tell = Teller(Terminal())
    for event in EVENTS:
        tell(event)
    tell.end()
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err == "  it was in the cache\n! it does not start by itself\n  do this\n✓ a/tree 1.2 s\n"


def test_long_work_is_told_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    tell = Teller(Terminal())
    tell(Progress("thing.whl", 2**20, 4 * 2**20))
    tell(Progress("thing.whl", 2 * 2**20, 4 * 2**20))
    assert capsys.readouterr().err == "  thing.whl: 1.0 MiB of 4.0 MiB (25 %)\n"


def test_quiet_leaves_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    tell = Teller(Terminal(quiet=True))
    for event in EVENTS:
        tell(event)
    assert capsys.readouterr().err == "! it does not start by itself\n  do this\n"


def test_nobody_is_asked_where_nobody_is() -> None:
    assert not Terminal().asks


def test_colours_of_a_diff() -> None:
    diff = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n same\n"
    assert coloured_diff(diff).splitlines()[3:] == ["\x1b[31m-old\x1b[0m", "\x1b[32m+new\x1b[0m", " same"]


def test_text_that_is_printed_off_a_terminal_has_no_colour(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().out(bold("words"))
    assert capsys.readouterr().out == "words\n"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (500 * 2**20, "500 MiB"), (2**50, "1024 TiB")]
)
def test_bytes_for_people(count: int, text: str) -> None:
    assert human_bytes(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (61, "1 min 1 s"), (3700, "1 h 1 min"), (93784, "1 d 2 h")]
)
def test_time_for_people(seconds: float, text: str) -> None:
    assert human_seconds(seconds) == text


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Progress("x", 10, None), "10 B"),
        (Progress("x", 2**20, 2**21), "1.0 MiB of 2.0 MiB (50 %)"),
        (Progress("x", 3, 9, "packages"), "3 of 9 packages"),
        (Progress("x", 3, None, "packages"), "3 packages"),
    ],
)
def test_how_far_work_is(event: Progress, text: str) -> None:
    assert amount(event) == text
