"""One fault for every check: a real server that is wrong in that point, or a client that spoils the traffic.

Each fault is an async context manager over a running, right `Place`; it gives the target to ask.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from contextlib import asynccontextmanager
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from faulty.places import target
from msgstack.nats.spec import Authentication
from msgstack.spec.units import Size
from msgstack.verify.nats.target import NatsTarget
from servers.nats import Place

Spoil = Callable[[Client, Msg], Awaitable[None]]
Scene = Callable[[Place], AbstractAsyncContextManager[NatsTarget]]


@dataclass(frozen=True)
class Fault:
    """What is wrong, the check that must see it, and what it must say."""

    check: str
    name: str
    scene: Scene
    says: str  # a regular expression


# --- servers that are wrong ----------------------------------------------------------------------


def bent(file: str, old: str, new: str) -> Scene:
    """The server restarted with another text in a file of its generation."""

    @asynccontextmanager
    async def scene(place: Place) -> AsyncIterator[NatsTarget]:
        place.stop()
        edit(place.layout.current / file, old, new)
        place.start()
        yield target(place)

    return scene


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, f"{path.name} has no {old!r}"
    path.write_text(text.replace(old, new))


def configured(old: str, new: str) -> Scene:
    return bent("conf/nats-server.conf", old, new)


def touched(change: Callable[[Place], None]) -> Scene:
    """Something is changed beside the running server."""

    @asynccontextmanager
    async def scene(place: Place) -> AsyncIterator[NatsTarget]:
        change(place)
        yield target(place)

    return scene


def declared(change: Callable[[Place], NatsTarget]) -> Scene:
    """The server is as it is; what is declared of it is another."""

    @asynccontextmanager
    async def scene(place: Place) -> AsyncIterator[NatsTarget]:
        yield change(place)

    return scene


def asked(subject: str, body: dict[str, Any] | None = None) -> Scene:
    """Somebody used the JetStream API by hand."""

    @asynccontextmanager
    async def scene(place: Place) -> AsyncIterator[NatsTarget]:
        async with client_of(place) as client:
            answer = json.loads((await client.request(f"$JS.API.{subject}", json.dumps(body or {}).encode())).data)
            assert "error" not in answer, answer
        yield target(place)

    return scene


@asynccontextmanager
async def edited_stream(place: Place) -> AsyncIterator[NatsTarget]:
    async with client_of(place) as client:
        info = json.loads((await client.request("$JS.API.STREAM.INFO.EVENTS", b"")).data)
        changed = info["config"] | {"max_age": 3_600_000_000_000}
        await client.request("$JS.API.STREAM.UPDATE.EVENTS", json.dumps(changed).encode())
    yield target(place)


@asynccontextmanager
async def full_memory(place: Place) -> AsyncIterator[NatsTarget]:
    """More resident than a budget that is as small as it can be said."""
    async with client_of(place) as client:
        js = client.jetstream()
        await js.add_stream(name="FULL", subjects=["full"], storage="memory", max_bytes=44 * 2**20)
        for _ in range(40):
            await js.publish("full", bytes(2**20 - 512))
    small = replace(place.nats.limits, max_pending=Size(1024))
    store = replace(place.nats.jetstream, max_memory=Size(0))
    yield target(place, spec=replace(place.nats, memory=Size(50_000_000), limits=small, jetstream=store))


def password_declared(place: Place) -> NatsTarget:
    return target(place, spec=replace(place.nats, authentication=Authentication.PASSWORD))


def everywhere_declared(place: Place) -> NatsTarget:
    return target(place, spec=replace(place.nats, host="0.0.0.0"))


def other_binary(place: Place) -> None:
    home = place.layout.current / "home"
    home.unlink()
    (home / "bin").mkdir(parents=True)
    (home / "bin/nats-server").write_text("#!/bin/sh\necho nats-server: v2.14.6\n")
    (home / "bin/nats-server").chmod(0o755)


def changed_tree(place: Place) -> None:
    """The store has a copy of the tree with one byte added to the program."""
    import shutil

    home = place.layout.current / "home"
    copy = place.layout.store / place.tree.name
    place.layout.store.unlink()
    shutil.copytree(place.tree, copy)
    (copy / "bin").chmod(0o755)
    program = copy / "bin/nats-server"
    program.chmod(0o755)
    program.write_bytes(program.read_bytes() + b"\0")
    home.unlink()
    home.symlink_to(copy)


def loose_lock(place: Place) -> None:
    (place.layout.data / ".lock").unlink()
    (place.layout.data / ".lock").touch()


def log_line(place: Place) -> None:
    with (place.layout.log / "nats-server.log").open("a") as log:
        log.write(
            "[1] 2026/01/01 00:00:00.000000 [ERR] JetStream failed to store a msg on stream 'APP > TASKS': no space\n"
        )


def failing_cli(place: Place) -> None:
    (place.layout.bin / "nats").write_text("#!/bin/sh\necho 'nats: error: nats: Authorization Violation' >&2\nexit 1\n")


def open_context(place: Place) -> None:
    (place.facts.config_home / "nats/context/msgstack.json").chmod(0o644)


# --- clients that spoil the traffic --------------------------------------------------------------


@asynccontextmanager
async def client_of(place: Place) -> AsyncIterator[Client]:
    client = await nats.connect(f"nats://127.0.0.1:{place.nats.port}")
    try:
        yield client
    finally:
        await client.close()


def rogue(subject: str, spoil: Spoil, queue: str = "") -> Scene:
    """A client of the same account does something to each message of a check."""

    @asynccontextmanager
    async def scene(place: Place) -> AsyncIterator[NatsTarget]:
        async with client_of(place) as client:

            async def react(message: Msg) -> None:
                await spoil(client, message)

            await client.subscribe(subject, queue=queue, cb=react)
            await client.flush()
            yield target(place)

    return scene


async def again(client: Client, message: Msg) -> None:
    """Publishes it once more."""
    if "Copy" not in (message.headers or {}):
        await client.publish(message.subject, message.data, headers={"Copy": "1"})


async def swallow(client: Client, message: Msg) -> None:
    """Takes it and does nothing."""


async def reply(client: Client, message: Msg) -> None:
    await message.respond(b"somebody")


async def purge(client: Client, message: Msg) -> None:
    """Empties the stream of the message's name."""
    await client.request(f"$JS.API.STREAM.PURGE.{message.subject}", b"")


