"""The kinds of resource that every component is made of. What a server holds inside is in `X/resources.py`."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import ClassVar

from msgstack.catalogue.model import Candidate
from msgstack.resource.facts import Manager
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
    remains: ClassVar[bool] = True

    name: str
    version: str
    platform: str
    candidates: tuple[Candidate, ...] = field(default=(), metadata=shown())

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
        return (
            () if set(seen.targets) & set(self.targets) else (f"→ {seen.targets[0].name}, not {self.targets[0].name}",)
        )


@dataclass(frozen=True, kw_only=True)
class Trial(Resource):
    """The staged configuration was accepted by the real server, started aside. `revision` is a digest of
    what was tried; a generation's receipt remembers it. `environment` is what the service's process gets, and
    `expects` what the started server must say of itself: names as its own report has them, and values."""

    kind: ClassVar[str] = "trial"
    phase: ClassVar[Phase] = Phase.STAGE
    remains: ClassVar[bool] = True  # there is nothing to take back

    revision: str
    environment: tuple[tuple[str, str], ...] = field(default=(), metadata=shown())
    expects: tuple[tuple[str, str | int | bool], ...] = field(default=(), metadata=shown())

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

    def describe(self) -> str:
        return str(self.path)


@dataclass(frozen=True, kw_only=True)
class Secret(Resource):
    """A random secret in a file of mode 0600, made once; its value is nobody's state.

    `template` is the file's text with `{secret}` where 43 random URL-safe characters (256 bits) go.
    """

    kind: ClassVar[str] = "secret"
    phase: ClassVar[Phase] = Phase.STAGE
    holds_data: ClassVar[bool] = True

    path: Path
    template: str
    owner: str | None = None

    def describe(self) -> str:
        return str(self.path)


@dataclass(frozen=True, kw_only=True)
class SystemUser(Resource):
    """An account without a shell that the services run as in system mode (Linux)."""

    kind: ClassVar[str] = "user"
    phase: ClassVar[Phase] = Phase.STAGE
    remains: ClassVar[bool] = True

    name: str


@dataclass(frozen=True, kw_only=True)
class HostFile(Resource):
    """A file outside of generations that we own whole: a wrapper in ROOT/bin, for example."""

    kind: ClassVar[str] = "host-file"
    phase: ClassVar[Phase] = Phase.ACTIVATE
    exclusive: ClassVar[bool] = True

    path: Path
    content: str
    mode: int = 0o644  # 0: what was seen there is no plain file

    def describe(self) -> str:
        return str(self.path)

    def replaced(self, seen: HostFile) -> bool:
        return seen.mode == 0

    def refusal(self, seen: HostFile) -> str | None:
        return f"{self.path} is not a plain file: move it away, then apply again" if seen.mode == 0 else None

    def text(self) -> tuple[str, str]:
        return str(self.path), self.content

    def differences(self, seen: HostFile) -> tuple[str, ...]:
        return file_differences(self.content, self.mode, seen.content, seen.mode)


@dataclass(frozen=True, kw_only=True)
class HostLink(Resource):
    """A link outside of generations, e.g. /opt/pulsar → ROOT/pulsar/current/home."""

    kind: ClassVar[str] = "host-link"
    phase: ClassVar[Phase] = Phase.ACTIVATE
    exclusive: ClassVar[bool] = True

    path: Path
    target: Path | None  # None: what was seen there is no link

    def replaced(self, seen: HostLink) -> bool:
        return seen.target is None

    def refusal(self, seen: HostLink) -> str | None:
        return f"{self.path} is not a link: move it away, then apply again" if seen.target is None else None


@dataclass(frozen=True, kw_only=True)
class Service(Resource):
    """A service is installed with this definition, enabled, and runs from this revision.

    `definition` is each file that the service manager reads: absolute path and content. `revision` is the
    digest of all that the process is run from; the start script records it when it starts, so that what runs
    is known whoever (re)started it. `loaded` is the digest of the definition that the manager started it by.
    """

    kind: ClassVar[str] = "service"
    phase: ClassVar[Phase] = Phase.ACTIVATE

    manager: Manager
    spec: ServiceSpec
    definition: tuple[tuple[Path, str], ...]
    loaded: str
    revision: str
    enabled: bool = True
    running: bool = True  # it is always wanted to run; `stop` is for a while
    owner: str = field(default="", metadata=shown())  # of what was seen: the first line of a file that is not ours

    def describe(self) -> str:
        return f"{self.spec.name} ({self.manager})"

    def text(self) -> tuple[str, str]:
        return str(self.definition[0][0]), "".join(content for _, content in self.definition)

    def replaced(self, seen: Service) -> bool:
        return bool(seen.owner)

    def refusal(self, seen: Service) -> str | None:
        path = self.definition[0][0]
        return (
            f"{path} is not this stack's ({seen.owner}): give the stack another `instance`, or remove it"
            if seen.owner
            else None
        )

    def differences(self, seen: Service) -> tuple[str, ...]:
        checks = (
            (not seen.running, "it is stopped"),
            (self.enabled != seen.enabled, "it does not start with the host"),
            (self.definition != seen.definition, "its definition differs"),
            (seen.running and self.loaded != seen.loaded, "it was started by an older definition"),
            (seen.running and self.revision != seen.revision, "it runs from an older configuration"),
        )
        return tuple(reason for holds, reason in checks if holds)


def file_differences(content: str, mode: int, seen_content: str, seen_mode: int) -> tuple[str, ...]:
    """Reasons for a file: its content, then its mode in octal."""
    reasons = ("content differs",) if content != seen_content else ()
    return reasons + ((f"mode: {seen_mode:04o} → {mode:04o}",) if mode != seen_mode else ())
