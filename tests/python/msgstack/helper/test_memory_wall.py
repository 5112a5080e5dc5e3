"""The memory wall kills what is above the limit, and only that; it ends with its supervisor."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from msgstack.helper import memory_wall

MIB = 2**20
BALLAST = f"x = b'x' * {60 * MIB}; print('up', flush=True); import time; time.sleep(60)"


@pytest.fixture
def heavy() -> Iterator[subprocess.Popen[bytes]]:
    """A process with 60 MiB, a child of this one."""
    process = subprocess.Popen([sys.executable, "-S", "-I", "-c", BALLAST], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    yield process
    process.kill()
    process.wait()


def record(tmp_path: Path, pid: int) -> str:
    path = tmp_path / "started"
    path.write_text(f"r1\n{pid}\n0\n0\n\n")
    return str(path)


def test_it_kills_above_the_limit_and_not_below(tmp_path: Path, heavy: subprocess.Popen[bytes]) -> None:
    started = record(tmp_path, heavy.pid)
    assert not memory_wall.look(started, 200 * MIB, os.getpid())
    assert heavy.poll() is None
    assert memory_wall.look(started, 50 * MIB, os.getpid())
    assert heavy.wait(10) == -9


def test_it_never_touches_another_parents_process(tmp_path: Path, heavy: subprocess.Popen[bytes]) -> None:
    assert not memory_wall.look(record(tmp_path, heavy.pid), 1, os.getpid() + 1)
    assert heavy.poll() is None


@pytest.mark.parametrize("content", ["", "r1\n", "r1\nx\n", "r1\n4194305\n0\n0\n\n"])
def test_without_a_process_it_waits(tmp_path: Path, content: str) -> None:
    path = tmp_path / "started"
    assert not memory_wall.look(str(path), 1, os.getpid())
    path.write_text(content)
    assert not memory_wall.look(str(path), 1, os.getpid())


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A supervisor with the wall as its child, and the wall's process id."""
    program = f"{sys.executable} -S -I {memory_wall.__file__}"
    script = f'echo $$ >"$1/pid"; {program} "$1/pid" "$1/started" 1 & echo $! >"$1/wall"; wait'
    supervisor = subprocess.Popen(["sh", "-c", script, "sh", tmp_path])
    wall = tmp_path / "wall"
    until(lambda: wall.exists() and wall.read_text(), "the wall runs")
    yield supervisor, int(wall.read_text())
    supervisor.kill()
    supervisor.wait()


def test_it_ends_with_its_supervisor(supervised: tuple[subprocess.Popen[bytes], int]) -> None:
    supervisor, wall = supervised
    time.sleep(1.2)
    assert memory_wall.parent_and_memory(wall) is not None
    supervisor.kill()
    supervisor.wait()
    until(lambda: memory_wall.parent_and_memory(wall) is None, "the wall ends")


def test_it_ends_at_once_under_another_parent(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text("1\n")
    words: list[str | Path] = [
        sys.executable,
        "-S",
        "-I",
        memory_wall.__file__,
        tmp_path / "pid",
        tmp_path / "started",
        "1",
    ]
    assert subprocess.run(words, timeout=20, check=False).returncode == 0


def test_beside_a_server_it_ends_it_above_the_limit_and_says_so(tmp_path: Path, heavy: subprocess.Popen[bytes]) -> None:
    done = beside(record(tmp_path, heavy.pid), 50 * MIB)
    assert heavy.wait(10) == -9
    said, _ = done.communicate(timeout=10)
    assert f"process {heavy.pid} had ".encode() in said
    assert f"more than {50 * MIB}".encode() in said


@pytest.mark.parametrize("gone", ["ended", "another"])
def test_beside_a_server_it_ends_with_it(tmp_path: Path, heavy: subprocess.Popen[bytes], gone: str) -> None:
    wall = beside(record(tmp_path, heavy.pid), 200 * MIB)
    time.sleep(1.5)
    assert wall.poll() is None
    if gone == "ended":
        heavy.kill()
        heavy.wait()
    else:
        record(tmp_path, os.getpid())
    assert wall.communicate(timeout=10)[0] == b""
    assert gone == "ended" or heavy.poll() is None


def beside(started: str, limit: int) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-S", "-I", memory_wall.__file__, started, str(limit)]
    return subprocess.Popen(words, stdout=subprocess.PIPE)


def until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline, f"not within 15 s: {what}"
        time.sleep(0.02)
