"""The nats command line that was installed: what verify says of its contexts, and the documented backup."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import tree
from packaged.user import User

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]


def edited(**values: object) -> Callable[[Path], None]:
    """What somebody's editor leaves."""

    def change(context: Path) -> None:
        told: dict[str, Any] = json.loads(context.read_text())
        context.write_text(json.dumps(told | values))

    return change


def test_verify_finds_contexts_that_are_wrong(somebody: User) -> None:
    """Each alone; the right ones again after it."""
    somebody.write('authentication = "password"')
    somebody.apply()
    folder = somebody.home / ".config/nats/context"
    nowhere = f"nats://127.0.0.1:{somebody.monitor_port}"
    for context, break_it, says in (
        ("msgstack", edited(url=nowhere), "nats --context msgstack "),
        ("msgstack", edited(password="guessed"), "Authorization Violation"),
        ("msgstack.sys", edited(user="app"), "Authorization Violation"),
        ("msgstack.sys", Path.unlink, "nats --context msgstack.sys "),
        ("msgstack", lambda path: path.chmod(0o644), "mode is 0644"),
    ):
        path = folder / f"{context}.json"
        break_it(path)
        done = somebody.run(somebody.command("verify", "run", "--format", "json", "--only", "nats.contexts"))
        (check,) = [one for one in done.json["checks"] if one["id"] == "nats.contexts"]
        assert (done.code, check["status"]) == (10, "fail"), says
        assert says in json.dumps(check), says
        assert [one["key"] for one in somebody.apply()["made"]] == [f"nats/context/{context}"], says
    assert somebody.verify()["summary"]["fail"] == 0


def blocks(title: str) -> list[str]:
    """The shell blocks of one section of the operations guide."""
    guide = (tree.ROOT / "docs/operations.md").read_text(encoding="utf-8")
    section = guide.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


def test_the_documented_backup_brings_everything_back_on_a_new_installation(installed: User) -> None:
    back_up, restore = (
        block.replace("ROOT", str(installed.root)).replace("FOLDER", str(installed.home / "copy"))
        for block in blocks("Back up and restore")
    )
    installed.nats("pub", "--jetstream", "--quiet", "--count", "5", "events.test", "message {{Count}}")
    installed.nats("pub", "--jetstream", "--quiet", "--count", "3", "tasks.test", "task {{Count}}")
    installed.nats("kv", "put", "settings", "colour", "blue")
    assert installed.run(["sh", "-ec", back_up]).code == 0
    assert installed.setup("uninstall", "--purge", "--yes").code == 0
    installed.apply()
    done = installed.run(["sh", "-ec", restore])
    assert done.code == 0, done.out + done.err
    assert "deprecated" not in done.out + done.err
    assert "message 3" in installed.nats("stream", "get", "EVENTS", "3")
    assert "task 1" in installed.nats("consumer", "next", "TASKS", "workers", "--ack")
    assert installed.nats("kv", "get", "settings", "colour", "--raw").strip() == "blue"
    assert installed.setup("plan", "--detailed-exitcode").code == 0
