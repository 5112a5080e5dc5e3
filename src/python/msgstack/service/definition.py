"""From a spec to the resources that make it run under the host's service manager."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from msgstack.resource.facts import Facts
from msgstack.resource.facts import Manager
from msgstack.resource.kinds import GenerationFile
from msgstack.resource.kinds import Service
from msgstack.service import launchd
from msgstack.service import supervisord
from msgstack.service import systemd
from msgstack.service.spec import ServiceSpec
from msgstack.service.wall import WALL
from msgstack.service.wall import wall_program

Definition = tuple[tuple[Path, str], ...]


def service(spec: ServiceSpec, facts: Facts, revision: str, needs: tuple[str, ...] = ()) -> Service:
    """The service as a resource. Its key has the manager's name: under another manager it is another service."""
    digest = _digest(definition(spec, facts, ""))
    return Service(
        key=f"{spec.component}/service/{facts.manager}",
        needs=needs,
        manager=facts.manager,
        spec=spec,
        definition=definition(spec, facts, digest),
        loaded=digest,
        revision=revision,
    )


def definition(spec: ServiceSpec, facts: Facts, digest: str) -> Definition:
    """What the manager reads, its own file first. The text carries `digest`, which is that of the text without it."""
    renderers: dict[Manager, Callable[[], Definition]] = {
        Manager.SYSTEMD: lambda: ((systemd.unit_path(spec, facts.config_home), systemd.unit(spec, digest)),),
        Manager.LAUNCHD: lambda: ((launchd.plist_path(spec, facts.home), launchd.plist(spec, digest)),),
        Manager.SUPERVISORD: lambda: (
            (supervisord.program_path(spec), supervisord.program(spec, digest)),
            (supervisord.main_path(spec), supervisord.main_configuration(spec, facts.system)),
        ),
    }
    return renderers[facts.manager]()


def generation_files(spec: ServiceSpec, facts: Facts) -> tuple[GenerationFile, ...]:
    """What the manager needs in the generation beside the start script, in the same folder `service/`."""
    if facts.manager is Manager.SYSTEMD:
        return ()
    wall = _file(spec, WALL, wall_program(), 0o644)
    if facts.manager is Manager.LAUNCHD:
        return (wall,)
    return _file(spec, supervisord.SUPERVISE, supervisord.supervise(spec), 0o755), wall


def _file(spec: ServiceSpec, name: str, content: str, mode: int) -> GenerationFile:
    path = f"service/{name}"
    return GenerationFile(key=f"{spec.component}/file/{path}", path=path, content=content, mode=mode)


def _digest(files: Definition) -> str:
    return hashlib.sha256(repr([(str(path), text) for path, text in files]).encode()).hexdigest()[:12]
