"""The stack: everything that a user may say in the stack file. No file at all is the default stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from msgstack.catalogue.model import SourceKind
from msgstack.nats.spec import Nats
from msgstack.spec.key import key
from msgstack.spec.units import Size


class ManagerChoice(StrEnum):
    AUTO = "auto"
    SYSTEMD = "systemd"
    LAUNCHD = "launchd"
    SUPERVISORD = "supervisord"


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What the whole stack, helpers included, may use of the host."""

    memory: Size = key("Memory that all services, helpers included, may use together.", Size.parse("1GiB"), least=2**20)
    disk: Size = key("Disk that data and logs of all services may use together.", Size.parse("6GiB"), least=2**20)
    memory_reserve: Size = key(
        "Memory of the host beyond the budget, for everything else.", Size.parse("512MiB"), least=0
    )
    disk_reserve: Size = key("Free disk beyond the budget, for everything else.", Size.parse("1GiB"), least=0)


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where artefacts come from. What is pinned stays pinned, wherever it comes from."""

    order: tuple[SourceKind, ...] = key("Only these kinds, in this order; none means the catalogue's own order.", ())
    offline: str | None = key("A folder of files; nothing else is asked.", None, example="/srv/msgstack-files")
    mirrors: Mapping[SourceKind, str] = key(
        "Base address by kind, instead of the host's own settings.",
        factory=dict,
        example={"wheel": "https://mirror.example/simple"},
    )


@dataclass(frozen=True, kw_only=True)
class ServiceOptions:
    """How services run."""

    manager: ManagerChoice = key("What runs them; auto takes what the host has.", ManagerChoice.AUTO)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One messaging stack on one host."""

    version: int = key("Version of this file's format.", 1, least=1, most=1)
    instance: str = key(
        "Name of this stack on its host; part of every unit, label and context.",
        "default",
        pattern=r"[a-z][a-z0-9-]{0,30}",
    )
    budget: Budget = key("Memory and disk of the whole stack.", factory=Budget)
    sources: Sources = key("Where artefacts come from.", factory=Sources)
    service: ServiceOptions = key("How services run.", factory=ServiceOptions)
    nats: Nats = key("NATS with JetStream.", factory=Nats)
