"""The NATS server as a service: what its process is, takes and may touch. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from msgstack.nats import names
from msgstack.nats import render
from msgstack.nats.check import OUTPUT_MAX
from msgstack.nats.spec import Nats
from msgstack.resource.facts import Facts
from msgstack.resource.facts import Manager
from msgstack.resource.layout import Layout
from msgstack.service.launchd import early_log
from msgstack.service.spec import Ready
from msgstack.service.spec import ServiceSpec
from msgstack.service.spec import Supervision
from msgstack.service.start import Start
from msgstack.service.wall import for_one_life
from msgstack.spec.stack import Stack

READY_SECONDS: Final = 60  # a large store is read before the server is healthy
STOP_SECONDS: Final = 60
SIGTERM_EXITS_1: Final = (2, 11)  # before this line


def service_spec(stack: Stack, facts: Facts, layout: Layout, version: str) -> ServiceSpec:
    """The service of a server of that version."""
    nats = stack.nats
    return ServiceSpec(
        root=layout.root,
        component=names.COMPONENT,
        instance=stack.instance,
        mode=facts.mode,
        description="NATS server with JetStream",
        command=(str(layout.current / names.START),),
        working_directory=layout.data,
        user=facts.service_user,
        ready=Ready(url=names.monitor_url(nats.monitor_port, "/healthz"), seconds=READY_SECONDS),
        started=layout.run / "started",
        lock=layout.data / ".lock",
        memory_max=int(nats.memory),  # a number: service managers read units in their own ways, or not at all
        open_files=nats.open_files,
        stop_seconds=STOP_SECONDS,
        success_codes=(1,) if render.release_line(version) < SIGTERM_EXITS_1 else (),
        writable=(layout.data, layout.log, layout.run),
        log=layout.log / "service.log",
        log_max=OUTPUT_MAX,
        documentation="https://docs.nats.io",
        supervision=_supervision(facts, layout),
    )


def start(nats: Nats, facts: Facts, layout: Layout, spec: ServiceSpec) -> Start:
    """What the start script becomes, with all paths through `current`: a restart runs what is current."""
    command = (str(layout.current / names.SERVER), "-c", str(layout.current / names.CONFIGURATION))
    begin = Start(command, dict(render.environment(nats)), (_memory_streams(nats, facts, layout),))
    if facts.manager is not Manager.LAUNCHD:
        return begin
    return replace(begin, beside=(*begin.beside, for_one_life(spec, facts.python)), early_log=early_log(spec.log))


def _memory_streams(nats: Nats, facts: Facts, layout: Layout) -> tuple[str, ...]:
    """The program that makes memory streams again (helper/memory_streams.py); it reads what is current by then."""
    program, requests = (str(layout.current / name) for name in (names.MEMORY_STREAMS_PROGRAM, names.MEMORY_STREAMS))
    password = str(layout.current / "secrets" / f"{names.APP_USER}.conf")
    place = (names.client_host(nats.host), str(nats.port))
    return (str(facts.python), "-I", program, requests, password, names.APP_USER, *place)


def _supervision(facts: Facts, layout: Layout) -> Supervision | None:
    if facts.manager is not Manager.SUPERVISORD:
        return None
    site = layout.current / "supervisor" / "site"
    return Supervision(folder=layout.root / "supervisor", python=facts.python, site=site)
