"""The edge: every way in which a program can end, in words and with its exit code."""

from __future__ import annotations

import errno
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from msgstack.cli import nats_setup
from msgstack.cli.lazy import LazyGroup
from msgstack.cli.main import run
from msgstack.errors import Exit
from msgstack.errors import InterruptedRun
from msgstack.errors import MsgstackError
from msgstack.errors import PreflightError
from msgstack.errors import UsageError
from msgstack.errors import VerificationError


def group(do: Callable[[], object]) -> click.Group:
    """A program with one verb, which does this."""

    @click.command("verb")
    @click.option("--format", "shown", type=click.Choice(["text", "json"]), default="text")
    @click.option("--number", type=int)
    def verb(shown: str, number: int | None) -> object:
        return do()

    return LazyGroup("thing", {"verb": (lambda: verb, "Does it.")}, "A thing.", "1.2.3")


def failing(error: BaseException) -> click.Group:
    def do() -> object:
        raise error

    return group(do)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MsgstackError("what", "why", "fix"), Exit.FAILED),
        (UsageError("what", "why", "fix"), Exit.USAGE),
        (PreflightError("what", "why", "fix"), Exit.PREFLIGHT),
        (VerificationError("what", "why", "fix"), Exit.VERIFICATION),
        (InterruptedRun("what", "why", "fix"), Exit.INTERRUPTED),
    ],
)
def test_what_a_user_can_cause_is_three_sentences(
    error: MsgstackError, code: Exit, capsys: pytest.CaptureFixture[str]
) -> None:
    error.holds = "what holds"
    assert run(failing(error), "thing", ["verb"]) == code
    seen = capsys.readouterr()
    assert (seen.out, seen.err) == ("", "thing: what\n  why\n  what holds\n  fix\n")


def test_with_json_it_is_the_one_document_too(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["verb", "--format", "json"], ["verb", "--format=json"]):
        assert run(failing(PreflightError("what", "why", "fix")), "thing", words) == Exit.PREFLIGHT
        seen = capsys.readouterr()
        error = {"code": 3, "what": "what", "why": "why", "holds": "", "fix": "fix"}
        assert json.loads(seen.out) == {"schema_version": 1, "error": error}
        assert seen.err.startswith("thing: what")


def test_what_a_verb_returns_is_the_exit_code() -> None:
    assert run(group(lambda: Exit.PENDING), "thing", ["verb"]) == 20
    assert run(group(lambda: None), "thing", ["verb"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["vreb"], "There is no verb 'vreb'. Did you mean 'verb'?"),
        (["xyz"], "There is no verb 'xyz'."),
        (["verb", "--nmber", "1"], "No such option '--nmber'"),
        (["verb", "--number", "one"], "'one' is not a valid integer"),
        (["verb", "--format", "jsn"], "'jsn' is not one of 'text', 'json'"),
    ],
)
def test_wrong_arguments(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(group(lambda: None), "thing", words) == Exit.USAGE
    shown = capsys.readouterr().err
    assert said in shown
    assert "--help` shows what is allowed." in shown


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "Make room"),
        (errno.EACCES, "as the user who installed"),
        (errno.EROFS, "can be written"),
        (errno.EBUSY, "Something else uses it"),
        (errno.EMFILE, "allow more open files"),
    ],
)
def test_what_the_host_refuses_is_no_defect(number: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    error = OSError(number, os.strerror(number), "/some/file")
    assert run(failing(error), "thing", ["verb"]) == Exit.FAILED
    shown = capsys.readouterr().err
    assert shown.startswith(f"thing: /some/file can't be used\n  the system says: {os.strerror(number)}\n")
    assert said in shown


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("missing/stack.toml", errno.ENOENT),
        ("file/stack.toml", errno.ENOTDIR),
        (".", errno.EISDIR),
        ("circle/stack.toml", errno.ELOOP),
        ("long" * 100, errno.ENAMETOOLONG),
        ("socket", errno.ENXIO),
    ],
)
def test_an_impossible_path_is_no_defect(
    path: str, number: int, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("circle").symlink_to("circle")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        assert run(group(Path(path).read_text), "thing", ["verb"]) == Exit.FAILED
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == [f"thing: {path} can't be used", f"  the system says: {os.strerror(number)}"]
    assert "path" in lines[2]


def test_a_defect_leaves_its_trace_in_a_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert run(failing(ZeroDivisionError("by zero")), "thing", ["verb"]) == Exit.FAILED
    shown = capsys.readouterr().err
    assert "this is a defect of thing, not of what you did\n  ZeroDivisionError: by zero\n" in shown
    assert "Traceback" not in shown
    found = re.search(r"Please report it with (\S+),", shown)
    assert found is not None
    trace = Path(found[1])
    assert trace.parent == tmp_path
    assert "Traceback" in trace.read_text()
    assert "in do" in trace.read_text()


def test_no_words_at_all_are_answered_with_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(group(lambda: None), "thing", []) == Exit.USAGE
    seen = capsys.readouterr()
    assert (seen.out, seen.err.splitlines()[0]) == ("", "Usage: thing [OPTIONS] VERB [OPTIONS]")


def test_a_failure_without_any_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["thing"])
    assert run(click.Command("thing", callback=lambda: 1 // 0), "thing") == Exit.FAILED
    assert "this is a defect of thing" in capsys.readouterr().err


def test_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(failing(KeyboardInterrupt()), "thing", ["verb"]) == Exit.INTERRUPTED
    assert "run the same command again" in capsys.readouterr().err


def test_a_reader_that_leaves_is_no_failure_to_talk_about() -> None:
    words = [sys.executable, "-m", nats_setup.__name__, "schema"]
    env = {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        shown = program.stderr.read()
        assert (program.wait(), shown) == (1, b"")


def test_version_and_help_need_no_verb(capsys: pytest.CaptureFixture[str]) -> None:
    def never() -> click.Command:
        raise AssertionError("a verb was loaded")

    lazy = LazyGroup("thing", {"verb": (never, "Does it.")}, "A thing.", "1.2.3")
    assert run(lazy, "thing", ["--version"]) == 0
    assert capsys.readouterr().out == "thing 1.2.3\n"
    assert run(lazy, "thing", ["--help"]) == 0
    assert "  verb  Does it." in capsys.readouterr().out
