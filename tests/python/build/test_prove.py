"""The registry of long proofs: every entry can be run, and a failed one is said."""

from __future__ import annotations

from pathlib import Path

import pytest

import prove
from build import tree


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "proofs.toml").write_text(
        '[holds]\nwhat = "it holds"\nrun = "true"\n[breaks]\nwhat = "it breaks"\nrun = "exit 7"\n'
    )
    return tmp_path


@pytest.mark.parametrize(
    ("names", "code", "last"),
    [
        (["holds"], 0, "1 proved, 0 failed"),
        (["breaks"], 1, "0 proved, 1 failed: breaks"),
        ([], 1, "1 proved, 1 failed: breaks"),
    ],
)
def test_verdicts(names: list[str], code: int, last: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prove.main(names, root) == code
    assert capsys.readouterr().out.splitlines()[-1] == last


def test_an_unknown_name_is_a_usage_error(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prove.main(["nonsense"], root) == 2
    assert "holds, breaks" in capsys.readouterr().err


def test_every_proof_runs_something_that_is_there() -> None:
    for proof in prove.load((tree.ROOT / "bench" / "proofs.toml").read_text()).values():
        files = [word for word in proof.run.split() if word.startswith(("bench/", "tests/", "scripts/", "./pants"))]
        assert files and all((tree.ROOT / file).exists() for file in files), proof.name
