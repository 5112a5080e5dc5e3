"""From a session to a plan, and to what the plan was made from: the steps that verbs share."""

from __future__ import annotations

from dataclasses import dataclass

from msgstack.cli.session import Session
from msgstack.engine.generation import seal
from msgstack.engine.observe import observe
from msgstack.engine.plan import Plan
from msgstack.engine.plan import plan
from msgstack.errors import UsageError
from msgstack.host import facts as host_facts
from msgstack.host import preflight
from msgstack.host.generation import read_last
from msgstack.resource.driver import Drivers
from msgstack.resource.facts import Facts
from msgstack.resource.facts import Manager
from msgstack.resource.model import Resource
from msgstack.spec.reader import digest
from msgstack.spec.stack import ManagerChoice
from msgstack.spec.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a run wants on this host, and the drivers to look at it and change it."""

    session: Session
    facts: Facts
    wants: tuple[Resource, ...]
    drivers: Drivers


def facts_of(session: Session) -> Facts:
    """This host. Without a choice in the stack file, the service manager that runs the service stays."""
    return host_facts.read(session.layout.root, session.mode, wanted_manager(session.stack, session.manager))


def wanted_manager(stack: Stack, current: Manager | None) -> Manager | None:
    chosen = stack.service.manager
    return current if chosen is ManagerChoice.AUTO else Manager(chosen.value)


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
    wants = component.resources(stack, catalogue(), facts, layout)
    whole = seal(component.name, wants, session.text, digest(stack), stack.instance)
    return Work(session=session, facts=facts, wants=(*wants, whole), drivers=drivers(component, stack, facts, layout))


def planned(work: Work, prune: tuple[str, ...] = ()) -> Plan:
    """What would change now."""
    last = read_last(work.session.layout)
    return plan(work.wants, observe(work.wants, work.drivers, last), last, prune)


def asked(work: Work, temporary: bool) -> tuple[preflight.Finding, ...]:
    """The preflight's questions and their answers."""
    session = work.session
    ports = session.component.ports(session.stack)
    seen = preflight.probe(session.layout, ports)
    return preflight.findings(session.stack, work.facts, session.layout, ports, seen, temporary=temporary)
