"""The kinds of resource that every component is made of. What a server holds inside is in `X/resources.py`."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import ClassVar

from msgstack.catalogue.model import Candidate
from msgstack.resource.model import Json
from msgstack.resource.model import Phase
from msgstack.resource.model import Resource
from msgstack.resource.model import shown
from msgstack.service.spec import ServiceSpec


@dataclass(frozen=True, kw_only=True)
class Tree(Resource):
    """A fetched or built tree in the store. Any candidate will do; they are tried in order.

    State is what the user chose; the candidates (a digest each) say how to get it.
    """

    kind: ClassVar[str] = "tree"
    phase: ClassVar[Phase] = Phase.STAGE

    name: str
    version: str
    platform: str
    candidates: tuple[Candidate, ...] = field(metadata=shown())

    def describe(self) -> str:
        return f"{self.name} {self.version} ({self.platform})"


@dataclass(frozen=True, kw_only=True)
class GenerationFile(Resource):
    """A rendered file of the generation. `path` is relative to it; `mode` is a permission such as 0o600."""

    kind: ClassVar[str] = "file"
    phase: ClassVar[Phase] = Phase.STAGE
    staged: ClassVar[bool] = True

    path: str
    content: str
    mode: int = 0o644

    def text(self) -> tuple[str, str]:
        return self.path, self.content

    def differences(self, seen: GenerationFile) -> tuple[str, ...]:
        return file_differences(self.content, self.mode, seen.content, seen.mode)


@dataclass(frozen=True, kw_only=True)
class GenerationLink(Resource):
    """A link of the generation, e.g. `home` → a tree of the store. The first target that exists is taken;
    any of them will do."""

    kind: ClassVar[str] = "link"
    phase: ClassVar[Phase] = Phase.STAGE
    staged: ClassVar[bool] = True

    path: str
    targets: tuple[Path, ...]

    def describe(self) -> str:
        return f"→ {self.targets[0]}"

    def differences(self, seen: GenerationLink) -> tuple[str, ...]:
        return () if set(seen.targets) & set(self.targets) else (f"→ {seen.targets[0]}, not {self.targets[0]}",)


@dataclass(frozen=True, kw_only=True)
class Trial(Resource):
    """The staged configuration was accepted by the real server, started aside. `revision` is a digest of
    what was tried; a generation's receipt remembers it."""

    kind: ClassVar[str] = "trial"
    phase: ClassVar[Phase] = Phase.STAGE

    revision: str

    def describe(self) -> str:
        return "start the server aside with this configuration"


@dataclass(frozen=True, kw_only=True)
class Directory(Resource):
    """A folder outside of generations, such as `data`. `owner` is a user's name, None for the running user."""

    kind: ClassVar[str] = "directory"
    phase: ClassVar[Phase] = Phase.STAGE
    holds_data: ClassVar[bool] = True

    path: Path
    mode: int = 0o700
    owner: str | None = None


@dataclass(frozen=True, kw_only=True)
class Secret(Resource):
    """A random secret in a file of mode 0600, made once; its value is nobody's state.

    `template` is the file's text with `{secret}` where 43 random URL-safe characters (256 bits) go.
    """

    kind: ClassVar[str] = "secret"
    phase: ClassVar[Phase] = Phase.STAGE
    holds_data: ClassVar[bool] = True

    path: Path
    template: str = field(metadata=shown())
    owner: str | None = None


@dataclass(frozen=True, kw_only=True)
class SystemUser(Resource):
    """An account without a shell that the services run as in system mode (Linux)."""

    kind: ClassVar[str] = "user"
    phase: ClassVar[Phase] = Phase.STAGE

    name: str


@dataclass(frozen=True, kw_only=True)
class Generation(Resource):
    """`current` is a generation with this content: the one switch.

    `states` is the whole receipt body: every resource's key, kind, phase and state, in plan order.
    """

    kind: ClassVar[str] = "generation"
    phase: ClassVar[Phase] = Phase.SWITCH

    component: str
    instance: str
    stack_digest: str
    stack_text: str = field(metadata=shown())  # the stack file as read; "" for the default stack
    states: tuple[dict[str, Json], ...] = ()

    def describe(self) -> str:
        return "switch to a new generation"


@dataclass(frozen=True, kw_only=True)
class HostFile(Resource):
    """A file outside of generations that we own whole: a wrapper in ROOT/bin, for example."""

    kind: ClassVar[str] = "host-file"
    phase: ClassVar[Phase] = Phase.ACTIVATE

    path: Path
    content: str
    mode: int = 0o644

    def text(self) -> tuple[str, str]:
        return str(self.path), self.content

    def differences(self, seen: HostFile) -> tuple[str, ...]:
        return file_differences(self.content, self.mode, seen.content, seen.mode)


@dataclass(frozen=True, kw_only=True)
class HostLink(Resource):
    """A link outside of generations, e.g. /opt/pulsar → ROOT/pulsar/current/home."""

    kind: ClassVar[str] = "host-link"
    phase: ClassVar[Phase] = Phase.ACTIVATE

    path: Path
    target: Path


@dataclass(frozen=True, kw_only=True)
class Service(Resource):
    """A service is installed with this definition, enabled, and runs from this revision.

    `definition` is each file that the service manager reads: absolute path and content. `revision` is the
    digest of all that the process is run from; the start script writes it to `spec.started` when it starts,
    so that what runs is known whoever (re)started it.
    """

    kind: ClassVar[str] = "service"
    phase: ClassVar[Phase] = Phase.ACTIVATE

    spec: ServiceSpec = field(metadata=shown())
    definition: tuple[tuple[Path, str], ...]
    revision: str
    running: bool = True

    def text(self) -> tuple[str, str]:
        return str(self.definition[0][0]), "".join(content for _, content in self.definition)

    def differences(self, seen: Service) -> tuple[str, ...]:
        checks = (
            (self.running and not seen.running, "it is stopped"),
            (seen.running and not self.running, "it runs"),
            (self.definition != seen.definition, "its definition differs"),
            (self.running and seen.running and self.revision != seen.revision, "it runs from an older configuration"),
        )
        return tuple(reason for holds, reason in checks if holds)


def file_differences(content: str, mode: int, seen_content: str, seen_mode: int) -> tuple[str, ...]:
    """Reasons for a file: its content, then its mode in octal."""
    reasons = ("content differs",) if content != seen_content else ()
    return reasons + ((f"mode: {seen_mode:04o} → {mode:04o}",) if mode != seen_mode else ())
