"""What is known of a running process, and how one is ended."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from msgstack.errors import MsgstackError
from msgstack.host.process import alive
from msgstack.host.process import ask
from msgstack.host.process import end
from msgstack.host.process import must
from msgstack.host.process import owner
from msgstack.host.process import resident

GONE = 2**22 + 1  # above the highest process id that Linux gives


def test_this_process_is_known() -> None:
    assert alive(os.getpid())
    assert owner(os.getpid()) == os.geteuid()
    assert (resident(os.getpid()) or 0) > 2**20


def test_one_that_is_gone_is_known_to_be() -> None:
    assert not alive(GONE)
    assert owner(GONE) is resident(GONE) is None
    end(GONE, 1)


def test_one_that_ended_unwaited_for_is_not_alive() -> None:
    process = subprocess.Popen(["true"])
    deadline = time.monotonic() + 10
    while alive(process.pid):
        assert time.monotonic() < deadline, "a zombie counts as alive"
        time.sleep(0.01)
    process.wait()


@pytest.mark.parametrize(("trap", "code"), [("", -15), ("trap '' TERM; ", -9)])
def test_a_process_is_asked_first_and_killed_when_it_does_not_listen(trap: str, code: int) -> None:
    words = ["sh", "-c", f"{trap}echo up; while :; do sleep 0.05; done"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    end(process.pid, 0.5)
    assert process.wait() == code


def test_a_program_that_fails_speaks_for_itself() -> None:
    assert ask([sys.executable, "-c", "raise SystemExit('so\\nbe it')"]).words == "so be it"
    with pytest.raises(MsgstackError, match="be it"):
        must([sys.executable, "-c", "raise SystemExit('so be it')"])


def test_a_program_that_is_missing_or_hangs_is_an_error_in_words() -> None:
    with pytest.raises(MsgstackError, match="not installed"):
        ask(["no-such-program"])
    with pytest.raises(MsgstackError, match="did not end"):
        ask(["sleep", "9"], seconds=0.1)
