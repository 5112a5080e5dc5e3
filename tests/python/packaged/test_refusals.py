"""What can't be done is refused before anything happens: an exit code, what, why and what to do, and no trace."""

from __future__ import annotations

import os
import pty
import socket
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from commandline.running import Done
from packaged.user import User

CASES = tomllib.loads((Path(__file__).parent / "cases" / "refused.toml").read_text())


def assert_said(done: Done, code: int, *words: str) -> None:
    """The failure is in words: what on the first line, why and a way out below it; nothing on stdout."""
    assert done.code == code, done.out + done.err
    assert done.out == ""
    first, *more = [line for line in done.err.splitlines() if not line.startswith(("! ", "✓", "+", "~"))][-4:]
    assert more, f"only {first!r}: neither why nor what to do"
    assert [word for word in words if word not in done.err] == [], done.err
    for trace in ("Traceback", 'File "', "Error(", "defect"):
        assert trace not in done.err, done.err


@pytest.mark.parametrize("name", CASES)
def test_a_stack_file_that_cannot_be(name: str, somebody: User) -> None:
    case: dict[str, Any] = CASES[name]
    somebody.write(case.get("nats", ""), top=case.get("top", ""))
    done = somebody.setup("apply", "--yes")
    assert_said(done, case["code"], *case["says"])
    assert not somebody.root.exists()
    if case["code"] == 2:
        assert str(somebody.stack) in done.err, "the file is named"
    asked = somebody.setup("plan", "--format", "json")
    assert (asked.code, asked.json["error"]["code"]) == (case["code"], case["code"])


def test_two_listeners_on_one_port(somebody: User) -> None:
    somebody.stack.write_text("[nats]\nport = 7777\nmonitor_port = 7777\n")
    assert_said(somebody.setup("apply", "--yes"), 2, "nats.port", "nats.monitor_port", "7777")
    assert not somebody.root.exists()


def test_a_port_of_another_program_is_named_with_its_owner(somebody: User) -> None:
    with socket.create_server(("127.0.0.1", somebody.port)):
        done = somebody.setup("apply", "--yes")
    assert_said(done, 3, f"port {somebody.port}", f"(pid {os.getpid()})", "nats.port")
    assert not somebody.root.exists()


def test_nobody_to_ask(somebody: User) -> None:
    assert_said(somebody.setup("apply"), 2, "--yes")
    assert not somebody.root.exists()


def test_no_stack_file(somebody: User) -> None:
    somebody.stack.unlink()
    assert_said(somebody.setup("apply", "--yes"), 2, str(somebody.stack), "No such file")


@pytest.mark.parametrize("place", ["/proc/nobody/here", "/dev/null/here"])
def test_a_root_that_cannot_be_written(place: str, somebody: User) -> None:
    done = somebody.setup("apply", "--yes", "--root", place)
    assert done.code in (1, 3), done.err
    assert_said(done, done.code, place.rsplit("/", 1)[0])


def test_a_root_that_the_host_empties(somebody: User, tmp_path: Path) -> None:
    done = somebody.setup("apply", "--yes", "--root", str(tmp_path / "elsewhere"), TMPDIR=str(tmp_path))
    assert_said(done, 3, str(tmp_path / "elsewhere"), "--allow-temporary")


@pytest.mark.parametrize("home", ["", "relative/home", "/nonexistent/home"])
def test_a_home_that_is_none(home: str, somebody: User) -> None:
    """Without a home nobody knows where to install; with --root it goes."""
    for verb in ("plan", "status"):
        done = somebody.setup(verb, HOME=home, XDG_RUNTIME_DIR="")
        assert "Traceback" not in done.err and "defect" not in done.err, done.err
        assert "~" not in done.out + done.err, "a path that nobody resolved"
    assert not (somebody.home / "relative").exists()


@pytest.mark.parametrize("verb", ["start", "stop", "restart", "logs"])
def test_a_verb_that_needs_an_installation_says_so(verb: str, somebody: User) -> None:
    assert_said(somebody.setup(verb), 1, str(somebody.root), " apply` first")
    assert not somebody.root.exists()


def test_status_and_verify_of_nothing(somebody: User) -> None:
    done = somebody.setup("status")
    assert (done.code, done.err) == (10, "") and "not installed" in done.out and "apply` installs it" in done.out
    assert_said(somebody.run(somebody.command("verify", "run")), 3, str(somebody.root), " apply` first")
    assert not somebody.root.exists()


def test_a_reader_that_leaves(somebody: User) -> None:
    program = somebody.command("nats-setup", "schema")[0]
    done = somebody.run(["sh", "-c", f"'{program}' schema | head -n 1; '{program}' --help | true"])
    assert (done.code, done.out, done.err) == (0, "{\n", "")


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """A terminal of 80 columns: our side, and the program's."""
    ours, theirs = pty.openpty()
    try:
        yield ours, theirs
    finally:
        os.close(ours)


@pytest.mark.parametrize(("env", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colours_are_for_terminals_that_want_them(env: dict[str, str], coloured: bool, somebody: User) -> None:
    with terminal() as (ours, theirs):
        with subprocess.Popen(
            somebody.command("nats-setup", "plan"), env=somebody.env | {"TERM": "xterm"} | env,
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        ) as program:  # fmt: skip
            os.close(theirs)
            shown = b"".join(_read(ours))
        assert program.returncode == 0, shown
    assert b"nats/stream/EVENTS" in shown
    assert (b"\x1b[" in shown) is coloured
    assert b"\x1b[" not in somebody.setup("plan").out.encode()


def _read(ours: int) -> Iterator[bytes]:
    """Until the other side is closed."""
    while True:
        try:
            data = os.read(ours, 1 << 16)
        except OSError:
            return
        if not data:
            return
        yield data