MAPPING = '  APP {\n    mappings: {{ "_verify_t1_{what}": "elsewhere" }}\n'.replace("{{", "{").replace("}}", "}")


def astray(what: str) -> Scene:
    """The server maps a subject of the check to another."""
    return configured("  APP {\n", MAPPING.replace("{what}", what))


ASYNC = {"name": "LOOSE", "subjects": ["loose"], "storage": "file", "persist_mode": "async", "max_bytes": 1_000_000}
CONF = "conf/nats-server.conf"


def stopped(place: Place) -> None:
    place.stop()


def no_log(place: Place) -> None:
    (place.layout.log / "nats-server.log").write_text("")


def other_config(place: Place) -> None:
    edit(place.layout.current / CONF, "max_connections: 1000", "max_connections: 900")


def readable_secret(place: Place) -> None:
    (place.layout.secrets / "app.conf").chmod(0o644)


def as_receipt_says(place: Place) -> NatsTarget:
    return target(place, version="2.14.6")


CONNECTIONS = configured("max_connections: 1000", "max_connections: 900")
PAYLOAD = configured("max_payload: 1048576", "max_payload: 65536")
PENDING = configured("max_pending: 8388608", "max_pending: 67108864")
NO_GOMEMLIMIT = bent("service/run", "export GOMEMLIMIT", "unset GOMEMLIMIT")
FEW_FILES = bent("service/run", "exec 9>>", "ulimit -n 100\nexec 9>>")
LAZY = configured("sync_interval: always", 'sync_interval: "2m"')
ALL_ADDRESSES = configured('host: "127.0.0.1"', 'host: "0.0.0.0"')
OTHER_ADDRESS = configured('host: "127.0.0.1"', 'host: "127.0.0.2"')
INTO_SYSTEM = configured('no_auth_user: "app"', 'no_auth_user: "sys"')
OTHER_STORE = configured('/data"\n  max_file', '/run"\n  max_file')
DEAF = configured('{ user: "app",', '{ user: "app", permissions: { publish: { deny: "$JS.ACK.>" } },')
SWALLOW = rogue("_verify_t1_queue", swallow, "members")

