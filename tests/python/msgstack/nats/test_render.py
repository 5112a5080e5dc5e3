"""What is rendered, byte for byte: `golden/` has a file a case. No host, no network, no clock takes part.

MSGSTACK_GOLDEN=write writes them anew: look at the diff before it is committed.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgstack.errors import UsageError
from msgstack.nats import render
from msgstack.nats.spec import Authentication
from msgstack.nats.spec import JetStream
from msgstack.nats.spec import Nats
from msgstack.resource.layout import Layout
from msgstack.spec.units import Duration

GOLDEN = Path(__file__).with_name("golden")
LINUX_USER = Path("/home/ada/.local/share/msgstack")
MACOS_USER = Path("/Users/ada/.local/share/msgstack")
SYSTEM = Path("/opt/msgstack")
ODD = Path("/home/a \"d' $a\\n/é 100%")
SECOND = Nats(port=4333, monitor_port=8333, authentication=Authentication.PASSWORD)
ONE_SECOND = replace(Nats(), jetstream=JetStream(max_loss=Duration.parse("1s")))

CASES = [
    ("linux-user", Nats(), "default", "linux", LINUX_USER, "2.15.1"),
    ("linux-system", Nats(), "default", "linux", SYSTEM, "2.15.1"),
    ("macos-user", Nats(), "default", "macos", MACOS_USER, "2.15.1"),
    ("macos-system", Nats(), "default", "macos", SYSTEM, "2.15.1"),
    ("linux-2.10", Nats(), "default", "linux", SYSTEM, "2.10.26"),
    ("linux-2.11", Nats(), "default", "linux", SYSTEM, "2.11.11"),
    ("instance-password", SECOND, "blue", "linux", LINUX_USER, "2.15.1"),
    ("one-second", ONE_SECOND, "default", "linux", LINUX_USER, "2.15.1"),
    ("odd-path", Nats(), "default", "linux", ODD, "2.15.1"),
]


@pytest.mark.parametrize(
    ("name", "nats", "instance", "system", "root", "version"), CASES, ids=[case[0] for case in CASES]
)
def test_the_configuration_is_the_golden_one(
    name: str, nats: Nats, instance: str, system: str, root: Path, version: str
) -> None:
    text = render.configuration(nats, instance, system, Layout(root, "nats", instance), version)
    assert text == golden(f"{name}.conf", text)


@pytest.mark.parametrize(("name", "instance", "root"), [("linux-user", "default", LINUX_USER), ("odd", "blue", ODD)])
def test_the_wrappers_are_the_golden_ones(name: str, instance: str, root: Path) -> None:
    layout = Layout(root, "nats", instance)
    cli = render.cli_wrapper(Nats(), root.parent / "config", layout)
    for program, text in (("nats", cli), ("server", render.server_wrapper(layout))):
        assert text == golden(f"{name}-{program}.sh", text)


def golden(name: str, text: str) -> str:
    path = GOLDEN / name
    if os.environ.get("MSGSTACK_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")


def test_a_wrapper_sets_its_context_and_leaves_a_users_choice(tmp_path: Path) -> None:
    config = tmp_path / "it's" / ".config"
    (config / "nats/context").mkdir(parents=True)
    (config / "nats/context/msgstack-blue.json").write_text("{}")
    for environment, context in (({}, "msgstack-blue"), ({"NATS_CONTEXT": "mine"}, "mine")):
        assert wrapped(tmp_path, config, environment) == f"{config}|{context}||a b|$c\n"


def test_who_has_no_such_context_gets_the_address(tmp_path: Path) -> None:
    for environment, url in (({}, "nats://127.0.0.1:4222"), ({"NATS_URL": "mine"}, "mine")):
        assert wrapped(tmp_path, tmp_path / "none", environment) == f"||{url}|a b|$c\n"


def wrapped(tmp_path: Path, config: Path, environment: dict[str, str]) -> str:
    """What the command line is given by the wrapper."""
    layout = Layout(tmp_path / 'it\'s "here" $HOME', "nats", "blue")
    program = layout.current / "cli/bin/nats"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text('#!/bin/sh\necho "$XDG_CONFIG_HOME|$NATS_CONTEXT|$NATS_URL|$1|$2"\n')
    program.chmod(0o755)
    wrapper = tmp_path / "nats"
    wrapper.write_text(render.cli_wrapper(Nats(), config, layout))
    command = ("/bin/sh", str(wrapper), "a b", "$c")
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_a_quoted_string_ends_where_it_should(text: str) -> None:
    inner = render.quoted(text)[1:-1]
    assert inner.replace("\\\\", "").replace('\\"', "").count('"') == 0
    assert inner.replace("\\\\", "\0").replace('\\"', '"').replace("\0", "\\") == text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_a_shell_word_is_one_word(text: str) -> None:
    assert shlex.split(render.shell(text)) == [text]


@pytest.mark.parametrize("character", ["\n", "\r", "\0", "\x1b", "\x7f"])
def test_a_control_character_is_refused(character: str) -> None:
    layout = Layout(Path(f"/home/a{character}b"), "nats")
    with pytest.raises(UsageError, match="control character"):
        render.configuration(Nats(), "default", "linux", layout, "2.15.1")
    with pytest.raises(UsageError, match="control character"):
        render.server_wrapper(layout)


def test_what_is_expected_follows_the_stack() -> None:
    always, second = (dict(render.expected(nats, "default", "linux")) for nats in (Nats(), ONE_SECOND))
    assert always["jetstream.config.sync_always"] is True
    assert "jetstream.config.sync_interval" not in always
    assert second["jetstream.config.sync_always"] is False
    assert second["jetstream.config.sync_interval"] == 10**9
    assert dict(render.expected(Nats(), "default", "macos"))["jetstream.config.sync_interval"] == 10**9


@pytest.mark.parametrize(("version", "line"), [("2.15.1", (2, 15)), ("2.10", (2, 10)), ("2.12.0-RC.1", (2, 12))])
def test_the_line_of_a_version(version: str, line: tuple[int, int]) -> None:
    assert render.release_line(version) == line


def test_no_version_is_refused() -> None:
    with pytest.raises(UsageError, match="no version of nats-server"):
        render.release_line("latest")
