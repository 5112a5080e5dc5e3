"""The trial: the staged server is really started with the staged configuration, and nothing of it is left."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from msgstack.errors import MsgstackError
from msgstack.errors import PreflightError
from msgstack.nats.live.digest import file_digest
from msgstack.nats.live.digest import live_digest
from msgstack.nats.live.monitor import Monitor
from msgstack.nats.live.trial import TrialDriver
from msgstack.resource.kinds import Trial
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from servers import nats
from servers.nats import Place
from servers.nats import ignore
from servers.nats import wait

pytestmark = pytest.mark.live


@pytest.fixture
def staged(place: Place) -> Place:
    """A running server, and beside it a staged generation."""
    place.stage()
    return place


def trial(place: Place) -> Trial:
    return next(want for want in place.wants if isinstance(want, Trial))


def try_out(place: Place, want: Trial | None = None) -> None:
    TrialDriver(place.layout).change(Change(Action.CREATE, want or trial(place), Absent()), ignore)


def edit(place: Place, old: str, new: str) -> None:
    """Change the staged configuration."""
    path = place.layout.staging / "conf/nats-server.conf"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def started_in(place: Place) -> list[str]:
    """Servers that run from this place's staging."""
    needle, found = str(place.layout.staging).encode(), []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            if needle in path.read_bytes():
                found.append(path.parent.name)
    return found


def test_what_is_rendered_passes_beside_the_running_server(staged: Place) -> None:
    before = sorted(path.name for path in staged.layout.staging.iterdir())
    staged.apply()
    try_out(staged)
    assert sorted(path.name for path in staged.layout.staging.iterdir()) == before
    assert started_in(staged) == []
    assert staged.healthy()
    assert staged.apply() == []


def test_what_only_a_parser_refuses_is_told_in_its_words(staged: Place) -> None:
    edit(staged, "max_connections: 1000", "max_connexions: 1000")
    with pytest.raises(MsgstackError, match='unknown field "max_connexions"') as caught:
        try_out(staged)
    assert "does not accept" in caught.value.what


def test_what_only_a_start_shows_is_told_in_the_servers_words(staged: Place) -> None:
    """An account with more than the server has: `-t` passes it, the server dies of it."""
    edit(staged, "      max_file: ", "      max_file: 9")
    staging = staged.layout.staging
    file_digest(staging / "home/bin/nats-server", staging / "conf/nats-server.conf")  # raises nothing
    with pytest.raises(MsgstackError, match="insufficient storage resources available") as caught:
        try_out(staged)
    assert "what ran before runs on" in caught.value.fix
    assert not (staged.layout.staging / ".trial").exists()
    assert started_in(staged) == []


def test_a_server_that_runs_otherwise_than_configured_is_not_taken(staged: Place) -> None:
    want = replace(trial(staged), expects=(("max_payload", 1), ("jetstream.config.sync_always", True)))
    with pytest.raises(MsgstackError, match="^the server started aside.*: max_payload is 1048576, not 1$"):
        try_out(staged, want)
    assert started_in(staged) == []


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("sync_interval: always", 'sync_interval: "2m"', "jetstream.config.sync_always"),
        ("max_memory_store: 67108864", "max_memory_store: 67108865", "jetstream.config.max_memory"),
        ("max_pending: 8388608", "max_pending: 67108864", "max_pending"),
        ("max_subscriptions: 1000", "max_subscriptions: 0", "max_subscriptions"),
        ("max_connections: 1000", "max_connections: 2000", "max_connections"),
        ('server_name: "msgstack-nats"', 'server_name: "other"', "server_name"),
        ("system_account: SYS", "", "system_account"),
    ],
)
def test_each_thing_that_is_expected_can_fail(staged: Place, old: str, new: str, name: str) -> None:
    edit(staged, old, new)
    with pytest.raises(MsgstackError, match=name):
        try_out(staged)


def test_the_scratch_of_a_killed_run_goes_with_the_staging_and_its_server_ends(staged: Place) -> None:
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from msgstack.nats.live.aside import Aside\n"
        "from msgstack.nats.live.trial import derive\n"
        "staging = Path(sys.argv[1]); folder = staging / '.trial'\n"
        "with Aside(staging / 'home/bin/nats-server', derive(staging, folder), folder, {}) as aside:\n"
        "    aside.wait(lambda event: None)\n"
        "    print(aside._process.pid, flush=True)\n"
        "    signal.pause()\n"
    )
    command = (sys.executable, "-c", program, str(staged.layout.staging))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as run:
        assert run.stdout is not None
        server = int(run.stdout.readline())
        run.send_signal(signal.SIGKILL)
    wait(lambda: not runs(server))
    try_out(staged)


def runs(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_receipt_remembers_what_was_tried(staged: Place) -> None:
    want, driver = trial(staged), TrialDriver(staged.layout)
    assert isinstance(driver.observe(want), Absent)
    receipt = {"resources": [{"key": want.key, "state": want.state()}]}
    (staged.layout.current / "receipt.json").write_text(json.dumps(receipt))
    seen = driver.observe(want)
    assert isinstance(seen, Present)
    assert want.differences(seen.resource) == ()
    assert replace(want, revision="other").differences(seen.resource)


def test_a_store_that_has_run_alone_is_never_given_a_cluster(staged: Place) -> None:
    staged.apply()
    edit(staged, "# Accounts from", 'cluster { name: "c", listen: "127.0.0.1:0", routes: [] }\n# Accounts from')
    with pytest.raises(PreflightError, match="the server would delete the streams") as caught:
        try_out(staged)
    assert "empty store" in caught.value.fix
    assert staged.apply() == [], "the server that runs and its streams were not touched"


@pytest.mark.parametrize("version", [nats.NEWEST], indirect=True)
def test_the_live_digest_is_that_of_the_current_file(place: Place) -> None:
    monitor = Monitor(place.nats.monitor_port)
    server, configuration = (place.layout.current / name for name in ("home/bin/nats-server", "conf/nats-server.conf"))
    digest = file_digest(server, configuration)
    assert digest is not None
    assert digest.startswith("sha256:")
    assert live_digest(monitor) == digest
    configuration.write_text(configuration.read_text().replace("max_connections: 1000", "max_connections: 999"))
    assert file_digest(server, configuration) != live_digest(monitor)
    secret: Any = place.layout.secrets / "app.conf"
    secret.write_text('nats_app_password: "other"\n')
    assert file_digest(server, configuration) != digest, "what is included counts"


@pytest.mark.parametrize("version", [nats.OLDEST], indirect=True)
def test_before_2_11_there_is_no_digest(place: Place) -> None:
    server, configuration = (place.layout.current / name for name in ("home/bin/nats-server", "conf/nats-server.conf"))
    assert (file_digest(server, configuration), live_digest(Monitor(place.nats.monitor_port))) == (None, None)
