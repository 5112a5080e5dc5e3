"""The whole way on this host, with a real server: installed, changed, stopped, looked at, taken away."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import live_cache
from commandline.running import Done
from commandline.running import User
from commandline.running import shape
from commandline.running import user
from msgstack.errors import Exit
from msgstack.host.lock import held
from services.install import until

pytestmark = [pytest.mark.live, pytest.mark.timeout(1500)]
SHAPES = json.loads((Path(__file__).parent / "cases" / "shapes.json").read_text())


@pytest.fixture(scope="module")
def somebody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[User]:
    """A user with NATS installed, under whatever this host has to run it; all of it goes at the end."""
    there = user(tmp_path_factory.mktemp("somebody") / "home", cache=live_cache.root())
    try:
        done = there.run("apply", "--yes", "--stack", str(there.stack), "--format", "json")
        assert done.code == Exit.OK, done.err
        assert done.json["changes"] == len(done.json["made"]) > 20
        assert shape(done.json) == SHAPES["apply"]
        yield there
    finally:
        there.run("uninstall", "--yes", "--purge")


def state(done: Done) -> tuple[int, str]:
    return done.code, str(done.json["state"])


def tree(folder: Path) -> dict[str, tuple[int, int]]:
    """What is in a folder, with the time of the last change and the inode; what the running server writes aside."""
    own = [folder / "nats" / "data", folder / "nats" / "log", folder / "nats" / "run", folder / "supervisor"]
    found = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        if not any(path.is_relative_to(one) for one in own):
            status = path.lstat()
            found[str(path)] = (status.st_mtime_ns, status.st_ino)
    return found


def test_a_second_apply_changes_nothing_and_writes_nothing(somebody: User) -> None:
    before = tree(somebody.root)
    done = somebody.run("apply", "--yes", "--format", "json")
    assert (done.code, done.json["changes"], done.json["plan"]) == (Exit.OK, 0, [])
    assert done.json["stack"] == "the stack file of the current generation"
    assert tree(somebody.root) == before


def test_who_waits_makes_the_changes_that_there_are_then(somebody: User) -> None:
    before, at_last = somebody.root / "bin" / "nats", somebody.root / "bin" / "nats-server"
    before.unlink()
    with held(somebody.root):
        waiting = somebody.begin("apply", "--yes", "--wait", "60", until="1 to create")
        at_last.unlink()
    _, err = waiting.communicate(timeout=60)
    assert waiting.returncode == Exit.OK, err
    assert re.search(r"The host changed meanwhile.*nats/bin/nats-server", err, re.DOTALL), err
    assert before.exists() and at_last.exists()


def test_who_waits_for_all_of_it_has_nothing_to_do(somebody: User) -> None:
    wrapper = somebody.root / "bin" / "nats"
    text, mode = wrapper.read_text(), wrapper.stat().st_mode
    wrapper.unlink()
    with held(somebody.root):
        waiting = somebody.begin("apply", "--yes", "--wait", "60", until="1 to create")
        wrapper.write_text(text)
        wrapper.chmod(mode)
    out, err = waiting.communicate(timeout=60)
    assert waiting.returncode == Exit.OK, err
    assert out.startswith("0 changes")


def test_nobody_has_to_say_yes_to_nothing(somebody: User) -> None:
    done = somebody.run("apply")
    assert done.code == Exit.OK
    assert done.out.startswith("0 changes: this host is as the stack file of the current generation says.\n")


def test_status(somebody: User) -> None:
    done = somebody.run("status", "--format", "json")
    assert state(done) == (Exit.OK, "running")
    assert shape(done.json) == SHAPES["status"]
    shown = somebody.run("status").out
    assert shown.startswith("✓ NATS 2.")
    assert str(somebody.root / "nats" / "data") in shown


def test_what_the_report_says_to_try_works(somebody: User) -> None:
    done = somebody.run("apply")
    (line,) = [line for line in done.out.splitlines() if "send a message" in line]
    words = line.replace("send a message", "").split()
    assert Path(words[0]).is_relative_to(somebody.root)
    assert subprocess.run(words, env=somebody.env, capture_output=True, check=False).returncode == 0


def test_stop_start_restart(somebody: User) -> None:
    assert somebody.run("stop").code == Exit.OK
    assert state(somebody.run("status", "--format", "json")) == (Exit.CHECK_FAILED, "stopped")
    plan = somebody.run("plan")
    assert "— it is stopped" in plan.out
    assert "? nats/stream/TASKS" in plan.out
    first = somebody.run("start", "--format", "json")
    assert state(first) == (Exit.OK, "running")
    again = somebody.run("start", "--format", "json")
    assert again.json["service"]["pid"] == first.json["service"]["pid"]
    other = somebody.run("restart", "--format", "json")
    assert state(other) == (Exit.OK, "running")
    assert other.json["service"]["pid"] != first.json["service"]["pid"]


def test_a_stopped_server_is_started_by_apply(somebody: User) -> None:
    somebody.run("stop")
    done = somebody.run("apply", "--yes", "--format", "json")
    assert done.json["changes"] == len(done.json["made"]) >= 1
    assert done.json["status"]["state"] == "running"


def test_logs(somebody: User) -> None:
    assert "Server is ready" in somebody.run("logs").out
    assert len(somebody.run("logs", "-n", "1").out.splitlines()) == 1
    assert shape(somebody.run("logs", "--format", "json").json) == SHAPES["logs"]
    with subprocess.Popen(
        somebody.command("logs", "-f", "-n", "0"), env=somebody.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as follower:
        assert follower.stdout is not None
        assert follower.stderr is not None
        somebody.run("restart")
        assert follower.stdout.readline()
        follower.send_signal(signal.SIGINT)
        assert follower.wait(timeout=30) == Exit.INTERRUPTED
        assert b"Traceback" not in follower.stderr.read()


def test_a_changed_stack_file_is_a_diff_and_then_a_generation(somebody: User) -> None:
    changed = somebody.home / "changed.toml"
    changed.write_text(somebody.stack.read_text() + "limits.max_connections = 123\n")
    plan = somebody.run("plan", "--stack", str(changed))
    assert "    +max_connections: 123" in plan.out
    assert "~ nats/generation" in plan.out
    before = somebody.run("status", "--format", "json").json["generation"]
    done = somebody.run("apply", "--yes", "--stack", str(changed), "--format", "json")
    assert done.code == Exit.OK, done.err
    assert done.json["status"]["generation"] == before + 1
    assert somebody.run("plan", "--detailed-exitcode").code == Exit.OK
    assert somebody.run("apply", "--yes", "--stack", str(somebody.stack)).code == Exit.OK


def test_a_stream_that_left_the_stack_file_is_kept_until_it_is_named(somebody: User) -> None:
    fewer = somebody.home / "fewer.toml"
    fewer.write_text(somebody.stack.read_text() + "[nats.streams.ONLY]\n")
    done = somebody.run("apply", "--yes", "--stack", str(fewer), "--format", "json")
    assert done.code == Exit.OK, done.err
    assert "nats/stream/EVENTS" in done.json["unmanaged"]
    wrong = somebody.run("apply", "--yes", "--prune", "nats/stream/NONE")
    assert wrong.code == Exit.USAGE
    pruned = somebody.run("apply", "--yes", "--prune", "nats/stream/EVENTS", "--format", "json")
    assert [made["action"] for made in pruned.json["made"] if made["key"] == "nats/stream/EVENTS"] == ["delete"]
    assert "nats/stream/EVENTS" not in somebody.run("plan", "--format", "json").json["unmanaged"]
    assert somebody.run("apply", "--yes", "--stack", str(somebody.stack)).code == Exit.OK


def test_another_mode_or_instance_is_another_installation(somebody: User) -> None:
    done = somebody.run("apply", "--yes", "--mode", "system", "--root", str(somebody.root))
    assert done.code == Exit.USAGE
    assert "is installed in user mode, not in system mode" in done.err
    other = somebody.home / "other.toml"
    other.write_text('instance = "other"\n')
    done = somebody.run("apply", "--yes", "--stack", str(other), "--root", str(somebody.root))
    assert done.code == Exit.USAGE
    assert 'holds the instance "default"' in done.err


def test_a_run_that_is_stopped_goes_on_with_the_same_command(somebody: User) -> None:
    changed = somebody.home / "stopped.toml"
    changed.write_text(somebody.stack.read_text() + "limits.max_connections = 77\n")
    words = ("apply", "--yes", "--stack", str(changed))
    with subprocess.Popen(
        somebody.command(*words), env=somebody.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stderr is not None
        shown = next(line for line in program.stderr if line.startswith("✓"))
        program.send_signal(signal.SIGINT)
        shown += program.stderr.read()
        assert program.wait(timeout=60) == Exit.INTERRUPTED, shown
    assert "Stopping at the next safe point" in shown
    assert "run the same command again to go on" in shown
    assert "Traceback" not in shown
    assert somebody.run(*words).code == Exit.OK
    assert somebody.run("plan", "--detailed-exitcode").code == Exit.OK
    assert somebody.run("apply", "--yes", "--stack", str(somebody.stack)).code == Exit.OK


def test_ctrl_c_while_a_start_does_not_end(somebody: User) -> None:
    """What is started here never serves."""
    script = somebody.root / "nats" / "current" / "service" / "run"
    text, begun = script.read_text(), somebody.home / "begun"
    script.chmod(0o755)
    try:
        script.write_text(f"#!/bin/sh\ntouch '{begun}'\nexec sleep 1000\n")
        with subprocess.Popen(
            somebody.command("restart"), env=somebody.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as program:
            until(begun.exists, "it is started")
            program.send_signal(signal.SIGINT)
            began = time.monotonic()
            _, shown = program.communicate(timeout=60)
        assert (program.returncode, time.monotonic() - began < 3) == (Exit.INTERRUPTED, True), shown
        assert "was started, and is left as it is: it does not serve yet" in shown
        assert "run the same command again" in shown
    finally:
        script.write_text(text)
        begun.unlink(missing_ok=True)
        somebody.run("restart")
    assert state(somebody.run("status", "--format", "json")) == (Exit.OK, "running")


def test_data_outlives_an_uninstall(somebody: User) -> None:
    done = somebody.run("uninstall", "--yes")
    assert done.code == Exit.OK, done.err
    assert "NATS is uninstalled." in done.out
    assert "nats/directory/data" in done.err
    assert f"rm -rf {somebody.env['MSGSTACK_CACHE']}" in done.err
    assert (somebody.root / "nats" / "data" / "jetstream").is_dir()
    assert not (somebody.root / "bin").exists()
    again = somebody.run("apply", "--yes", "--stack", str(somebody.stack), "--format", "json")
    assert again.code == Exit.OK, again.err
    made = {made["key"] for made in again.json["made"]}
    assert "nats/stream/TASKS" not in made, "the stream and its messages were there"
    assert "nats/secret/app" not in made


def test_a_purge_names_what_it_deletes_and_leaves_nothing(somebody: User) -> None:
    asked = somebody.run("uninstall", "--purge")
    assert asked.code == Exit.USAGE
    assert re.search(rf"- nats/directory/data  {somebody.root}/nats/data — [\d.]+ [KM]iB\n", asked.err)
    done = somebody.run("uninstall", "--purge", "--yes", "--format", "json")
    assert done.code == Exit.OK, done.err
    assert shape(done.json) == SHAPES["uninstall"]
    assert not somebody.root.exists()
    left = [path for path in somebody.home.rglob("*") if path.is_file() and path.suffix != ".toml"]
    assert left == []
    assert os.listdir(somebody.home / ".local" / "share") == [] if (somebody.home / ".local").exists() else True
