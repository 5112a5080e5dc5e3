from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from msgstack.host.fetch.pipsettings import default_index
from msgstack.host.fetch.pipsettings import read

CASES: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("cases").joinpath("pipsettings.toml").read_text(encoding="utf-8")
)["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_read(case: dict[str, Any], tmp_path: Path) -> None:
    for name, text in case.get("files", {}).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    environ = {name: value.format(home=tmp_path) for name, value in case.get("environ", {}).items()}
    found = read(environ, tmp_path, [str(tmp_path / "etc" / "pip.conf")])
    assert list(found.indexes) == [default_index() if index == "default" else index for index in case["indexes"]]
    assert list(found.links) == case.get("links", [])


def test_the_default_index_is_an_address() -> None:
    parts = urlsplit(default_index())
    assert (parts.scheme, parts.path.rstrip("/")) == ("https", "/simple")
