"""Whole files from templates: one jinja2 environment for everything that is rendered.

An unknown name is an error, nothing is escaped (each language has its own filter), a file ends as its template does.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING
from typing import Any

from msgstack.data import text

if TYPE_CHECKING:
    from jinja2 import Template


def render(name: str, values: Mapping[str, Any], filters: Mapping[str, Callable[..., Any]] | None = None) -> str:
    """The template of that path in the repository (`configs/nats/nats-server.conf.j2`), filled in."""
    return _compiled(name, tuple((filters or {}).items())).render(values)


@cache
def _compiled(name: str, filters: tuple[tuple[str, Callable[..., Any]], ...]) -> Template:
    """Compiling costs far more than filling in, and a start script is filled in twice."""
    from jinja2 import Environment
    from jinja2 import StrictUndefined

    environment = Environment(
        undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    environment.filters.update(filters)
    return environment.from_string(text(name))
