"""Whether this host can take the stack: asked before anything is changed. Looking is `probe`, judging is pure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgstack.errors import PreflightError
from msgstack.host.ports import Listener
from msgstack.host.ports import listeners
from msgstack.resource.facts import Facts
from msgstack.resource.facts import Mode
from msgstack.resource.layout import Layout
from msgstack.spec.check import host_problems
from msgstack.spec.stack import Stack
from msgstack.spec.units import Size

OLDEST_PYTHON: Final = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One question's answer. `id` is stable; `text` says what was found; `fix` what to do when it is not `ok`."""

    id: str
    ok: bool
    text: str
    fix: str = ""


@dataclass(frozen=True)
class Probe:
    """What only looking can tell, beyond the facts."""

    is_root: bool
    writable: bool  # ROOT, or the folder in which it would be made
    used: int  # bytes that the component's data and logs have already
    listeners: tuple[Listener, ...]


def probe(layout: Layout, ports: Mapping[str, int]) -> Probe:
    """Look at what `findings` judges. `ports` are by the key of the stack file that says them."""
    there = next(path for path in (layout.root, *layout.root.parents) if path.exists())
    return Probe(
        is_root=os.geteuid() == 0,
        writable=there.is_dir() and os.access(there, os.W_OK | os.X_OK),
        used=size_of(layout.data) + size_of(layout.log),
        listeners=listeners(set(ports.values())),
    )


def findings(
    stack: Stack, facts: Facts, layout: Layout, ports: Mapping[str, int], seen: Probe, *, temporary: bool = False
) -> tuple[Finding, ...]:
    """Every question with its answer, in an order that reads well. `temporary` accepts a ROOT that may be emptied."""
    return (
        _python(facts),
        _rights(facts, seen),
        _manager(facts),
        _temporary(facts, temporary),
        _writable(facts, seen),
        *_budget(stack, facts, seen),
        *_ports(layout, ports, seen),
    )


def refuse(found: Sequence[Finding]) -> None:
    """Raises PreflightError (exit 3) that tells every problem and its way out; returns when there is none."""
    problems = [finding for finding in found if not finding.ok]
    if len(problems) == 1:
        raise PreflightError(f"this host can't take it: {problems[0].text}", "", problems[0].fix)
    if problems:
        lines = "\n".join(f"{p.id}: {p.text}\n  {p.fix}".rstrip() for p in problems)
        raise PreflightError(f"this host can't take it: {len(problems)} problems", lines)


def size_of(folder: Path) -> int:
    """Bytes that all files below `folder` take on disk; 0 when there is none, or none that we may see."""
    total = 0
    for path, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(os.path.join(path, name)).st_blocks * 512
            except OSError:  # it went meanwhile: logs are rotated, messages expire
                continue
    return total


def _python(facts: Facts) -> Finding:
    version = ".".join(map(str, facts.python_version))
    ok = facts.python_version >= OLDEST_PYTHON
    return Finding("host.python", ok, f"Python {version} at {facts.python}", "Run it with Python 3.11 or newer.")


def _rights(facts: Facts, seen: Probe) -> Finding:
    if facts.mode is Mode.USER:
        return Finding("host.rights", True, f"services run as {facts.user}; that takes no root")
    text = f"services run as {facts.service_user}" if seen.is_root else "system mode takes root"
    return Finding("host.rights", seen.is_root, text, "Run it with sudo, or leave --mode system out.")


def _manager(facts: Facts) -> Finding:
    alternatives = ", ".join(facts.managers)
    return Finding("host.manager", True, f"{facts.manager} runs the service (what works here: {alternatives})")


def _temporary(facts: Facts, accepted: bool) -> Finding:
    """A home in a temporary folder is a trial as a whole: what is inside is as lasting as its user."""
    around = [folder for folder in facts.temporary if facts.root.is_relative_to(folder)]
    if not around:
        return Finding("root.lasting", True, f"{facts.root} is not in a temporary folder")
    if facts.root.is_relative_to(facts.home):
        return Finding("root.lasting", True, f"{facts.root} lasts as long as the home that it is in")
    text = f"{facts.root} is in {around[0]}, which the host empties: messages would be lost"
    return Finding("root.lasting", accepted, text, "Give another --root; for a trial, add --allow-temporary.")


def _writable(facts: Facts, seen: Probe) -> Finding:
    text = f"{facts.root} can {'' if seen.writable else 'not '}be written by {facts.user}"
    return Finding("root.writable", seen.writable, text, "Give another --root, or run as the user who owns it.")


def _budget(stack: Stack, facts: Facts, seen: Probe) -> Iterator[Finding]:
    problems = {problem.key: problem for problem in host_problems(stack, facts, seen.used)}
    room = {
        "budget.memory": (stack.budget.memory, facts.memory, "the host has"),
        "budget.disk": (stack.budget.disk, facts.disk_free, "free are"),
    }
    for key, (budget, there, has) in room.items():
        what = key.replace("budget", "host")
        if key in problems:
            text, _, fix = problems[key].text.partition(": ")
            yield Finding(what, False, f"{key}: {text}", f"{fix[:1].upper()}{fix[1:]}.")
        else:
            yield Finding(what, True, f"{key} is {budget}; {has} {Size(there // 2**20 * 2**20)}")


def _ports(layout: Layout, ports: Mapping[str, int], seen: Probe) -> Iterator[Finding]:
    for key, port in ports.items():
        taken = [listener for listener in seen.listeners if listener.port == port]
        foreign = [listener for listener in taken if not is_ours(listener, layout)]
        if foreign:
            text = f"port {port} is taken by {foreign[0].program}"
            yield Finding(
                f"port.{port}", False, text, f"Stop that program, or set {key} in the stack file to another port."
            )
        else:
            text = f"port {port} ({key}) is {'our own' if taken else 'free'}"
            yield Finding(f"port.{port}", True, text)


def is_ours(listener: Listener, layout: Layout) -> bool:
    """Whether the process is a service of this ROOT: its program is named by a path through ROOT."""
    prefix = f"{layout.root}/"
    return any(argument.startswith(prefix) for argument in listener.command)
