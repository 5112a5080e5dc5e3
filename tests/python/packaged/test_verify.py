"""`verify run` as a person meets it: interrupted, and of an instance that is named by its stack file alone."""

from __future__ import annotations

import signal
import subprocess
import time

import pytest

from packaged.user import User
from packaged.user import end

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]
TEMPORARY = "_verify_"


@pytest.mark.parametrize(("by", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_it_leaves_nothing_in_the_server(installed: User, by: signal.Signals, code: int) -> None:
    running = begin(installed)
    while TEMPORARY not in streams(installed):
        assert running.poll() is None, "it ended before it made anything"
        time.sleep(0.01)
    done = end(running, by)
    assert (done.code, "Traceback" in done.err) == (code, False), done.err
    assert TEMPORARY not in streams(installed)
    assert running.returncode == code


def begin(one: User) -> subprocess.Popen[str]:
    """The slowest check alone, so that it is there to be seen."""
    return subprocess.Popen(
        one.command("verify", "run", "--only", "nats.jetstream.ack"), env=one.env, cwd=one.home,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def streams(one: User) -> str:
    return one.nats("stream", "ls", "--names", "--all")


def test_its_stack_file_says_which_instance(somebody: User) -> None:
    from dataclasses import replace

    blue = replace(somebody, instance="blue")
    blue.write()
    blue.apply()
    try:
        done = blue.run([*blue.command("verify", "run")[:2], "--stack", str(blue.stack), "--only", "nats.health"])
        assert (done.code, "1 passed" in done.out) == (0, True), done.out + done.err
    finally:
        blue.setup("uninstall", "--yes", "--purge")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_stack_file_that_cannot_be_read_is_the_users_to_mend(somebody: User, content: bytes | None) -> None:
    path = somebody.home / "odd.toml"
    if content is not None:
        path.write_bytes(content)
    done = somebody.run([*somebody.command("verify", "run")[:2], "--stack", str(path)])
    assert (done.code, "defect" in done.err, str(path) in done.err) == (2, False, True), done.err
