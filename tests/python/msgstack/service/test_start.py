"""The start script, really run: one process at a time on the data, a true record, a growing pause, a capped log."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from msgstack.resource.facts import Manager
from msgstack.service.spec import ServiceSpec
from msgstack.service.start import FREE
from msgstack.service.start import Start
from msgstack.service.start import Started
from msgstack.service.start import start_script
from services.specs import facts
from services.specs import spec

Process = subprocess.Popen[bytes]
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]


@pytest.fixture
def made(tmp_path: Path) -> ServiceSpec:
    """A spec whose folders exist, at a path that needs quoting."""
    made = spec(facts(Manager.SYSTEMD, root=tmp_path / "it's 100% here"))
    for folder in (*made.writable, Path(made.command[0]).parent):
        folder.mkdir(parents=True)
    return made


@pytest.fixture
def run(made: ServiceSpec) -> Iterator[Callable[..., Process]]:
    """Starts the script as a manager would; what still runs afterwards is ended."""
    running: list[Process] = []

    def start(*words: str, shell: str = "sh", path: str = os.defpath, **changes: object) -> Process:
        more = {name: changes.pop(name) for name in ("beside", "early_log") if name in changes}
        changed = replace(made, **changes)  # type: ignore[arg-type]
        begin = replace(Start(words or ("sleep", "60"), {"WORD": "a b"}), **more)  # type: ignore[arg-type]
        script = Path(made.command[0])
        script.write_text(start_script(changed, begin, "r1"))
        command: list[str | Path] = [shell, "sh", script] if shell == "busybox" else [shell, script]
        env = {"PATH": path, "MSGSTACK_DEFINITION": "d1"}
        running.append(subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL, start_new_session=True))
        return running[-1]

    yield start
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def record(made: ServiceSpec) -> Started | None:
    return Started.parse(made.started.read_text()) if made.started.exists() else None


def until(holds: Callable[[], object], what: str, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.01)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_process_becomes_the_server_and_is_on_record(
    made: ServiceSpec, run: Callable[..., Process], shell: str
) -> None:
    process = run("sh", "-c", 'echo "$WORD ${MSGSTACK_DEFINITION-}"; exec sleep 60', shell=shell)
    until(lambda: made.log.exists() and made.log.read_text() == "a b \n", "the server's output in the log")
    seen = record(made)
    assert seen is not None
    assert (seen.revision, seen.pid, seen.quick, seen.definition) == ("r1", process.pid, 0, "d1")
    assert abs(seen.since - time.time()) < 10
    assert made.log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("locker", ["flock", "perl"])
def test_a_second_one_is_refused_while_the_first_lives_and_starts_once_it_is_killed(
    made: ServiceSpec, run: Callable[..., Process], tmp_path: Path, locker: str
) -> None:
    path = _only(locker, tmp_path / "bin")
    first = run(path=path)
    until(lambda: record(made) is not None, "the first is on record")
    second = run(path=path, restart_most=1)
    until(lambda: "another process holds" in made.log.read_text(), "the refusal in the log")
    assert first.poll() is None
    assert getattr(record(made), "pid", None) == first.pid
    assert second.wait(10) == 75
    first.kill()
    first.wait()
    third = run(path=path)
    until(lambda: getattr(record(made), "pid", None) == third.pid, "the third runs")


def test_an_instant_in_which_the_lock_is_taken_does_no_harm(made: ServiceSpec, run: Callable[..., Process]) -> None:
    with made.lock.open("w") as look:
        fcntl.flock(look, fcntl.LOCK_EX)
        process = run()
        until(lambda: Path(f"/proc/{process.pid}/fd/9").exists(), "the script has opened the lock")
        time.sleep(0.2)
    until(lambda: getattr(record(made), "pid", None) == process.pid, "it runs")


def _only(locker: str, folder: Path) -> str:
    """A PATH with what the script needs and no other program that takes locks."""
    folder.mkdir()
    for name in ("sh", "date", "wc", "mv", "sleep", locker):
        found = shutil.which(name)
        assert found, f"{name} is not here: install it"
        (folder / name).symlink_to(found)
    return str(folder)


def test_quick_ends_are_counted_and_paused_after(made: ServiceSpec, run: Callable[..., Process]) -> None:
    for count in range(FREE + 1):
        assert run("true").wait(10) == 0
        assert getattr(record(made), "quick", None) == count
    began = time.monotonic()
    assert run("true").wait(10) == 0
    assert 1 <= time.monotonic() - began < 5
    assert "waiting 1 s" in made.log.read_text()


@pytest.mark.parametrize(("count", "pause"), [(2, None), (3, 1), (4, 2), (6, 8), (7, 16), (8, 30), (10**6, 30)])
def test_the_pause_doubles_up_to_the_most(
    made: ServiceSpec, run: Callable[..., Process], count: int, pause: int | None
) -> None:
    made.started.write_text(f"r0\n1\n{int(time.time()) - 1}\n{count}\n\n")
    run()
    if pause is None:
        until(lambda: getattr(record(made), "revision", "") == "r1", "it runs at once")
    else:
        until(lambda: made.log.exists() and f"waiting {pause} s" in made.log.read_text(), "the pause in the log")


@pytest.mark.parametrize("content", ["r0\n1\n100\n50\n\n", "", "x", "r0\n1\n$(false)\n9\n\n", "\n\n\n\n"])
def test_a_long_life_or_a_damaged_record_forgets_the_count(
    made: ServiceSpec, run: Callable[..., Process], content: str
) -> None:
    made.started.write_text(content)
    assert run("true").wait(10) == 0
    assert getattr(record(made), "quick", None) == 0


def test_the_log_is_rotated_once_it_has_half_of_its_cap(made: ServiceSpec, run: Callable[..., Process]) -> None:
    made.log.write_text("x" * 600)
    assert run("echo", "new", log_max=1000).wait(10) == 0
    assert made.log.read_text() == "new\n"
    assert made.log.with_name(made.log.name + ".1").read_text() == "x" * 600


def test_a_log_of_the_managers_own_is_put_aside_before_it_grows_without_bound(
    made: ServiceSpec, run: Callable[..., Process]
) -> None:
    early = made.log.with_name("service-launchd.log")
    early.write_text("small")
    assert run("true", early_log=early).wait(10) == 0
    assert early.read_text() == "small"
    early.write_text("x" * 600_000)
    assert run("true", early_log=early).wait(10) == 0
    assert not early.exists()
    assert early.with_name(early.name + ".1").stat().st_size == 600_000


def test_programs_run_beside_the_server_and_without_the_lock(made: ServiceSpec, run: Callable[..., Process]) -> None:
    beside = tuple(("sh", "-c", f'echo {name} "$(ls /dev/fd | tr "\\n" " ")"') for name in ("one", "two"))
    process = run(beside=beside)
    until(lambda: made.log.exists() and made.log.read_text().count("\n") == 2, "what both of them print")
    assert sorted(line.split()[0] for line in made.log.read_text().splitlines()) == ["one", "two"]
    assert not any(" 9" in line for line in made.log.read_text().splitlines())
    assert process.poll() is None


def test_it_asks_for_descriptors_and_takes_what_it_gets(made: ServiceSpec, run: Callable[..., Process]) -> None:
    assert run("sh", "-c", "ulimit -S -n", open_files=1234).wait(10) == 0
    assert run("sh", "-c", "ulimit -S -n; ulimit -H -n", open_files=2**40).wait(10) == 0
    asked, got, most = made.log.read_text().split()
    assert asked == "1234"
    assert got == most


@pytest.mark.parametrize("text", ["", "r\n1\n2\n3\n", "r\n1\nx\n3\nd\n", "r\n-1\n2\n3\nd\n"])
def test_what_is_no_record_is_none(text: str) -> None:
    assert Started.parse(text) is None
