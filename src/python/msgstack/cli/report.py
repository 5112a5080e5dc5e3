"""Reports for people: a plan, a status, the end of an apply. Text in, text out; nothing here prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Any

from msgstack.cli.component import Words
from msgstack.cli.session import Session
from msgstack.cli.terminal import bad
from msgstack.cli.terminal import bold
from msgstack.cli.terminal import coloured_diff
from msgstack.cli.terminal import dim
from msgstack.cli.terminal import good
from msgstack.cli.terminal import sign
from msgstack.engine.plan import Plan
from msgstack.engine.receipt import Recorded
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change

if TYPE_CHECKING:
    from msgstack.host.preflight import Finding

DOES = {Action.CREATE: "create", Action.UPDATE: "update", Action.DELETE: "delete", Action.CHECK: "look at again"}
NOT_THERE = "not there yet"


def heading(session: Session, manager: str) -> str:
    """What a report is about: which stack, where, in which mode."""
    return dim(f"{session.origin} at {session.layout.root} ({session.mode} mode, {manager})")


def plan_text(plan: Plan, *, full: bool = False, unlisted: str = "") -> str:
    """Every change with its sign and reasons, a diff for each text that changes, and what they come to.

    New files are shown only if `full`. `unlisted` says what to do with what is kept.
    """
    shown = [change for change in plan.changes if change.action is not Action.CARRY]
    parts = ["\n".join(_change(change, full)) for change in shown]
    parts += [unmanaged_text(plan.unmanaged, unlisted)] if plan.unmanaged else []
    parts += [f"{bad()} {refused.key}  {refused.reason}" for refused in plan.refused]
    parts.append(total(plan))
    return "\n".join(parts)


def total(plan: Plan) -> str:
    """`3 changes: 2 to create, 1 to update.`"""
    counts = Counter(change.action for change in plan.changes)
    parts = [f"{counts[action]} to {does}" for action, does in DOES.items() if counts[action]]
    if not parts:
        return bold("Nothing to change: this host is as the stack says.")
    noun = "change" if plan.count == 1 else "changes"
    return bold(f"{plan.count} {noun}: {', '.join(parts)}.")


def _change(change: Change[Any], full: bool) -> Iterator[str]:
    words = change.resource.describe()
    why = reasons(change)
    line = f"{sign(change.action)} {change.resource.key}" + (f"  {words}" if words else "")
    yield line + dim(f" — {why[0]}") if len(why) == 1 else line
    if len(why) > 1:
        yield from (dim(f"    {reason}") for reason in why)
    if change.diff and (full or change.action is not Action.CREATE):
        yield "\n".join(f"    {line}" for line in coloured_diff(change.diff).splitlines())


def reasons(change: Change[Any]) -> tuple[str, ...]:
    """Why a change is made; there is always one."""
    if change.action is Action.CHECK:
        return tuple(f"unknown: {reason}" for reason in change.reasons)
    return change.reasons or ((NOT_THERE,) if isinstance(change.seen, Absent) else ("it differs",))


def unmanaged_text(records: Sequence[Recorded], unlisted: str) -> str:
    """What is kept though nothing asks for it any more."""
    lines = "\n".join(f"  {record.key}  {_described(record)}".rstrip() for record in records)
    return f"Kept, because it holds data and nobody asked for its end{unlisted}:\n{lines}"


def _described(record: Recorded) -> str:
    resource = record.resource()
    return resource.describe() if resource else ""


def findings_text(found: Sequence[Finding]) -> str:
    """The preflight's answers, a line each; what to do under what is not well."""
    return "\n".join(_finding(finding) for finding in found)


def _finding(finding: Finding) -> str:
    mark = good() if finding.ok else bad()
    fix = "" if finding.ok or not finding.fix else f"\n    {finding.fix}"
    return f"{mark} {finding.id:<14} {finding.text}{fix}"


def table(words: Words, indent: str = "  ") -> str:
    """Names and what they are, in two columns."""
    width = max((len(name) for name, _ in words), default=0)
    return "\n".join(f"{indent}{name:<{width}}  {what}" for name, what in words)