FAULTS = (
    Fault("nats.health", "stopped", touched(stopped), "no answer at"),
    Fault("nats.version", "another binary", touched(other_binary), "installed 2.15.1, binary 2.14.6, running 2.15.1"),
    Fault("nats.version", "another receipt", declared(as_receipt_says), "installed 2.14.6, binary 2.15.1"),
    Fault("nats.config", "changed since start", touched(other_config), "another configuration"),
    Fault("nats.limits", "connections", CONNECTIONS, "is 900, declared 1000"),
    Fault("nats.limits", "payload", PAYLOAD, "max_payload is 65536"),
    Fault("nats.limits", "pending", PENDING, "max_pending is 67108864"),
    Fault("nats.memory", "no GOMEMLIMIT", NO_GOMEMLIMIT, "is not set"),
    Fault("nats.memory", "more than its budget", full_memory, "bytes resident, more than nats.memory"),
    Fault("nats.descriptors", "too few", FEW_FILES, "100 open files can't"),
    Fault("nats.durability", "lazy", LAZY, "can lose 120 s"),
    Fault("nats.log", "an error", touched(log_line), "1 errors in the log .* no space"),
    Fault("nats.log", "no log", touched(no_log), "does not tell of the server's start"),
    Fault("nats.ports", "all addresses", ALL_ADDRESSES, "listens also on (0.0.0.0|::)"),
    Fault("nats.ports", "another address", OTHER_ADDRESS, "nothing listens on 127.0.0.1"),
    Fault("nats.accounts", "into the system", INTO_SYSTEM, "application is SYS"),
    Fault("nats.isolation", "into the system", INTO_SYSTEM, "reads the system"),
    Fault("nats.authentication", "open", declared(password_declared), "gets in with no password"),
    Fault("nats.authentication", "open to all", declared(everywhere_declared), "no authentication"),
    Fault("nats.secrets", "readable", touched(readable_secret), "others can read app"),
    Fault("nats.trees", "changed", touched(changed_tree), "bin/nats-server has"),
    Fault("nats.store", "elsewhere", OTHER_STORE, "the store is .*/run/jetstream"),
    Fault("nats.store", "held by nobody", touched(loose_lock), "nobody holds"),
    Fault("nats.pubsub", "a subject astray", astray("pubsub.a.b"), "got 0 messages"),
    Fault("nats.pubsub", "twice", rogue("_verify_t1_pubsub.>", again), "messages, not the"),
    Fault("nats.request", "astray", astray("request"), "reply is 'no responders'"),
    Fault("nats.request", "somebody answers", rogue("_verify_t1_request.nobody", reply), "nobody is 'somebody'"),
    Fault("nats.queue", "a member swallows", SWALLOW, r"\d+ lost"),
    Fault("nats.queue", "twice", rogue("_verify_t1_queue", again), r"\d+ duplicated"),
    Fault("nats.jetstream.store", "twice", rogue("_verify_t1_store", again), "duplicated"),
    Fault("nats.jetstream.dedupe", "twice", rogue("_verify_t1_dedupe", again), "a duplicate was stored"),
    Fault("nats.jetstream.ack", "acks go astray", DEAF, "not done with"),
    Fault("nats.jetstream.ack", "more than sent", rogue("_verify_t1_ack", again), "not done with"),
    Fault("nats.jetstream.redeliver", "purged", rogue("_verify_t1_redeliver", purge), "deliveries are counted"),
    Fault("nats.jetstream.replay", "twice", rogue("_verify_t1_replay", again), "duplicated|lost"),
    Fault("nats.kv", "written by another", rogue("$KV._verify_t1_kv.k", again), "not as expected|wrong last sequence"),
    Fault("nats.streams", "edited", edited_stream, "EVENTS max_age: 1h → 7d"),
    Fault("nats.streams", "deleted", asked("STREAM.DELETE.TASKS"), "TASKS is not there: stream not found"),
    Fault("nats.consumers", "deleted", asked("CONSUMER.DELETE.TASKS.workers"), "TASKS/workers is not there"),
    Fault("nats.buckets", "deleted", asked("STREAM.DELETE.KV_settings"), "settings is not there"),
    Fault("nats.persistence", "asynchronous", asked("STREAM.CREATE.LOOSE", ASYNC), "LOOSE acknowledges before"),
    Fault("nats.contexts", "refused", touched(failing_cli), "Authorization Violation"),
    Fault("nats.contexts", "readable", touched(open_context), "others can read .*msgstack.json"),
)
