"""Look at everything that is wanted, and at everything that once was."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence

from msgstack.engine.receipt import Receipt
from msgstack.engine.receipt import Recorded
from msgstack.resource.driver import Drivers
from msgstack.resource.model import Resource
from msgstack.resource.model import Seen
from msgstack.resource.model import Unknown


def observe(wants: Sequence[Resource], drivers: Drivers, last: Receipt | None = None) -> Mapping[str, Seen[Resource]]:
    """What there is now, by key, of `wants` and of what `last` has beyond them. Changes nothing."""
    seen = {want.key: look(want, drivers) for want in wants}
    for record in former(wants, last):
        resource = record.resource()
        if resource is not None and not resource.remains and type(resource) in drivers:
            seen[record.key] = look(resource, drivers)
    return seen


def former(wants: Sequence[Resource], last: Receipt | None) -> tuple[Recorded, ...]:
    """What the last receipt knows of and nobody wants any more."""
    keys = {want.key for want in wants}
    return tuple(record for record in last.records() if record.key not in keys) if last else ()


def look(want: Resource, drivers: Drivers) -> Seen[Resource]:
    """One resource; what the system refuses to tell is unknown, not absent."""
    try:
        return drivers[type(want)].observe(want)
    except OSError as error:
        return Unknown(f"the system says: {error}")
