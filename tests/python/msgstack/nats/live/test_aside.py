"""A server that is tried aside and never becomes healthy: its wait is told of, ended by Ctrl-C, and leaves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from interrupting import ended_by_ctrl_c
from msgstack.host.process import alive
from msgstack.nats.live.aside import Aside
from msgstack.resource.event import Progress
from msgstack.resource.event import Say

SLOW = """#!/bin/sh
{trap}
echo $$ > "{folder}/pid"
while :; do sleep 0.1; done
"""


@pytest.mark.parametrize("trap", ["", "trap '' TERM"], ids=["slow", "deaf"])
def test_ctrl_c_while_it_is_not_healthy_yet(trap: str, tmp_path: Path) -> None:
    server = tmp_path / "server"
    server.write_text(SLOW.format(trap=trap, folder=tmp_path))
    server.chmod(0o755)

    def try_out(say: Say) -> None:
        with Aside(server, tmp_path / "conf", tmp_path, {}) as aside:
            aside.wait(say)

    error, told = ended_by_ctrl_c(try_out)
    assert error.why == "at: waiting for the server that is tried aside"
    assert told[0] == Progress("waiting for the server that is tried aside", 0, 30, "s")
    assert not alive(int((tmp_path / "pid").read_text()))
