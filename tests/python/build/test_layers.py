"""The layering rule: effects live in `host/`, `X/live` and `helper/`, traffic in `verify/`, the rest is pure.

Held on the syntax tree, so an import inside a function counts too. `layers.toml` is the rule.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from build import tree

RULES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("layers.toml").read_text())
SOURCES = {tree.module(file): file.read_text() for file in tree.python_files("src/python/msgstack")}


def part(module: str) -> str:
    """The part a module belongs to: `msgstack.nats.live.held` is of `nats.live`, `msgstack.spec.key` of `spec`."""
    names = module.split(".")[1:]
    return ".".join(names[:2]) if names[1:2] == ["live"] else ".".join(names[:1])


def imports(code: ast.AST) -> Iterator[str]:
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(code: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(code):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node.lineno, node.func.id
            elif isinstance(node.func, ast.Attribute):
                yield node.lineno, node.func.attr


def strangers(module: str, code: ast.AST) -> Iterator[str]:
    """Imports of another part that the table doesn't allow."""
    here = part(module)
    allowed = {here, *RULES["may_import"][here]}
    for name in sorted(set(imports(code))):
        # `from msgstack import data` names the part itself; `from msgstack.nats import live` another part.
        if name.startswith("msgstack.") and part(name) not in allowed:
            yield f"{module} imports {name}: {here} may import only {sorted(allowed - {here})}"


def effects(module: str, code: ast.AST, rule: str) -> Iterator[str]:
    """What this module imports or calls though its part is not to."""
    if part(module) not in RULES[rule]["parts"]:
        return
    for name in sorted(set(imports(code))):
        if any(name == banned or name.startswith(f"{banned}.") for banned in RULES[rule]["modules"]):
            yield f"{module} imports {name}, which rule [{rule}] forbids"
    for line, name in calls(code):
        if name in RULES[rule]["calls"]:
            yield f"{module}:{line} calls {name}(), which rule [{rule}] forbids"


def broken(module: str, text: str) -> list[str]:
    code = ast.parse(text)
    if module == "msgstack":
        return list(imports(code))
    return [
        *strangers(module, code),
        *(said for rule in ("pure", "engine", "quiet") for said in effects(module, code, rule)),
    ]


@pytest.mark.parametrize("module", sorted(SOURCES))
def test_layer(module: str) -> None:
    assert not broken(module, SOURCES[module])


def test_every_part_is_in_the_table() -> None:
    parts = {part(module) for module in SOURCES if module != "msgstack"}
    assert parts <= set(RULES["may_import"]), "layers.toml must say what a new part may import"


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("msgstack.spec.key", "import os"),
        ("msgstack.spec.key", "def f():\n    import socket"),
        ("msgstack.nats.render", "from pathlib import Path\nPath('x').read_text()"),
        ("msgstack.nats.render", "from datetime import datetime\ndatetime.now()"),
        ("msgstack.nats.render", "from msgstack.nats.live import held"),
        ("msgstack.engine.plan", "from msgstack.nats import spec"),
        ("msgstack.engine.plan", "import subprocess"),
        ("msgstack.host.file", "print('x')"),
        ("msgstack.host.file", "from msgstack.cli import edge"),
        ("msgstack.verify.nats.ports", "import click"),
    ],
)
def test_the_rule_can_fail(module: str, text: str) -> None:
    assert broken(module, text)
