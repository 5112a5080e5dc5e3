"""Waiting for a service that never serves: it says so as it goes on, and Ctrl-C ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from msgstack.host.process import alive
from msgstack.host.service.ready import LINES
from msgstack.host.service.ready import telling
from msgstack.service.start import Started
from services import apply
from services.install import Install
from services.install import kill
from services.install import until


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """Nothing of it runs afterwards."""
    root = tmp_path / "root"
    yield root
    with suppress(OSError):
        kill(int((root / "supervisor/run/supervisord.pid").read_text()))
    with suppress(OSError):
        kill(server(root))


def server(root: Path) -> int:
    """The process that its start script has recorded."""
    started = Started.parse((root / "nats/run/started").read_text())
    assert started is not None
    return started.pid


def begin(root: Path, temper: str) -> subprocess.Popen[str]:
    env = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    words = [sys.executable, apply.__file__, str(root), temper, "60"]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_wait_for_a_server_that_never_serves(number: signal.Signals, code: int, root: Path) -> None:
    with begin(root, "silent") as program:
        assert program.stdout is not None
        told = next(line for line in program.stdout if line.startswith("waiting for"))
        began = time.monotonic()
        program.send_signal(number)
        rest = program.stdout.read()
        assert program.wait(20) == code, rest
        assert time.monotonic() - began < 3
    assert told == "waiting for msgstack-nats to serve: 0 of 60 s\n"
    assert "msgstack-nats was started, and is left as it is: it does not serve yet\n" in rest
    assert "the next run goes on with: nats/service" in rest
    assert "run the same command again to go on" in rest
    assert alive(server(root)), "its manager keeps what was started"


def test_the_same_command_goes_on_from_there(root: Path) -> None:
    with begin(root, "silent") as program:
        assert program.stdout is not None
        next(line for line in program.stdout if line.startswith("waiting for"))
        program.send_signal(signal.SIGINT)
        program.stdout.read()
    again = Install(root)
    want = again.want("r2")
    again.temper("")
    assert again.apply(want)
    until(lambda: again.driver.process(want).running, "it runs")
    assert again.apply(want) == ()
    again.remove(want)


STARTING = [f"[2] [INF] line {n} of a start" for n in range(20)]


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        ([*STARTING, "[2] [FTL] address already in use"], "[2] [FTL] address already in use"),
        ([*STARTING, "[2] [FTL] address already in use", *STARTING], "[2] [FTL] address already in use"),
        (["run: line 3: Error: no such file"], "run: line 3: Error: no such file"),
        (STARTING, STARTING[-1]),
        ([], None),
    ],
)
def test_the_log_is_shown_up_to_what_went_wrong(lines: list[str], last: str | None, tmp_path: Path) -> None:
    """The next try of a server that can't start may have written the log's last lines."""
    log = tmp_path / "server.log"
    log.write_text("".join(f"{line}\n" for line in lines))
    shown = telling(log)
    assert (shown[-1] if shown else None) == last
    assert len(shown) == min(len(lines), LINES)
