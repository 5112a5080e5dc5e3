"""Apply: the plan's list, run in its order. What was printed is what happens."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace
from typing import Any

from msgstack.engine import trouble
from msgstack.engine.observe import look
from msgstack.engine.plan import Plan
from msgstack.engine.plan import Refused
from msgstack.engine.plan import compare
from msgstack.errors import InterruptedRun
from msgstack.errors import MsgstackError
from msgstack.resource.driver import Drivers
from msgstack.resource.event import Began
from msgstack.resource.event import Ended
from msgstack.resource.event import Event
from msgstack.resource.event import Progress
from msgstack.resource.event import Say
from msgstack.resource.model import Action
from msgstack.resource.model import Change
from msgstack.resource.model import Present
from msgstack.resource.model import Unknown

Stop = Callable[[], bool]


@dataclass(frozen=True)
class Made:
    """A change that was made, and how long it took."""

    change: Change[Any]
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """All that was made, in order, without what was only carried."""

    made: tuple[Made, ...]

    @property
    def count(self) -> int:
        return len(self.made)


def never() -> bool:
    """Nobody interrupts."""
    return False


def apply(plan: Plan, drivers: Drivers, say: Say, stop: Stop = never) -> Outcome:
    """Make the plan's changes. Raises MsgstackError that tells in `holds` what is in use now and what comes next.

    `stop` is asked between changes, and whenever a change tells of progress; then InterruptedRun is raised.
    """
    trouble.refuse(plan)
    made: list[Made] = []
    for place, change in enumerate(plan.changes):
        try:
            if stop():
                raise InterruptedRun("interrupted")
            made += _make(change, drivers, stoppable(say, stop))
        except (MsgstackError, OSError) as error:
            raise trouble.told(_cause(error, stop), plan, place, drivers) from error
    return Outcome(tuple(made))


def _make(change: Change[Any], drivers: Drivers, say: Say) -> list[Made]:
    """One change, resolved if it was unknown when the plan was made; empty when there is nothing to tell."""
    known = _resolved(change, drivers) if change.action is Action.CHECK else change
    if known is None:
        return []
    driver = drivers[type(known.resource)]
    if not known.counts:
        driver.change(known, say)
        return []
    began = time.monotonic()
    say(Began(known.resource.key, " ".join((known.action, known.resource.key, known.resource.describe())).strip()))
    driver.change(known, say)
    seconds = time.monotonic() - began
    say(Ended(known.resource.key, seconds))
    return [Made(known, seconds)]


def _resolved(change: Change[Any], drivers: Drivers) -> Change[Any] | None:
    """What was unknown is looked at again: the change that it takes, or None. Raises if it can't be told even now."""
    seen = look(change.resource, drivers)
    if isinstance(seen, Unknown):
        raise MsgstackError(f"{change.resource.key} can't be looked at", seen.reason)
    if change.wanted:
        result = compare(change.resource, seen, None)
        if isinstance(result, Refused):
            raise trouble.refusal([result])
        return result
    if isinstance(seen, Present):
        return replace(change, action=Action.DELETE, resource=seen.resource, seen=seen)
    return None


def stoppable(say: Say, stop: Stop) -> Say:
    """Long work, and whatever waits, tells of its progress; that is where it can be stopped, by InterruptedRun."""

    def tell(event: Event) -> None:
        say(event)
        if isinstance(event, Progress) and stop():
            raise InterruptedRun("interrupted", f"at: {event.what}", trouble.AGAIN)

    return tell


def _cause(error: MsgstackError | OSError, stop: Stop) -> MsgstackError:
    """Why it ended, in words. A terminal's Ctrl-C also reaches the programs we run: their failure is not the cause."""
    if stop() and not isinstance(error, InterruptedRun):
        return InterruptedRun("interrupted", str(error))
    return trouble.of_system(error) if isinstance(error, OSError) else error
