"""Keys of the stack file that don't go together: each rule names the keys and what is allowed.

`problems` looks at the file alone; `host_problems` holds the budget against a host. A component's own rules are
in its `check.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Final

from msgstack.catalogue.model import SourceKind
from msgstack.nats.check import disk_at_most
from msgstack.nats.check import memory_at_most
from msgstack.nats.check import nats_problems
from msgstack.resource.facts import Facts
from msgstack.service.overhead import Overhead
from msgstack.service.overhead import overhead
from msgstack.spec.problem import Problem
from msgstack.spec.stack import Stack
from msgstack.spec.units import Size

ADDRESS: Final = r"https?://[^\s/]\S*"  # GOPROXY goes on with a comma and the next


def problems(stack: Stack) -> tuple[Problem, ...]:
    """Why this stack can't be on any host."""
    return (*nats_problems(stack.nats), *_budget(stack), *_sources(stack))


def host_problems(stack: Stack, facts: Facts, used: int = 0) -> tuple[Problem, ...]:
    """Why this stack doesn't fit this host, its reserve kept. `used` is the disk (bytes) that the stack has already."""
    return (*_host_memory(stack, facts), *_host_disk(stack, facts, used), *_supervision(stack, facts))


def _budget(stack: Stack) -> Iterator[Problem]:
    memory, disk = memory_at_most(stack.nats), disk_at_most(stack.nats)
    if memory > stack.budget.memory:
        text = f'"{stack.budget.memory}" is too little: nats.memory is {memory}'
        yield Problem(("budget", "memory"), text)
    if disk > stack.budget.disk:
        each = "nats.jetstream.max_file, nats.log and what the service prints"
        text = f'"{stack.budget.disk}" is too little: {each} are {disk} together'
        yield Problem(("budget", "disk"), text)


def _sources(stack: Stack) -> Iterator[Problem]:
    offline = stack.sources.offline
    if offline is not None and not offline.startswith(("/", "~/")):
        yield Problem(
            ("sources", "offline"), f'"{offline}" is relative: write the whole path, or one that starts with ~/'
        )
    if len(set(stack.sources.order)) < len(stack.sources.order):
        yield Problem(("sources", "order"), "names a kind twice")
    yield from _mirrors(stack.sources.mirrors)


def _mirrors(mirrors: Mapping[SourceKind, str]) -> Iterator[Problem]:
    for kind, base in mirrors.items():
        if kind is SourceKind.BREW:
            yield Problem(
                ("sources", "mirrors", kind),
                "Homebrew is asked by its own settings: only wheel, url and go have mirrors here",
            )
        elif not re.fullmatch(ADDRESS, base):
            text = f'"{base}" is no address: write one that starts with https:// or http://'
            yield Problem(("sources", "mirrors", kind), text)


def _host_memory(stack: Stack, facts: Facts) -> Iterator[Problem]:
    least = stack.budget.memory + stack.budget.memory_reserve
    if least > facts.memory:
        text = (
            f"{stack.budget.memory}, and budget.memory_reserve {stack.budget.memory_reserve} beside it, "
            f"are more than this host's {_rounded(facts.memory)}"
        )
        yield Problem(
            ("budget", "memory"), f"{text}: lower budget.memory; nats.memory takes {memory_at_most(stack.nats)} of it"
        )


def _host_disk(stack: Stack, facts: Facts, used: int) -> Iterator[Problem]:
    least = stack.budget.disk + stack.budget.disk_reserve
    free = facts.disk_free + used
    if least > free:
        text = (
            f"{stack.budget.disk}, and budget.disk_reserve {stack.budget.disk_reserve} beside it, "
            f"are more than the {_rounded(free)} that {facts.root} can have"
        )
        yield Problem(("budget", "disk"), f"{text}: lower budget.disk, or give a --root on a larger disk")


def _supervision(stack: Stack, facts: Facts) -> Iterator[Problem]:
    """What the manager that this host has takes beside the services."""
    needs = overhead(facts.manager) if stack.nats.enabled else Overhead(0, 0)
    for key, room, services, beside in (
        ("memory", stack.budget.memory, memory_at_most(stack.nats), Size(needs.memory)),
        ("disk", stack.budget.disk, disk_at_most(stack.nats), Size(needs.disk)),
    ):
        if services + beside > room:
            text = f"{room} is less than the {services} of the services and the {beside} of what keeps them running"
            yield Problem(("budget", key), f"{text} ({facts.manager}): raise budget.{key}")


def _rounded(size: int) -> Size:
    """To MiB, so that it reads as people write it."""
    return Size(size // 2**20 * 2**20)
