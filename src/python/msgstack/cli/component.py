"""What a set-up program sets up: a component, as a value that names its functions."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from msgstack.catalogue.model import Catalogue
    from msgstack.catalogue.model import TreeWant
    from msgstack.resource.driver import Drivers
    from msgstack.resource.facts import Facts
    from msgstack.resource.layout import Layout
    from msgstack.resource.model import Json
    from msgstack.resource.model import Resource
    from msgstack.spec.stack import Stack

Words = tuple[tuple[str, str], ...]  # a name and what it is, for lines of a report


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a running server says of itself. `healthy` is its own word; `words` are for the report, `facts` for JSON."""

    healthy: bool
    words: Words
    facts: dict[str, Json]


@dataclass(frozen=True, kw_only=True)
class Component:
    """One component of a stack, as the verbs need it. None of these functions prints."""

    name: str  # "nats": its folder in ROOT, its table in the stack file
    program: str  # "nats-setup"
    title: str  # "NATS"
    resources: Callable[[Stack, Catalogue, Facts, Layout], tuple[Resource, ...]]
    drivers: Callable[[Layout, Stack], Drivers]  # of the kinds that it adds
    ports: Callable[[Stack], Mapping[str, int]]  # by the key of the stack file
    trees: Callable[[Stack, Catalogue, str], tuple[TreeWant, ...]]  # what a host of that platform fetches
    logs: Callable[[Layout], tuple[Path, ...]]  # its log files, the one that matters most first
    enabled: Callable[[Stack], bool]
    uses: Callable[[Stack, Layout, str], Words]  # where it is and how to reach it; the system's name last
    tries: Callable[[Stack, Layout], Words]  # commands to try, and what each does
    ask: Callable[[Stack], Answer | str]  # of the running server; words when nothing answers
