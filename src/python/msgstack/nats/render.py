"""The files of a NATS generation and its wrappers. Pure: the same stack, facts and version give the same bytes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any
from typing import Final

from msgstack.errors import UsageError
from msgstack.nats import names
from msgstack.nats.memory import MIB
from msgstack.nats.memory import STALLED
from msgstack.nats.memory import split
from msgstack.nats.memory import subscriptions
from msgstack.nats.spec import Authentication
from msgstack.nats.spec import Nats
from msgstack.resource.layout import Layout
from msgstack.spec.units import Duration
from msgstack.template import render

MAX_BUFFERED: Final = 32 * MIB  # a stream's messages on their way to the disk; the server's own default is 128 MB
LOSS_BY_SYSTEM: Final = {"linux": Duration(0), "macos": Duration(1000)}
"""What a power loss may cost by default: on macOS each fsync empties the drive's cache, which few drives do fast."""


def configuration(nats: Nats, instance: str, system: str, layout: Layout, version: str) -> str:
    """`conf/nats-server.conf` for a server of that version on that system ("linux", "macos")."""
    loss, memory = max_loss(nats, system), split(nats)
    values: dict[str, Any] = {
        "version": release_line(version),
        "server_name": names.server_name(instance),
        "instance": instance,
        "host": nats.host,
        "port": nats.port,
        "monitor": f"{names.LOOPBACK}:{nats.monitor_port}",
        "log_file": layout.log / "nats-server.log",
        "log_part": int(nats.log.part),
        "log_parts": nats.log.parts,
        "memory": memory,
        "stalled": STALLED,
        "subscriptions": f"{subscriptions(memory):,}",
        "limits": nats.limits,
        "jetstream": nats.jetstream,
        "store_dir": layout.data,
        "max_loss": loss,
        "sync_interval": f'"{int(loss)}ms"' if loss else "always",
        "max_buffered": MAX_BUFFERED,
        "no_auth": nats.authentication is Authentication.NONE,
        "app_account": names.APP_ACCOUNT,
        "app_user": names.APP_USER,
        "system_account": names.SYSTEM_ACCOUNT,
        "system_user": names.SYSTEM_USER,
    }
    return render("configs/nats/nats-server.conf.j2", values, {"quoted": quoted})


def cli_wrapper(nats: Nats, config_home: Path, layout: Layout) -> str:
    """ROOT/bin/nats: the command line, with this stack's context unless the user says another.

    It names the folder of the contexts: on its own the command line takes the home that /etc/passwd tells, whatever
    HOME says (natscontext of jsm.go asks os/user).
    """
    values = {
        "config_home": config_home,
        "app_context": names.app_context(layout.instance),
        "system_context": names.system_context(layout.instance),
        "url": names.client_url(nats.host, nats.port),
        "program": layout.current / names.CLI,
    }
    return render("configs/nats/nats.sh.j2", values, {"shell": shell})


def server_wrapper(layout: Layout) -> str:
    """ROOT/bin/nats-server: the program of the current generation."""
    return render("configs/nats/nats-server.sh.j2", {"program": layout.current / names.SERVER}, {"shell": shell})


def environment(nats: Nats) -> tuple[tuple[str, str], ...]:
    """What the server's process gets. Go reads MiB."""
    return (("GOMEMLIMIT", f"{split(nats).soft // MIB}MiB"),)


def expected(nats: Nats, instance: str, system: str) -> tuple[tuple[str, str | int | bool], ...]:
    """What a server that runs from this configuration says of itself, by path in /varz."""
    loss = max_loss(nats, system)
    interval = () if loss == 0 else (("jetstream.config.sync_interval", loss.nanoseconds),)
    return (
        ("server_name", names.server_name(instance)),
        ("max_connections", nats.limits.max_connections),
        ("max_subscriptions", nats.limits.max_subscriptions),
        ("max_payload", int(nats.limits.max_payload)),
        ("max_pending", int(nats.limits.max_pending)),
        ("system_account", names.SYSTEM_ACCOUNT),
        ("jetstream.config.max_memory", int(nats.jetstream.max_memory)),
        ("jetstream.config.max_storage", int(nats.jetstream.max_file)),
        ("jetstream.config.sync_always", loss == 0),
        *interval,
    )


def max_loss(nats: Nats, system: str) -> Duration:
    """What a power loss may cost of acknowledged messages; 0 means that every publish is synced."""
    unset = nats.jetstream.max_loss is None
    return LOSS_BY_SYSTEM[system] if unset else Duration(nats.jetstream.max_loss or 0)


def release_line(version: str) -> tuple[int, int]:
    """`2.15.1` → (2, 15)."""
    match = re.match(r"(\d+)\.(\d+)", version)
    if match is None:
        raise UsageError(f"{version!r} is no version of nats-server", "it takes numbers with dots, such as 2.15.1")
    return int(match[1]), int(match[2])


def quoted(value: str | Path) -> str:
    """A string of NATS' configuration language: double quotes, with the escapes that its lexer knows."""
    text = refuse_control(str(value))
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def shell(value: str | Path) -> str:
    """A word of a shell script."""
    return shlex.quote(refuse_control(str(value)))


def refuse_control(text: str) -> str:
    """A line break in a path would end a line of a file that a server or a shell reads."""
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise UsageError(f"{text!r} has a control character", "configuration files and scripts can't carry it")
    return text
