"""Lint, format and types, over everything that is code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from build import tree


def run(*command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=tree.ROOT, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{' '.join(command[:3])} says:\n{done.stdout[-8000:]}{done.stderr[-2000:]}"


def test_ruff_finds_nothing(tmp_path: Path) -> None:
    run("ruff", "check", "--cache-dir", str(tmp_path), *tree.CODE)


def test_ruff_would_change_no_line(tmp_path: Path) -> None:
    run("ruff", "format", "--check", "--diff", "--cache-dir", str(tmp_path), *tree.CODE)


@pytest.mark.timeout(400)
def test_types_are_strict(tmp_path: Path) -> None:
    # The plugin's imports exist only inside Pants, which is another Python.
    plugin = tree.ROOT / "build-support" / "plugins" / "pexapp" / "register.py"
    files = [str(file) for file in tree.python_files(*tree.CODE) if file != plugin]
    run("mypy", "--cache-dir", str(tmp_path), "--scripts-are-modules", *files)


LONGEST_FILE = 250


def test_a_file_is_one_idea() -> None:
    lines = {file: len(file.read_text().splitlines()) for file in tree.python_files("src", "build-support", "bench")}
    long = {str(file.relative_to(tree.ROOT)): count for file, count in lines.items() if count > LONGEST_FILE}
    assert not long, f"files above {LONGEST_FILE} lines, each probably lacks an idea: {long}"
