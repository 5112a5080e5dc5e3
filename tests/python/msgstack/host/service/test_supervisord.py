"""The embedded supervisor, really run: it outlives its starter, keeps its server going, and leaves nothing."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from msgstack.errors import MsgstackError
from msgstack.host.process import alive
from msgstack.host.process import resident
from msgstack.host.service.driver import record
from msgstack.resource.event import Note
from msgstack.resource.event import Warned
from msgstack.resource.kinds import Service
from msgstack.resource.model import Absent
from msgstack.resource.model import Present
from msgstack.service.spec import Ready
from msgstack.service.supervisord import supervise_path
from services.install import Install
from services.install import kill
from services.install import until


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Install]:
    """Paths with blanks and quotes, and longer than a socket's may be."""
    install = Install(tmp_path / ("it's 100% long " + "x" * 80) / "root")
    yield install
    with suppress(MsgstackError):
        install.driver.stop(install.want(), lambda event: None)
    pid = supervisor(install)
    if pid is not None and alive(pid):
        kill(pid)


def supervisor(install: Install) -> int | None:
    with suppress(OSError, ValueError):
        return int((install.root / "supervisor/run/supervisord.pid").read_text())
    return None


def test_it_is_installed_started_and_found_unchanged(installed: Install) -> None:
    want = installed.want()
    assert installed.apply(want) == ("absent",)
    process = installed.driver.process(want)
    assert (process.pid, process.with_host) == (installed.pid(want), False)
    assert installed.apply(want) == ()


def test_the_line_for_the_crontab_starts_it(installed: Install) -> None:
    """cron cuts the line at the first % without a backslash, takes the backslashes away, and gives the rest to sh."""
    want = installed.want()
    installed.apply(want)
    installed.driver.stop(want, installed.said.append)
    (hint,) = [event for event in installed.said if isinstance(event, Warned)]
    command = hint.fix.partition("@reboot ")[2]
    as_cron_reads = re.split(r"(?<!\\)%", command)[0].replace(r"\%", "%")
    subprocess.run(["sh", "-c", as_cron_reads], check=True, timeout=30, stdin=subprocess.DEVNULL)
    until(lambda: installed.driver.process(want).running, "the server runs")


def test_it_has_no_terminal_and_a_session_of_its_own(installed: Install) -> None:
    installed.apply(installed.want())
    pid = supervisor(installed)
    assert pid is not None
    assert os.getsid(pid) != os.getsid(0)
    terminal = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[4])
    assert terminal == 0
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert {entry.split(b"=")[0] for entry in environment.split(b"\0") if entry} <= {
        b"PATH",
        b"MSGSTACK_AUTOSTART",
        b"LC_CTYPE",
    }


def test_a_new_revision_restarts_the_server_and_not_the_supervisor(installed: Install) -> None:
    old = installed.want()
    installed.apply(old)
    before = (supervisor(installed), installed.pid(old))
    new = installed.want("r2")
    assert installed.apply(new) == ("it runs from an older configuration",)
    assert supervisor(installed) == before[0]
    assert installed.pid(new) != before[1]
    assert not alive(before[1])


def test_another_definition_is_taken_over(installed: Install) -> None:
    installed.apply(installed.want())
    want = installed.want(memory_max=400_000_000)
    assert "its definition differs" in installed.apply(want)
    assert installed.apply(want) == ()


def test_a_definition_that_was_written_but_not_loaded_is_loaded_by_the_next_run(installed: Install) -> None:
    installed.apply(installed.want())
    want = installed.want(memory_max=400_000_000)
    for path, text in want.definition:
        path.write_text(text)
    assert installed.apply(want) == ("it was started by an older definition",)
    assert installed.apply(want) == ()


def test_a_killed_server_comes_back_also_when_it_crashes_again_and_again(installed: Install) -> None:
    want = installed.want()
    installed.apply(want)
    for _ in range(2):
        pid = installed.pid(want)
        kill(pid)
        until(partial(_runs_as_another_than, installed, want, pid), "it is back")
    installed.temper("crash")
    kill(installed.pid(want))
    until(lambda: getattr(record(want), "quick", 0) >= 5, "it is tried again and again", 30)
    installed.temper("")
    until(lambda: alive(installed.pid(want)) and installed.driver.process(want).running, "it is back", 30)


def _runs_as_another_than(installed: Install, want: Service, pid: int) -> bool:
    return installed.pid(want) != pid and installed.driver.process(want).running


def test_a_server_above_its_memory_is_killed_and_started_again(installed: Install) -> None:
    want = installed.want(memory_max=100 * 2**20)
    installed.apply(want)
    first = installed.pid(want)
    installed.temper("grow")
    kill(first)
    until(lambda: installed.pid(want) != first, "it is back")
    heavy = installed.pid(want)
    until(lambda: (resident(heavy) or 0) > 150 * 2**20 or not alive(heavy), "it has grown")
    installed.temper("")
    until(lambda: not alive(heavy), "the wall has killed it")
    until(lambda: installed.driver.process(want).running and installed.pid(want) != heavy, "it is back")


