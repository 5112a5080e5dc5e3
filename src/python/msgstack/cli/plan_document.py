"""A plan, and what it was made from, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Any

from msgstack.cli.report import reasons
from msgstack.cli.session import Session
from msgstack.engine.plan import Plan
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Json

if TYPE_CHECKING:
    from msgstack.host.preflight import Finding

Document = dict[str, Any]


def about(session: Session, manager: str | None) -> Document:
    """Keys with which every document of a set-up program begins."""
    return {
        "program": session.component.program,
        "component": session.component.name,
        "instance": session.stack.instance,
        "root": str(session.layout.root),
        "mode": session.mode.value,
        "manager": manager,
        "stack": session.origin,
    }


def plan_document(plan: Plan) -> Document:
    """`changes` counts what `plan` lists, without what is only looked at again (action "check")."""
    return {
        "changes": plan.count,
        "plan": [_change(change) for change in plan.changes if change.action is not Action.CARRY],
        "unmanaged": [record.key for record in plan.unmanaged],
        "refused": [{"key": refused.key, "reason": refused.reason} for refused in plan.refused],
    }


def _change(change: Change[Any]) -> dict[str, Json]:
    resource = change.resource
    return {
        "action": change.action.name.lower(),
        "key": resource.key,
        "kind": resource.kind,
        "phase": resource.phase.name.lower(),
        "what": resource.describe(),
        "reasons": list(reasons(change)),
        "diff": change.diff,
    }


def findings_document(found: Sequence[Finding]) -> list[Document]:
    """The preflight: `ok`, what was found, and what to do."""
    return [{"id": one.id, "ok": one.ok, "found": one.text, "fix": "" if one.ok else one.fix} for one in found]
