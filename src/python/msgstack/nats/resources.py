"""All that a stack file asks for of NATS on one host, as resources. Pure; the engine adds the generation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from collections.abc import Sequence

from msgstack import data
from msgstack.catalogue.choose import Policy
from msgstack.catalogue.choose import choose
from msgstack.catalogue.model import Catalogue
from msgstack.helper import memory_streams
from msgstack.nats import names
from msgstack.nats import render
from msgstack.nats.kinds import Live
from msgstack.nats.objects import contexts
from msgstack.nats.objects import objects
from msgstack.nats.objects import secret_key
from msgstack.nats.service import service_spec
from msgstack.nats.service import start
from msgstack.nats.wire import memory_requests
from msgstack.resource.facts import Facts
from msgstack.resource.facts import Manager
from msgstack.resource.facts import Mode
from msgstack.resource.kinds import Directory
from msgstack.resource.kinds import GenerationFile
from msgstack.resource.kinds import GenerationLink
from msgstack.resource.kinds import HostFile
from msgstack.resource.kinds import Secret
from msgstack.resource.kinds import SystemUser
from msgstack.resource.kinds import Tree
from msgstack.resource.kinds import Trial
from msgstack.resource.layout import Layout
from msgstack.resource.model import Resource
from msgstack.resource.model import to_json
from msgstack.service.definition import generation_files
from msgstack.service.definition import service
from msgstack.service.start import start_script
from msgstack.spec.stack import Stack

PREFIX = names.COMPONENT


def resources(stack: Stack, catalogue: Catalogue, facts: Facts, layout: Layout) -> tuple[Resource, ...]:
    """What `stack` asks for; nothing when NATS is not part of it. Raises UsageError for what can't be."""
    if not stack.nats.enabled:
        return ()
    trees = tuple(_trees(stack, catalogue, facts))
    version = trees[0].version
    spec = service_spec(stack, facts, layout, version)
    text = render.configuration(stack.nats, stack.instance, facts.system, layout, version)
    files = (_file(names.CONFIGURATION, text), *generation_files(spec, facts))
    begin = start(stack.nats, facts, layout, spec)
    now = revision(files, trees, start_script(spec, begin, ""))
    run = _file(names.START, start_script(spec, begin, now), 0o755)
    runs = service(spec, facts, now, (f"{PREFIX}/trial",))
    inside = tuple(objects(stack.nats, (runs.key,)))
    return (
        *trees,
        *_outside(facts, layout),
        *files,
        run,
        *_memory_streams(inside),
        *_links(trees, layout),
        _trial(stack, facts, now, (*files, run)),
        *_wrappers(stack, facts, layout),
        runs,
        *contexts(stack.nats, stack.instance, facts, layout),
        *inside,
    )


def revision(files: Sequence[GenerationFile], trees: Sequence[Tree], script: str) -> str:
    """A digest of all that the server's process is run from: `script` is its start script without a revision.

    A tree goes in by what the user chose, for any of its candidates will do.
    """
    parts = [[file.path, file.content, file.mode] for file in files]
    parts += [[tree.name, tree.version, tree.platform] for tree in trees if tree.name != CLI_TREE]
    return hashlib.sha256(json.dumps([to_json(parts), script]).encode()).hexdigest()[:16]


SERVER_TREE = "nats-server"
CLI_TREE = "natscli"
SUPERVISOR_TREE = "supervisor"
LINKS = {SERVER_TREE: "home", CLI_TREE: "cli", SUPERVISOR_TREE: "supervisor"}


def _trees(stack: Stack, catalogue: Catalogue, facts: Facts) -> Iterator[Tree]:
    """The server first."""
    wanted = [(SERVER_TREE, stack.nats.version), (CLI_TREE, None)]
    if facts.manager is Manager.SUPERVISORD:
        wanted.append((SUPERVISOR_TREE, None))
    policy = Policy(stack.sources.order, stack.sources.offline is not None)
    for name, version in wanted:
        tree = choose(catalogue, name, version, facts.platform, policy)
        yield Tree(
            key=f"{PREFIX}/tree/{name}",
            name=name,
            version=tree.version,
            platform=tree.platform,
            candidates=tree.candidates,
        )


def _outside(facts: Facts, layout: Layout) -> Iterator[Resource]:
    """What every generation uses and none holds: the user, folders, passwords."""
    owner = facts.service_user
    needs: tuple[str, ...] = ()
    if facts.mode is Mode.SYSTEM and facts.system == "linux" and owner:
        yield SystemUser(key=f"{PREFIX}/user", name=owner)
        needs = (f"{PREFIX}/user",)
    for name in ("data", "log", "run", "secrets"):
        path = getattr(layout, name)
        yield Directory(key=f"{PREFIX}/directory/{name}", needs=needs, path=path, mode=0o700, owner=owner)
    for user in (names.APP_USER, names.SYSTEM_USER):
        yield Secret(
            key=secret_key(user),
            needs=(f"{PREFIX}/directory/secrets",),
            path=layout.secrets / f"{user}.conf",
            template=f'nats_{user}_password: "{{secret}}"\n',
            owner=owner,
        )


def _memory_streams(inside: Sequence[Live]) -> Iterator[GenerationFile]:
    """What each start of the server makes again. No part of the revision: the server itself does not read it."""
    requests = json.dumps(memory_requests(inside), indent=1, sort_keys=True) + "\n"
    yield _file(names.MEMORY_STREAMS, requests)
    yield _file(names.MEMORY_STREAMS_PROGRAM, data.program(memory_streams))


def _file(path: str, content: str, mode: int = 0o644) -> GenerationFile:
    return GenerationFile(key=f"{PREFIX}/file/{path}", path=path, content=content, mode=mode)


def _links(trees: Sequence[Tree], layout: Layout) -> Iterator[GenerationLink]:
    for tree in trees:
        path = LINKS[tree.name]
        targets = tuple(layout.store / candidate.id for candidate in tree.candidates)
        yield GenerationLink(key=f"{PREFIX}/link/{path}", needs=(tree.key,), path=path, targets=targets)
    needs = (f"{PREFIX}/directory/secrets",)
    yield GenerationLink(key=f"{PREFIX}/link/secrets", needs=needs, path="secrets", targets=(layout.secrets,))


def _trial(stack: Stack, facts: Facts, revision: str, files: Sequence[GenerationFile]) -> Trial:
    links = (f"{PREFIX}/link/home", f"{PREFIX}/link/secrets")
    passwords = (secret_key(names.APP_USER), secret_key(names.SYSTEM_USER))
    return Trial(
        key=f"{PREFIX}/trial",
        needs=(*(file.key for file in files), *links, *passwords),
        revision=revision,
        environment=render.environment(stack.nats),
        expects=render.expected(stack.nats, stack.instance, facts.system),
    )


def _wrappers(stack: Stack, facts: Facts, layout: Layout) -> Iterator[HostFile]:
    texts = {
        "nats": render.cli_wrapper(stack.nats, facts.config_home, layout),
        "nats-server": render.server_wrapper(layout),
    }
    for name, text in texts.items():
        yield HostFile(key=f"{PREFIX}/bin/{name}", path=layout.bin / name, content=text, mode=0o755)