def test_stop_of_the_last_service_stops_the_supervisor_and_start_starts_both(installed: Install) -> None:
    want = installed.want()
    installed.apply(want)
    server, daemon = installed.pid(want), supervisor(installed)
    installed.driver.stop(want, installed.said.append)
    assert daemon is not None
    assert not alive(server)
    assert not alive(daemon)
    seen = installed.driver.observe(want)
    assert isinstance(seen, Present)
    assert want.differences(seen.resource) == ("it is stopped",)
    installed.driver.start(want, installed.said.append)
    assert installed.apply(want) == ()


def test_its_script_alone_starts_everything_as_after_a_reboot(installed: Install) -> None:
    want = installed.want()
    installed.apply(want)
    installed.driver.stop(want, installed.said.append)
    want.spec.started.unlink()
    subprocess.run([supervise_path(want.spec)], check=True, timeout=30, stdin=subprocess.DEVNULL)
    until(lambda: record(want) is not None and installed.driver.process(want).running, "the server runs")
    installed.driver.restart(want, installed.said.append)
    assert installed.apply(want) == ()


def test_a_server_that_outlived_its_supervisor_is_found_and_replaced(installed: Install) -> None:
    want = installed.want()
    installed.apply(want)
    orphan, daemon = installed.pid(want), supervisor(installed)
    assert daemon is not None
    kill(daemon)
    until(lambda: not alive(daemon), "the supervisor is dead")
    assert alive(orphan)
    assert installed.driver.process(want).detail == f"the supervisor is not running, but process {orphan} still runs"
    assert installed.apply(want) == ("it is stopped",)
    assert not alive(orphan)
    assert installed.apply(want) == ()
    assert any(isinstance(event, Note) and str(orphan) in event.text for event in installed.said)


def test_a_deaf_server_is_ended_within_its_stop_time(installed: Install) -> None:
    want = installed.want(stop_seconds=1)
    installed.apply(want)
    installed.temper("deaf")
    installed.driver.restart(want, installed.said.append)
    deaf, began = installed.pid(want), time.monotonic()
    time.sleep(0.2)  # until it has become deaf
    installed.driver.stop(want, installed.said.append)
    assert not alive(deaf)
    assert time.monotonic() - began < 6


@pytest.mark.parametrize(
    ("temper", "why"), [("crash", "it ended 3 times"), ("silent", "did not answer 200 within 2 s")]
)
def test_an_error_shows_what_the_server_said(installed: Install, temper: str, why: str) -> None:
    want = installed.want(
        ready=Ready(url=f"http://127.0.0.1:{installed.port}/healthz", seconds=20 if temper == "crash" else 2)
    )
    installed.temper(temper)
    with pytest.raises(MsgstackError) as failed:
        installed.apply(want)
    assert why in failed.value.why
    assert "the server's own words" in failed.value.why


def test_two_components_share_a_supervisor_and_leave_each_other_alone(installed: Install) -> None:
    other = Install(installed.root, component="pulsar")
    mine, others = installed.want(), other.want()
    installed.apply(mine)
    other.apply(others)
    daemon, pid = supervisor(installed), installed.pid(mine)
    assert daemon is not None
    other.driver.stop(others, other.said.append)
    assert alive(daemon)
    assert installed.pid(mine) == pid
    assert installed.apply(mine) == ()
    installed.remove(mine)
    assert not alive(daemon)
    other.apply(others)
    other.remove(others)
    assert not (installed.root / "supervisor").exists()


def test_uninstall_leaves_nothing_of_it(installed: Install) -> None:
    want = installed.want()
    installed.apply(want)
    server, daemon = installed.pid(want), supervisor(installed)
    installed.remove(want)
    assert daemon is not None
    assert not alive(server)
    assert not alive(daemon)
    assert not (installed.root / "supervisor").exists()
    assert isinstance(installed.driver.observe(want), Absent)
    installed.remove(want)


def test_another_stacks_definition_is_refused_and_never_removed(installed: Install) -> None:
    want = installed.want()
    path = want.definition[0][0]
    path.parent.mkdir(parents=True)
    path.write_text("; my own\n[program:x]\ncommand = /bin/true\n")
    seen = installed.driver.observe(want)
    assert isinstance(seen, Present)
    assert "my own" in (want.refusal(seen.resource) or "")
    with pytest.raises(MsgstackError, match="my own"):
        installed.apply(want)
    installed.driver._remove(want, installed.said.append)
    assert "my own" in path.read_text()
