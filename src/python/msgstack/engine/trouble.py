"""What to say when a run ends before its end: what holds now, and what the next run will do."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Any

from msgstack.engine.generation import generation_key
from msgstack.engine.observe import look
from msgstack.errors import MsgstackError
from msgstack.resource.driver import Drivers
from msgstack.resource.generation import Generation
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Phase
from msgstack.resource.model import Present
from msgstack.resource.model import Seen

if TYPE_CHECKING:
    from msgstack.engine.plan import Plan
    from msgstack.engine.plan import Refused

SHOWN = 5
AGAIN = "run the same command again to go on"
FIXES = {
    errno.ENOSPC: "make room on that disk, then run the same command again",
    errno.EDQUOT: "the user's quota is used up: make room, then run the same command again",
    errno.EIO: "the disk fails: see the system's log before anything else",
    errno.EROFS: "that disk can't be written: give a --root on one that can",
    errno.EACCES: "run as the user who installed, or as root for a system installation",
    errno.EPERM: "run as the user who installed, or as root for a system installation",
}


def refuse(plan: Plan) -> None:
    """Raises MsgstackError if any change of the plan can't be made; nothing was changed then."""
    if plan.refused:
        raise refusal(plan.refused)


def refusal(refused: Sequence[Refused]) -> MsgstackError:
    """One error for all changes that can't be made in place, each with its way out."""
    keys = ", ".join(one.key for one in refused)
    return MsgstackError(f"can't be changed in place: {keys}", "", "\n".join(f"{r.key}: {r.reason}" for r in refused))


def of_system(error: OSError) -> MsgstackError:
    """What the operating system refused, as words."""
    what = f"{error.filename or 'a file'} can't be used"
    return MsgstackError(what, f"the system says: {error.strerror or error}", FIXES.get(error.errno or 0, ""))


def told(error: MsgstackError, plan: Plan, place: int, drivers: Drivers) -> MsgstackError:
    """`error`, with what holds now that the run ended at the plan's change number `place`."""
    error.holds = error.holds or _holds(plan, plan.changes[place:], drivers)
    error.fix = error.fix or _fix(error.__cause__) or AGAIN
    return error


def _fix(cause: BaseException | None) -> str:
    """What helps when the operating system refused, whoever has put that into words."""
    return FIXES.get(cause.errno or 0, "") if isinstance(cause, OSError) else ""


def _holds(plan: Plan, rest: Sequence[Change[Any]], drivers: Drivers) -> str:
    number = _current(plan, drivers)
    to_switch = next((change for change in rest if change.resource.phase is Phase.SWITCH), None)
    before_switch = to_switch is not None and number == _number(to_switch.seen)
    if before_switch and number:
        return f"generation {number} is still the current one; nothing was switched"
    if before_switch:
        return "nothing is in use yet; nothing was switched"
    is_now = f"generation {number} is the current one; " if number else ""
    return f"{is_now}the next run goes on with: {_some(rest)}"


def _current(plan: Plan, drivers: Drivers) -> int | None:
    """The number of the current generation, as it is now."""
    if Generation not in drivers:
        return None
    nothing = Generation(
        key=generation_key(plan.component), component=plan.component, instance="", stack_digest="", stack_text=""
    )
    return _number(look(nothing, drivers))


def _number(seen: Seen[Any]) -> int | None:
    return seen.resource.number if isinstance(seen, Present) and isinstance(seen.resource, Generation) else None


def _some(rest: Sequence[Change[Any]]) -> str:
    keys = [change.resource.key for change in rest if change.action is not Action.CARRY]
    more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
    return ", ".join(keys[:SHOWN]) + more
