"""Driver of the trial: the staged configuration is read, and then really run, by the staged server, aside.

`nats-server -t` only parses: it passes limits that the server dies of at its start. So the server is also started,
with the staged file changed in one line, its store, and given spare ports by its own command line. All of it lies
below `.staging`, where whatever a killed run leaves is removed by the next.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from typing import Final

from msgstack.errors import MsgstackError
from msgstack.nats import names
from msgstack.nats.live.aside import Aside
from msgstack.nats.live.digest import file_digest
from msgstack.nats.live.store import refuse_cluster
from msgstack.nats.render import quoted
from msgstack.resource.event import Say
from msgstack.resource.kinds import Trial
from msgstack.resource.layout import Layout
from msgstack.resource.model import Absent
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from msgstack.resource.model import Seen

FOLDER: Final = ".trial"
STORE_LINE: Final = re.compile(r'^  store_dir: ".*"$', re.MULTILINE)


class TrialDriver:
    """Tries what is staged below `layout`."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def observe(self, want: Trial) -> Seen[Trial]:
        """The revision that the current generation was tried with, from its receipt."""
        try:
            receipt = json.loads((self._layout.current / "receipt.json").read_text(encoding="utf-8"))
            states = {one["key"]: one["state"] for one in receipt["resources"]}
            return Present(Trial(key=want.key, needs=want.needs, revision=states[want.key]["revision"]))
        except (OSError, ValueError, KeyError, TypeError):
            return Absent()

    def change(self, change: Change[Trial], say: Say) -> None:
        staging = self._layout.staging
        configuration = staging / names.CONFIGURATION
        refuse_cluster(configuration.read_text(encoding="utf-8"), self._layout.data)
        file_digest(staging / names.SERVER, configuration)
        folder = staging / FOLDER
        shutil.rmtree(folder, ignore_errors=True)
        try:
            try_out(staging, folder, change.resource, say)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def try_out(staging: Path, folder: Path, trial: Trial, say: Say) -> None:
    """Start the staged server on a scratch store in `folder`, and hold what it says of itself against `trial`."""
    configuration = derive(staging, folder)
    server = staging / names.SERVER
    digest = file_digest(server, configuration)
    with Aside(server, configuration, folder, dict(trial.environment)) as aside:
        report = aside.wait(say)
    compare(report, (*trial.expects, *((("config_digest", digest),) if digest else ())))


def derive(staging: Path, folder: Path) -> Path:
    """The staged configuration with its store in `folder`, in a place where its includes are found."""
    text = (staging / names.CONFIGURATION).read_text(encoding="utf-8")
    line = f"  store_dir: {quoted(folder / 'data')}"
    derived, count = STORE_LINE.subn(lambda _: line, text)
    if count != 1:
        raise MsgstackError(f"{names.CONFIGURATION} has {count} lines with a store_dir", "it takes one", "")
    path = folder / names.CONFIGURATION
    path.parent.mkdir(parents=True)
    path.write_text(derived, encoding="utf-8")
    (folder / "secrets").symlink_to("../secrets")
    return path


def compare(report: Mapping[str, Any], expects: tuple[tuple[str, str | int | bool], ...]) -> None:
    """Raise MsgstackError if the server's report (/varz) is not what its configuration asks for."""
    wrong = [f"{name} is {said(report, name)!r}, not {want!r}" for name, want in expects if said(report, name) != want]
    if wrong:
        raise MsgstackError(
            "the server started aside, but not as it is configured",
            "; ".join(wrong),
            "try another nats.version; the keys of the stack file and the server's release notes tell the rest",
        )


def said(report: Mapping[str, Any], name: str) -> Any:
    """The value at a dotted name of the report; False and 0 are left out by the server."""
    value: Any = report
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return False if value is None else value
