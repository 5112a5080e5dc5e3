"""From the first apply to the last byte purged: what a user does with a stack over its life."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from commandline.running import Done
from packaged import traced
from packaged.user import User

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


def touched(folder: Path) -> dict[str, tuple[int, ...]]:
    """Whatever changes when anything below `folder` is written, even the same bytes; without what the server writes."""
    found: dict[str, tuple[int, ...]] = {}
    for where, folders, files in os.walk(folder):
        if Path(where).name == "nats" and Path(where).parent == folder:
            folders[:] = [name for name in folders if name not in ("data", "log", "run")]
        for name in (*folders, *files):
            status = os.lstat(os.path.join(where, name))
            found[os.path.join(where, name)] = (status.st_ino, status.st_mode, status.st_mtime_ns, status.st_ctime_ns)
    return found


def held(somebody: User, stream: str) -> int:
    """How many messages the stream holds."""
    told: dict[str, Any] = json.loads(somebody.nats("stream", "info", stream, "--json"))
    return int(told["state"]["messages"])


def publish(somebody: User, subject: str, count: int) -> None:
    somebody.nats("pub", "--jetstream", "--quiet", "--count", str(count), subject, "message {{Count}}")


def test_the_second_apply_changes_nothing_and_writes_no_byte(somebody: User, tmp_path: Path) -> None:
    traced.need_strace()
    first = somebody.apply()
    assert first["changes"] == len(first["made"]) > 20
    before = touched(somebody.home)
    log = tmp_path / "calls"
    second = traced.run(somebody, log, somebody.command("nats-setup", "apply", "--yes", "--format", "json"))
    assert (second.json["changes"], second.json["plan"], second.json["made"]) == (0, [], [])
    assert traced.changes(log, somebody.root) == []
    assert touched(somebody.home) == before


def test_what_is_installed_proves_itself(installed: User) -> None:
    told = installed.verify()
    assert told["schema_version"] == 1
    assert len({check["id"] for check in told["checks"]}) == len(told["checks"]) > 20
    for check in told["checks"]:
        assert {"id", "component", "status", "duration_s", "evidence"} <= check.keys()
        assert check["component"] == "nats" and check["evidence"], check
    assert told["summary"]["pass"] == len(told["checks"])


def test_status_tells_what_runs(installed: User) -> None:
    told = installed.setup("status", "--format", "json").json
    assert (told["schema_version"], told["state"], told["generation"]) == (1, "running", 1)
    assert told["service"]["pid"] in installed.processes()
    shown = installed.setup("status")
    assert (shown.code, shown.err) == (0, "")
    assert f"nats://127.0.0.1:{installed.port}" in shown.out and str(installed.root) in shown.out


def test_stop_start_restart(installed: User) -> None:
    first = installed.server
    assert installed.setup("stop").code == 0
    stopped = installed.setup("status", "--format", "json")
    assert (stopped.code, stopped.json["state"]) == (10, "stopped")
    assert installed.processes() == {}, "nothing runs for a stack that is stopped, its supervisor neither"
    assert installed.setup("start").code == 0
    second = installed.server
    assert installed.setup("start").code == 0 and installed.server == second, "what runs is left as it is"
    assert installed.setup("restart").code == 0
    assert len({first, second, installed.server}) == 3
    assert installed.setup("plan", "--detailed-exitcode").code == 0, "none of this is a difference to the stack file"


def test_a_stream_that_was_changed_by_hand_is_shown_and_mended(installed: User) -> None:
    publish(installed, "events.test", 5)
    installed.nats("stream", "edit", "EVENTS", "--force", "--max-msgs=77", "--description=by hand")
    plan = installed.setup("plan", "--detailed-exitcode")
    assert plan.code == 20
    assert "~ nats/stream/EVENTS" in plan.out and "77" in plan.out and "by hand" in plan.out
    assert plan.out.rstrip().endswith("1 change: 1 to update.")
    pid = installed.server
    assert [one["key"] for one in installed.apply()["made"]] == ["nats/stream/EVENTS"]
    assert installed.setup("plan", "--detailed-exitcode").code == 0
    assert (held(installed, "EVENTS"), installed.server) == (5, pid), "neither messages nor the server were touched"


def test_a_changed_limit_is_shown_as_a_diff_and_in_use_after_apply(installed: User) -> None:
    installed.write('[nats.limits]\nmax_payload = "2MiB"')
    plan = installed.setup("plan")
    assert "~ nats/file/conf/nats-server.conf" in plan.out
    assert "    -max_payload: 1048576" in plan.out and "    +max_payload: 2097152" in plan.out
    pid = installed.server
    made = [one["key"] for one in installed.apply()["made"]]
    assert "nats/service/supervisord" in made and "nats/tree/nats-server" not in made
    assert installed.server != pid
    told = installed.setup("status", "--format", "json").json
    assert told["generation"] == 2
    assert installed.verify()["summary"]["fail"] == 0


STREAM = '[nats.streams.{name}]\nsubjects = ["{name}.>"]\nmax_bytes = "1MiB"\n'


def test_a_stream_that_left_the_stack_file_is_kept_until_pruned(somebody: User) -> None:
    somebody.write(STREAM.format(name="ONE") + STREAM.format(name="TWO"))
    somebody.apply()
    publish(somebody, "TWO.a", 3)
    somebody.write(STREAM.format(name="ONE"))
    shown = somebody.setup("apply", "--yes")
    assert shown.code == 0 and "Kept" in shown.err and "  nats/stream/TWO" in shown.err
    assert held(somebody, "TWO") == 3
    assert [one["key"] for one in somebody.apply("--prune", "nats/stream/TWO")["made"]][-1] == "nats/stream/TWO"
    assert "TWO" not in somebody.nats("stream", "ls", "--names").split()
    assert somebody.setup("plan", "--detailed-exitcode").code == 0


def test_a_password_keeps_every_stream(installed: User) -> None:
    publish(installed, "events.test", 4)
    installed.write('authentication = "password"')
    installed.apply()
    assert held(installed, "EVENTS") == 4, "the context of the command line has the password"
    assert installed.verify()["summary"]["fail"] == 0
    server = f"nats://127.0.0.1:{installed.port}"
    nobody = installed.run([str(installed.root / "nats/current/cli/bin/nats"), "--server", server, "rtt"], HOME="/none")
    assert "Authorization Violation" in nobody.err
    secret = (installed.root / "secrets/nats/app.conf").read_text().split('"')[1]
    for path in installed.root.rglob("*"):
        if path.is_file() and not path.is_symlink() and "secrets" not in path.parts and path.stat().st_size < 1 << 20:
            assert secret not in path.read_text(errors="replace"), path


def test_uninstall_leaves_the_host_as_it_was_but_for_data(somebody: User) -> None:
    before = everything(somebody.home)
    somebody.apply()
    publish(somebody, "events.test", 6)
    done = somebody.setup("uninstall", "--yes")
    assert done.code == 0, done.err
    assert "Kept" in done.out and somebody.processes() == {}
    left = {path.relative_to(somebody.root).parts[:2] for path in somebody.root.rglob("*") if path.is_file()}
    assert left <= {("nats", "data"), ("nats", "log"), ("nats", "run"), ("nats", "kept.json"), ("secrets", "nats"),
                    (".folders",), (".lock",)}  # fmt: skip
    assert everything(somebody.home, but=somebody.root) == before
    somebody.apply()
    assert held(somebody, "EVENTS") == 6, "a later apply finds the messages again"


def test_purge_names_what_goes_and_leaves_nothing(somebody: User) -> None:
    before = everything(somebody.home)
    somebody.apply()
    publish(somebody, "events.test", 6)
    asked = somebody.setup("uninstall", "--purge")
    assert asked.code == 2 and "--yes" in asked.err
    assert f"- nats/directory/data  {somebody.root}/nats/data — " in asked.err and "KiB" in asked.err
    done: Done = somebody.setup("uninstall", "--purge", "--yes")
    assert done.code == 0, done.err
    assert everything(somebody.home) == before
    assert somebody.processes() == {}


def everything(home: Path, but: Path | None = None) -> list[str]:
    """Every path of the home, without those that lie in `but` or lead to it."""
    paths = (path for path in home.rglob("*"))
    return sorted(str(path) for path in paths if not but or not (path.is_relative_to(but) or but.is_relative_to(path)))
