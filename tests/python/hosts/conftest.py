"""Hosts for the tests in this folder; a machine that can't carry them says why."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import live_cache
import programs
from hosts.harness.host import Host
from hosts.harness.host import NewHost
from hosts.harness.image import image
from hosts.harness.network import Lan
from hosts.harness.preflight import why_not
from hosts.installed import PROGRAMS


@pytest.fixture(scope="session")
def able() -> None:
    """This machine can carry hosts; the tests that need one are skipped with the reason when it can't."""
    reason = why_not()
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def root(able: None) -> Path:
    """The shared Debian root, built on first use."""
    return image()


@pytest.fixture
def lan(root: Path) -> Iterator[Lan]:
    """A network that only this test's hosts are in."""
    with Lan() as lan:
        yield lan


@pytest.fixture
def new_host(root: Path, lan: Lan, tmp_path: Path) -> Iterator[NewHost]:
    """Boots a host of that name; whatever the test leaves running is gone afterwards."""
    with ExitStack() as hosts:
        yield lambda name: hosts.enter_context(Host(name, root, tmp_path / name, lan))


@pytest.fixture(scope="session")
def pex() -> dict[str, Path]:
    """The packaged programs."""
    return {name: programs.path(name) for name in PROGRAMS}


@pytest.fixture(scope="session")
def files(pex: dict[str, Path], root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `nats-setup fetch` fills for a host without a network."""
    into = tmp_path_factory.mktemp("files")
    env = {**os.environ, "MSGSTACK_CACHE": str(live_cache.root())}
    done = subprocess.run(
        (str(pex["nats-setup"]), "fetch", "--into", str(into)), env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return into
