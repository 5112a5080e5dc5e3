"""Hosts without a network, and two stacks on one host: the folder that `fetch` fills is all that both need."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import live_cache
from commandline.running import User
from commandline.running import user
from msgstack.errors import Exit

pytestmark = [pytest.mark.live, pytest.mark.timeout(1500)]


def nowhere(somebody: User) -> User:
    """The same user where no index answers and nothing was ever downloaded."""
    dead = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "GOPROXY": "off", "PIP_CONFIG_FILE": "/dev/null"}
    return replace(somebody, env=somebody.env | dead | {"MSGSTACK_CACHE": str(somebody.home / "cache")})


def say(somebody: User, text: str) -> None:
    """Put lines in front of the user's stack file."""
    somebody.stack.write_text(text + somebody.stack.read_text())


def test_two_stacks_from_a_folder_of_files(tmp_path: Path) -> None:
    files = tmp_path / "files"
    first = user(tmp_path / "home", cache=live_cache.root())
    fetched = first.run("fetch", "--into", str(files), "--stack", str(first.stack), "--format", "json")
    assert fetched.code == Exit.OK, fetched.err
    assert sorted(fetched.json["files"]) == sorted(path.name for path in files.iterdir())
    first = nowhere(first)
    (tmp_path / "second").mkdir()
    second = replace(nowhere(user(tmp_path / "second")), env=first.env)  # the same user, another stack file
    say(first, f'[sources]\noffline = "{files}"\n')
    say(second, f'instance = "second"\n[sources]\noffline = "{files}"\n')
    try:
        for one in (first, second):
            done = one.run("apply", "--yes", "--stack", str(one.stack), "--format", "json")
            assert done.code == Exit.OK, done.err
            assert done.json["status"]["state"] == "running"
        for one in (first, second):
            done = one.run("apply", "--yes", "--stack", str(one.stack), "--format", "json")
            assert (done.code, done.json["changes"]) == (Exit.OK, 0), done.err
    finally:
        gone = [one.run("uninstall", "--yes", "--purge", "--stack", str(one.stack)).code for one in (second, first)]
    assert gone == [Exit.OK, Exit.OK]
    assert not (first.home / ".local").exists()


def test_a_file_that_is_missing_and_one_that_is_another(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    somebody = nowhere(user(tmp_path / "home", cache=live_cache.root()))
    say(somebody, f'[sources]\noffline = "{files}"\n')
    words = ("apply", "--yes", "--stack", str(somebody.stack))
    missing = somebody.run(*words)
    assert missing.code == Exit.FAILED
    assert f"is not in {files}" in missing.err
    plan = somebody.run("fetch", "--into", str(files), "--stack", str(somebody.stack))
    assert plan.code == Exit.FAILED, "no index answers"
    name = next(word for word in missing.err.split() if word.endswith(".whl"))
    (files / name).write_bytes(b"something else")
    wrong = somebody.run(*words)
    assert wrong.code == Exit.VERIFICATION
    assert "nothing was switched" in wrong.err or "nothing is in use yet" in wrong.err
    assert not (somebody.root / "nats" / "current").exists()
