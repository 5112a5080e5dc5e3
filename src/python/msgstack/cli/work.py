"""From a session to a plan, and to what the plan was made from: the steps that verbs share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgstack.cli.session import Session
from msgstack.cli.session import facts_of
from msgstack.engine.generation import seal
from msgstack.engine.observe import observe
from msgstack.engine.plan import Plan
from msgstack.engine.plan import plan
from msgstack.errors import UsageError
from msgstack.host.generation import read_last
from msgstack.resource.driver import Drivers
from msgstack.resource.facts import Facts
from msgstack.resource.model import Resource
from msgstack.spec.reader import digest

if TYPE_CHECKING:
    from msgstack.host.preflight import Finding


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a run wants on this host, and the drivers to look at it and change it."""

    session: Session
    facts: Facts
    wants: tuple[Resource, ...]
    drivers: Drivers


def prepare(session: Session) -> Work:
    """Everything that the stack asks for, the generation included; nothing was looked at yet."""
    from msgstack.cli.wiring import catalogue
    from msgstack.cli.wiring import drivers

    component, layout, stack = session.component, session.layout, session.stack
    if not component.enabled(stack):
        raise UsageError(
            f"{component.title} is not part of this stack",
            f"{component.name}.enabled is false in {session.origin}",
            f"Set it to true, or run `{component.program} uninstall`.",
        )
    facts = facts_of(session)
    try:
        wants = component.resources(stack, catalogue(), facts, layout)
    except UsageError as error:  # of a version or a source that is not to be had
        raise UsageError(f"{session.origin}: {error.what}", error.why, error.fix) from error
    whole = seal(component.name, wants, session.text, digest(stack), stack.instance)
    return Work(session=session, facts=facts, wants=(*wants, whole), drivers=drivers(component, stack, facts, layout))


def planned(work: Work, prune: tuple[str, ...] = ()) -> Plan:
    """What would change now."""
    last = read_last(work.session.layout)
    return plan(work.wants, observe(work.wants, work.drivers, last), last, prune)


def asked(work: Work, temporary: bool) -> tuple[Finding, ...]:
    """The preflight's questions and their answers."""
    from msgstack.host import preflight

    session = work.session
    ports = session.component.ports(session.stack)
    seen = preflight.probe(session.layout, ports)
    return preflight.findings(session.stack, work.facts, session.layout, ports, seen, temporary=temporary)
