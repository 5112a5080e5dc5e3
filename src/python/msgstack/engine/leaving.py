"""What the last receipt has and nobody wants any more: deleted, kept and reported, or left to uninstall. Pure."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from msgstack.engine.receipt import Recorded
from msgstack.errors import UsageError
from msgstack.resource.model import Absent
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Json
from msgstack.resource.model import Present
from msgstack.resource.model import Resource
from msgstack.resource.model import Seen
from msgstack.resource.model import Unknown
from msgstack.resource.model import unified

GONE = "it left the stack file"


def changes(records: Sequence[Recorded], seen: Mapping[str, Seen[Any]], prune: Collection[str]) -> list[Change[Any]]:
    """What goes, in the reverse of the order in which it came."""
    found = (_change(record, seen.get(record.key, Absent())) for record in reversed(records) if _goes(record, prune))
    return [change for change in found if change is not None]


def unmanaged(
    records: Sequence[Recorded], seen: Mapping[str, Seen[Any]], prune: Collection[str]
) -> tuple[Recorded, ...]:
    """What holds data, is there and is kept, and what a program that knew more kinds has made."""
    return tuple(record for record in records if not _goes(record, prune) and _stays(record, seen))


def remembered(records: Sequence[Recorded], seen: Mapping[str, Seen[Any]]) -> tuple[dict[str, Json], ...]:
    """What the next receipt has to remember, as JSON: whatever is still there, whether it goes now or stays."""
    return tuple(record.as_json() for record in records if not _is_staged(record) and _may_be_there(record, seen))


def check_prune(
    prune: Collection[str], wants: Sequence[Resource], records: Sequence[Recorded], seen: Mapping[str, Seen[Any]]
) -> None:
    """Raises UsageError for a key that can't be pruned, with those that can."""
    could = sorted(record.key for record in unmanaged(records, seen, ()) if record.resource())
    for key in prune:
        if any(want.key == key for want in wants):
            raise UsageError(f"--prune {key}: the stack file wants it", "", "take it out of the stack file first")
        if key not in could:
            known = f"what can be pruned: {', '.join(could)}" if could else "there is nothing to prune"
            raise UsageError(f"--prune {key}: nothing of that name is unmanaged", "", known)


def _change(record: Recorded, seen: Seen[Any]) -> Change[Any] | None:
    match seen, record.resource():
        case Unknown(reason=reason), Resource() as resource:
            return Change(Action.CHECK, resource, seen, (f"{GONE}; {reason}",), wanted=False)
        case Present(resource=there), Resource() as resource if not resource.replaced(there):
            return Change(Action.DELETE, there, seen, (GONE,), unified(None, there), wanted=False)
        case _:
            return None


def _goes(record: Recorded, prune: Collection[str]) -> bool:
    resource = record.resource()
    return resource is not None and not resource.remains and (not record.holds_data or record.key in prune)


def _stays(record: Recorded, seen: Mapping[str, Seen[Any]]) -> bool:
    resource = record.resource()
    return resource is None or (record.holds_data and not isinstance(seen.get(record.key, Absent()), Absent))


def _may_be_there(record: Recorded, seen: Mapping[str, Seen[Any]]) -> bool:
    resource = record.resource()
    return resource is None or resource.remains or not isinstance(seen.get(record.key, Absent()), Absent)


def _is_staged(record: Recorded) -> bool:
    resource = record.resource()
    return resource is not None and resource.staged
