"""What a verb works on: which ROOT, in which mode, with which stack; found out in one place for all verbs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path

from msgstack.cli.component import Component
from msgstack.cli.options import Options
from msgstack.engine.receipt import Receipt
from msgstack.errors import UsageError
from msgstack.host.facts import default_root
from msgstack.host.facts import read as read_facts
from msgstack.host.generation import STACK
from msgstack.host.generation import read_last
from msgstack.resource.facts import Facts
from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode
from msgstack.resource.kinds import Service
from msgstack.resource.layout import Layout
from msgstack.spec.reader import load
from msgstack.spec.stack import ManagerChoice
from msgstack.spec.stack import Stack

STACK_FILE = "stack.toml"  # of ROOT: taken when no --stack is given


@dataclass(frozen=True, kw_only=True)
class Session:
    """One run's subject. `origin` says in words where the stack comes from; `text` is its file, "" without one."""

    component: Component
    layout: Layout
    mode: Mode
    stack: Stack
    text: str
    origin: str
    last: Receipt | None
    service: Service | None  # as the last receipt has it

    @property
    def manager(self) -> Manager | None:
        """What runs, or ran, the service."""
        return self.service.manager if self.service else None

    @property
    def installed(self) -> bool:
        """Whether there is a current generation."""
        return self.layout.current.exists()


def reopened(session: Session) -> Session:
    """The same subject, after its generation may have changed."""
    last = read_last(session.layout)
    return replace(session, last=last, service=_service(last))


def open_session(component: Component, options: Options) -> Session:
    """Find out what the run is about. Raises UsageError for what contradicts what is installed there."""
    said = read_stack(options.stack) if options.stack else None
    stack = load(said, str(options.stack)) if said is not None else None
    root = options.root or _root(component, options.mode, stack.instance if stack else "default")
    layout = Layout(root, component.name)
    last = read_last(layout)
    service = _service(last)
    text, origin = (said, str(options.stack)) if said is not None else _found(layout)
    stack = stack or load(text, origin)
    session = Session(
        component=component,
        layout=Layout(root, component.name, stack.instance),
        mode=options.mode or (service.spec.mode if service else Mode.USER),
        stack=stack,
        text=text,
        origin=origin,
        last=last,
        service=service,
    )
    _agree(session)
    return session


def facts_of(session: Session) -> Facts:
    """This host. Without a choice in the stack file, the service manager that runs the service stays."""
    return read_facts(session.layout.root, session.mode, wanted_manager(session.stack, session.manager))


def wanted_manager(stack: Stack, current: Manager | None) -> Manager | None:
    chosen = stack.service.manager
    return current if chosen is ManagerChoice.AUTO else Manager(chosen.value)


def _root(component: Component, mode: Mode | None, instance: str) -> Path:
    """The default ROOT. Root alone, who has nothing of their own, means the system's installation."""
    user, system = (default_root(one, instance) for one in (Mode.USER, Mode.SYSTEM))
    if mode is None and os.geteuid() == 0 and not _has(user, component) and _has(system, component):
        return system
    return system if mode is Mode.SYSTEM else user


def _has(root: Path, component: Component) -> bool:
    return (root / component.name).is_dir()


def _found(layout: Layout) -> tuple[str, str]:
    """The text of the stack file to go by when none is named, and what to call it."""
    own = layout.root / STACK_FILE
    if own.exists():
        return read_stack(own), str(own)
    made_from = layout.current / STACK
    if made_from.exists() and (text := read_stack(made_from)):
        return text, "the stack file of the current generation"
    return "", "the default stack"


def read_stack(path: Path) -> str:
    """The text of a stack file. Raises UsageError for a file that can't be read as one."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not text", f"TOML is UTF-8, and byte {error.start} is not") from error
    except OSError as error:
        raise UsageError(f"the stack file {path} can't be read", error.strerror or str(error)) from error


def _service(last: Receipt | None) -> Service | None:
    resources = (record.resource() for record in last.resources if record.kind == Service.kind) if last else iter(())
    return next((resource for resource in resources if isinstance(resource, Service)), None)


def _agree(session: Session) -> None:
    """What a ROOT was made with stays: other names and another owner are another installation."""
    service, root = session.service, session.layout.root
    if service is None or not session.installed:
        return
    if service.spec.mode is not session.mode:
        raise UsageError(
            f"{root} is installed in {service.spec.mode} mode, not in {session.mode} mode",
            "",
            f"Leave --mode out, give another --root, or run `{session.component.program} uninstall` first.",
        )
    if service.spec.instance != session.stack.instance:
        raise UsageError(
            f'{root} holds the instance "{service.spec.instance}"',
            f'{session.origin} is of "{session.stack.instance}", and one ROOT holds one instance',
            f"Give another --root, or run `{session.component.program} uninstall` first.",
        )
