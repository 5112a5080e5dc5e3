"""Every verb on a host where nothing is installed, and the answers to whoever asks for what can't be."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from pathlib import Path

import pytest
from click.shell_completion import get_completion_class

from commandline.running import User
from commandline.running import shape
from commandline.running import user
from msgstack.cli.nats_setup import nats
from msgstack.cli.setup import program
from msgstack.errors import Exit
from msgstack.host.lock import held
from msgstack.spec.default import default_file
from msgstack.spec.schema import schema
from msgstack.version import VERSION

VERBS = tuple(program("nats-setup", "", nats).list_commands(None))  # type: ignore[arg-type]
SHAPES = json.loads((Path(__file__).parent / "cases" / "shapes.json").read_text())


@pytest.fixture
def somebody(tmp_path: Path) -> User:
    return user(tmp_path / "home")


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_version(somebody: User) -> None:
    done = somebody.run("--version")
    assert (done.code, done.out, done.err) == (0, f"nats-setup {VERSION}\n", "")


def test_help_has_every_verb_and_exit_code(somebody: User) -> None:
    shown = somebody.run("--help").out
    assert [verb for verb in VERBS if not re.search(rf"^  {verb} +\w", shown, re.MULTILINE)] == []
    assert "3 the host can't take it" in shown


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_each_verb_has_examples(verb: str, somebody: User) -> None:
    done = somebody.run(verb, "--help")
    assert done.code == 0
    assert re.search(rf"Examples:\n( +.*nats-setup {verb}.*\n)+", done.out)


def test_plan_of_an_empty_host(somebody: User) -> None:
    done = somebody.run("plan", "--stack", str(somebody.stack))
    assert done.code == Exit.OK, done.err
    assert re.search(r"^\+ nats/tree/nats-server  nats-server 2\.\d+\.\d+ .* — not there yet$", done.out, re.MULTILINE)
    assert re.search(r"^\+ nats/stream/TASKS ", done.out, re.MULTILINE)
    assert re.search(r"^(\d+) changes: \1 to create\.$", done.out, re.MULTILINE)
    assert f"{somebody.stack} at {somebody.root} (user mode" in done.err
    assert not somebody.root.exists(), "a plan must change nothing"


def test_plan_shows_new_files_when_asked(somebody: User) -> None:
    shown = somebody.run("plan", "--full", "--stack", str(somebody.stack)).out
    assert "+++ b/conf/nats-server.conf" in shown
    assert "+++ b/conf/nats-server.conf" not in somebody.run("plan", "--stack", str(somebody.stack)).out


def test_pending_changes_have_an_exit_code_of_their_own(somebody: User) -> None:
    done = somebody.run("plan", "--detailed-exitcode", "--format", "json", "--stack", str(somebody.stack))
    assert done.code == Exit.PENDING
    assert done.json["changes"] == len(done.json["plan"]) > 20
    assert shape(done.json) == SHAPES["plan"]


def test_doctor(somebody: User) -> None:
    done = somebody.run("doctor", "--stack", str(somebody.stack))
    assert done.code == Exit.OK, done.out
    assert done.out.splitlines()[-1] == "This host can take the stack."
    assert shape(somebody.run("doctor", "--stack", str(somebody.stack), "--format", "json").json) == SHAPES["doctor"]


@pytest.mark.parametrize("verb", ["doctor", "plan", "apply"])
def test_a_port_that_is_taken_names_its_owner(verb: str, somebody: User) -> None:
    port = re.findall(r"\d+", somebody.stack.read_text())[0]
    with socket.create_server(("127.0.0.1", int(port))):
        done = somebody.run(verb, "--stack", str(somebody.stack))
    assert done.code == Exit.PREFLIGHT
    shown = done.out + done.err
    assert re.search(rf"port {port} is taken by \S+ \(pid {os.getpid()}\)", shown)
    assert "set nats.port in the stack file to another port" in shown
    assert not somebody.root.exists()


def test_a_temporary_root_is_refused_and_a_trial_is_not(somebody: User) -> None:
    home, env = somebody.home, somebody.env | {"TMPDIR": str(somebody.home)}
    other = User(home / "user", env | {"HOME": str(home / "user")})
    other.home.mkdir()
    words = ("plan", "--stack", str(somebody.stack), "--root", str(home / "trial"))
    done = other.run(*words)
    assert done.code == Exit.PREFLIGHT
    assert "--allow-temporary" in done.err
    assert other.run(*words, "--allow-temporary").code == Exit.OK


@pytest.mark.parametrize(
    ("text", "said"), [("[nats]\nprot = 1\n", "did you mean port?"), ("[nats", "this is not TOML")]
)
@pytest.mark.parametrize("verb", ["plan", "apply", "doctor", "render", "status"])
def test_a_wrong_stack_file_is_refused_by_every_verb(verb: str, text: str, said: str, somebody: User) -> None:
    somebody.stack.write_text(text)
    done = somebody.run(verb, "--stack", str(somebody.stack), "--format", "json")
    assert done.code == Exit.USAGE
    assert done.json["error"]["code"] == Exit.USAGE
    assert said in done.json["error"]["why"]
    assert said in done.err


def test_no_such_stack_file(somebody: User) -> None:
    done = somebody.run("plan", "--stack", "missing.toml")
    assert done.code == Exit.USAGE
    assert f"the stack file {somebody.home}/missing.toml can't be read" in done.err


def test_the_stack_file_of_a_root_is_found(somebody: User) -> None:
    somebody.root.mkdir(parents=True)
    somebody.stack.rename(somebody.root / "stack.toml")
    done = somebody.run("doctor")
    assert f"{somebody.root}/stack.toml at {somebody.root}" in done.err
    assert done.code == Exit.OK


def test_an_instance_has_a_root_of_its_own(somebody: User) -> None:
    somebody.stack.write_text('instance = "second"\n' + somebody.stack.read_text())
    done = somebody.run("plan", "--stack", str(somebody.stack), "--format", "json")
    assert done.json["root"] == f"{somebody.root}-second"
    assert done.json["instance"] == "second"


def test_nats_that_is_no_part_of_the_stack(somebody: User) -> None:
    somebody.stack.write_text("[nats]\nenabled = false\n")
    done = somebody.run("apply", "--yes", "--stack", str(somebody.stack))
    assert done.code == Exit.USAGE
    assert "NATS is not part of this stack" in done.err


def test_apply_asks_nobody_where_nobody_is(somebody: User) -> None:
    done = somebody.run("apply", "--stack", str(somebody.stack), stdin="y\n")
    assert done.code == Exit.USAGE
    assert "Add --yes" in done.err
    assert not somebody.root.exists()


@pytest.mark.parametrize("words", [(), ("--format", "json"), ("--quiet",)])
def test_apply_shows_what_it_asks_about_and_takes_no_for_an_answer(words: tuple[str, ...], somebody: User) -> None:
    shown, code = somebody.answer("no", "apply", "--stack", str(somebody.stack), *words)
    assert re.search(r" nats/stream/TASKS .*\d changes: .*\[y/N\]", shown, re.DOTALL)
    assert code == Exit.FAILED
    assert "nothing was changed" in shown
    assert not somebody.root.exists()


def test_a_program_that_holds_the_lock_is_named(somebody: User) -> None:
    words = ("apply", "--yes", "--stack", str(somebody.stack))
    with held(somebody.root):
        done = somebody.run(*words, "--wait", "0.2")
    assert done.code == Exit.FAILED
    assert f"another program works on {somebody.root}" in done.err
    assert f"pid {os.getpid()}" in done.err
    assert "--wait" in done.err


@pytest.mark.parametrize(
    ("verb", "code", "said"),
    [
        ("status", Exit.CHECK_FAILED, "NATS is not installed at"),
        ("start", Exit.FAILED, "NATS is not installed at"),
        ("stop", Exit.FAILED, "NATS is not installed at"),
        ("restart", Exit.FAILED, "NATS is not installed at"),
        ("logs", Exit.FAILED, "NATS is not installed at"),
        ("uninstall", Exit.OK, "nothing to remove"),
    ],
)
def test_verbs_where_nothing_is_installed(verb: str, code: Exit, said: str, somebody: User) -> None:
    done = somebody.run(verb)
    assert done.code == code
    assert said in done.out + done.err
    assert not somebody.root.exists()


def test_status_of_nothing_as_json(somebody: User) -> None:
    done = somebody.run("status", "--format", "json")
    assert (done.code, done.json["state"], done.json["service"]) == (Exit.CHECK_FAILED, "not installed", None)


def test_render_shows_and_writes_every_file(somebody: User) -> None:
    words = ("render", "--stack", str(somebody.stack))
    into = somebody.home / "look"
    assert somebody.run(*words, "--into", str(into)).code == Exit.OK
    found = files(into)
    assert "generation/conf/nats-server.conf" in found
    assert f"host{somebody.root}/bin/nats" in found
    document = somebody.run(*words, "--format", "json").json
    assert sorted(document["files"]) == found
    assert {name: (into / name).read_text() for name in found} == document["files"]
    assert os.access(into / "generation/service/run", os.X_OK)
    assert not somebody.root.exists()


def test_render_spares_a_folder_with_something_in_it(somebody: User) -> None:
    done = somebody.run("render", "--stack", str(somebody.stack), "--into", str(somebody.home))
    assert done.code == Exit.USAGE
    assert "is not an empty folder" in done.err


def test_schema_and_default_file(somebody: User) -> None:
    assert json.loads(somebody.run("schema").out) == json.loads(json.dumps(schema()))
    assert somebody.run("schema", "--default").out == default_file()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_for_both_names_of_the_program(shell: str, somebody: User) -> None:
    done = somebody.run("completion", shell)
    assert done.code == Exit.OK
    assert done.out.count("_NATS_SETUP_COMPLETE") >= 2
    assert "nats-setup.pex" in done.out
    assert get_completion_class(shell) is not None


def test_completion_completes(somebody: User) -> None:
    asked = {"_NATS_SETUP_COMPLETE": "bash_complete", "COMP_WORDS": "nats-setup st", "COMP_CWORD": "1"}
    assert somebody.run(**asked).out.split() == ["plain,status", "plain,start", "plain,stop"]


def test_bash_accepts_the_script(somebody: User) -> None:
    script = somebody.run("completion", "bash").out
    asked = f"{script}\ncomplete -p nats-setup && complete -p nats-setup.pex"
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_two_modes_in_one_root_are_refused_before_rights_are_asked_for(somebody: User) -> None:
    done = somebody.run("plan", "--mode", "system", "--stack", str(somebody.stack), "--root", str(somebody.root))
    assert done.code == (Exit.OK if os.geteuid() == 0 else Exit.PREFLIGHT)
    assert ("sudo" in done.err) == (os.geteuid() != 0)
