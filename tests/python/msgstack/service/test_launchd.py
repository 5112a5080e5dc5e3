"""What launchd reads is a property list that parses, with the keys that a server needs."""

from __future__ import annotations

import plistlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from msgstack.cli.nats import logs
from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode
from msgstack.resource.layout import Layout
from msgstack.service.launchd import early_log
from msgstack.service.launchd import plist
from msgstack.service.launchd import plist_path
from msgstack.service.marker import stranger
from services.specs import facts
from services.specs import spec


def parsed(mode: Mode, root: Path | None = None) -> dict[str, Any]:
    content = plistlib.loads(plist(spec(facts(Manager.LAUNCHD, mode, root=root)), "0123").encode())
    assert isinstance(content, dict)
    return content


def test_it_is_kept_alive_with_its_limits() -> None:
    content = parsed(Mode.USER)
    assert content["KeepAlive"] is content["RunAtLoad"] is True
    assert (content["ThrottleInterval"], content["ExitTimeOut"], content["Umask"]) == (1, 20, 0o077)
    assert content["SoftResourceLimits"] == content["HardResourceLimits"] == {"NumberOfFiles": 65_536}


def test_a_daemon_runs_as_its_user_and_an_agent_without_a_desktop_too() -> None:
    daemon, agent = parsed(Mode.SYSTEM), parsed(Mode.USER)
    assert daemon["UserName"] == "msgstack"
    assert "UserName" not in agent
    assert agent["LimitLoadToSessionType"] == ["Aqua", "Background"]


def test_what_it_prints_too_early_is_a_log_that_is_shown() -> None:
    layout = Layout(Path("/Users/ada/msgstack"), "nats", "default")
    assert early_log(layout.log / "service.log") in logs(layout)
    assert parsed(Mode.USER)["StandardErrorPath"].endswith("/nats/log/service-launchd.log")


def test_paths_survive_xml() -> None:
    root = Path('/Users/a & <b> "c" -- d')
    content = parsed(Mode.USER, root)
    assert content["ProgramArguments"] == [str(root / "nats/current/service/run")]
    made = spec(facts(Manager.LAUNCHD, root=root))
    assert stranger(made, plist(made, "0")) == ""


def test_the_label_names_the_file() -> None:
    made = replace(spec(facts(Manager.LAUNCHD)), instance="blue")
    assert plist_path(made, Path("/Users/ada")) == Path("/Users/ada/Library/LaunchAgents/com.ai.blue.nats.plist")
