"""The last lines and what follows, across rotation by renaming and by emptying, several files merged by time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from msgstack.host.logs import BLOCK
from msgstack.host.logs import Line
from msgstack.host.logs import Logs
from msgstack.host.logs import last_lines
from msgstack.host.logs import when


@pytest.mark.parametrize(
    ("line", "same"),
    [
        (b"[12] 2026/11/23 14:36:34.5 [INF] ready", b"2026-11-23T14:36:34.5"),
        (b"2026-11-23 14:36:34,500 INFO ready", b"2026/11/23 14:36:34.500000"),
        (b"2026-11-23T14:36:34.123456789Z ready", b"2026-11-23T15:36:34.123456+01:00"),
        (b"2026-11-23T14:36:34Z", b"2026-11-23T09:06:34-0530"),
    ],
)
def test_times_of_all_servers_are_read(line: bytes, same: bytes) -> None:
    assert when(line) is not None
    assert when(line) == when(same)


@pytest.mark.parametrize(
    "line", [b"", b"no time", b"2026/13/45 99:99:99", b"goroutine 1 [running]:", b"x" * 90 + b"2026/11/23 14:36:34"]
)
def test_a_line_without_a_time_has_none(line: bytes) -> None:
    assert when(line) is None


def texts(lines: list[Line] | Iterator[Line]) -> list[str]:
    return [line.text for line in lines]


def one_look(logs: Logs) -> list[str]:
    """What a follower finds when it looks once."""
    answers = iter([False, True])
    return texts(logs.follow(lambda: next(answers), pause=0))


@pytest.mark.parametrize("lines", [0, 1, 3, 5, 6, 9])
def test_the_last_lines_reach_into_rotated_parts(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "nats.log"
    for age, (name, content) in enumerate([("nats.log.2026.11.23", "e\nf\n"), ("nats.log.2026.11.22", "c\nd\n")]):
        (tmp_path / name).write_text(content)
        import os

        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    path.write_text("g\n")
    assert last_lines(path, lines) == list("cdefg")[max(0, 5 - lines) :]


def test_a_long_file_is_read_from_its_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("".join(f"{number} {'x' * 1000}\n" for number in range(1000)))
    assert path.stat().st_size > 3 * BLOCK
    assert [line.split()[0] for line in last_lines(path, 200)] == [str(number) for number in range(800, 1000)]


def test_several_files_are_merged_by_time_and_continuations_stay_together(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("2026/11/23 10:00:00 a\n2026/11/23 10:00:02 panic\n  at x\n  at y\n")
    two.write_text("2026/11/23 10:00:01 b\n2026/11/23 10:00:03 c\n")
    logs = Logs([one, two])
    assert [text.split()[-1] for text in texts(logs.tail(10))] == ["a", "b", "panic", "x", "y", "c"]
    assert [text.split()[-1] for text in texts(Logs([one, two]).tail(2))] == ["y", "c"]


def test_following_goes_on_where_the_tail_ended(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("a\nb\nhal")
    logs = Logs([path])
    assert texts(logs.tail(1)) == ["b"]
    with path.open("a") as log:
        log.write("f\nc\nnext")
    assert one_look(logs) == ["half", "c"]
    assert one_look(logs) == []


def test_a_rotation_by_renaming_loses_no_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("a\n")
    logs = Logs([path])
    with path.open("a") as old:
        old.write("b\nunfinished")
        old.flush()
        path.rename(tmp_path / "log.1")
        path.write_text("c\n")
    assert one_look(logs) == ["b", "unfinished", "c"]


def test_a_file_that_is_emptied_or_appears_later_is_followed(tmp_path: Path) -> None:
    path, later = tmp_path / "log", tmp_path / "later"
    path.write_text("a long line\n")
    logs = Logs([path, later])
    path.write_text("b\n")
    later.write_text("c\n")
    assert sorted(one_look(logs)) == ["b", "c"]


def test_what_is_no_text_is_shown_nevertheless(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"\xff\xfe broken\n")
    assert last_lines(path, 1)[0].endswith(" broken")
