"""A toy component on a real directory: everything that a component can want, and a run of a program over it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from msgstack.catalogue.digest import Digest
from msgstack.catalogue.model import Candidate
from msgstack.catalogue.model import File
from msgstack.catalogue.model import Project
from msgstack.catalogue.model import SourceKind
from msgstack.catalogue.model import Unpack
from msgstack.engine.generation import seal
from msgstack.resource.kinds import Directory
from msgstack.resource.kinds import GenerationFile
from msgstack.resource.kinds import GenerationLink
from msgstack.resource.kinds import HostFile
from msgstack.resource.kinds import HostLink
from msgstack.resource.kinds import Secret
from msgstack.resource.kinds import Tree
from msgstack.resource.layout import Layout
from msgstack.resource.model import Resource
from toy.kinds import Process
from toy.kinds import Setting


@dataclass(frozen=True)
class Spec:
    """A stack file of the toy. Keys are names, values are contents."""

    version: str = "1.0"
    files: Mapping[str, str] = field(default_factory=lambda: {"conf/server.conf": "port 1\n", "service/run": "#!\n"})
    wrappers: Mapping[str, str] = field(default_factory=lambda: {"toy": "#!/bin/sh\n"})
    settings: Mapping[str, str] = field(default_factory=lambda: {"A": "1", "B": "2"})
    link: bool = True

    def text(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def parse(cls, text: str) -> Spec:
        return cls(**json.loads(text))


@dataclass(frozen=True)
class World:
    """`home` holds the root and, beside it, the rest of the host."""

    home: Path

    @property
    def layout(self) -> Layout:
        return Layout(self.home / "share" / "msgstack", "toy")

    @property
    def outside(self) -> Path:
        return self.home / "host"

    @property
    def running(self) -> Path:
        return self.layout.run / "running"

    @property
    def server(self) -> Path:
        return self.layout.data / "server.json"


def candidate(version: str) -> Candidate:
    pin = Digest("sha256", hashlib.sha256(version.encode()).hexdigest())
    file = File(f"toy-{version}.whl", pin, None, Project("toy"))
    return Candidate("toy", version, "linux-x86_64", SourceKind.WHEEL, Unpack(file, (("*", "bin/"),)))


def wants(spec: Spec, world: World) -> tuple[Resource, ...]:
    """All that the toy wants, its generation last."""
    made = (*_stage(spec, world), *_outside(spec, world))
    digest = hashlib.sha256(spec.text().encode()).hexdigest()
    return (*made, seal("toy", made, spec.text(), digest, "default"))


def _stage(spec: Spec, world: World) -> tuple[Resource, ...]:
    layout = world.layout
    tree = candidate(spec.version)
    return (
        Directory(key="toy/data", path=layout.data),
        Directory(key="toy/run", path=layout.run, mode=0o755),
        Secret(key="toy/secret", path=layout.secrets / "app.conf", template='password: "{secret}"\n'),
        Tree(key="toy/tree", name="toy", version=spec.version, platform="linux-x86_64", candidates=(tree,)),
        *(GenerationFile(key=f"toy/file/{n}", path=n, content=text) for n, text in sorted(spec.files.items())),
        GenerationLink(key="toy/home", path="home", targets=(layout.store / tree.id,), needs=("toy/tree",)),
        GenerationLink(key="toy/secrets", path="secrets", targets=(layout.secrets,), needs=("toy/secret",)),
    )


def _outside(spec: Spec, world: World) -> tuple[Resource, ...]:
    revision = hashlib.sha256(json.dumps([spec.version, sorted(spec.files.items())]).encode()).hexdigest()[:8]
    wrappers = sorted(spec.wrappers.items())
    return (
        *(HostFile(key=f"toy/bin/{n}", path=world.layout.bin / n, content=text, mode=0o755) for n, text in wrappers),
        HostFile(key="toy/unit", path=world.outside / "etc" / "units" / "toy.unit", content=f"runs {spec.version}\n"),
        *((HostLink(key="toy/opt", path=world.outside / "opt" / "toy", target=world.layout.current),) * spec.link),
        Process(key="toy/process", revision=revision),
        *(Setting(key=f"toy/setting/{n}", name=n, value=value) for n, value in sorted(spec.settings.items())),
    )
