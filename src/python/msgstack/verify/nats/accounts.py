"""Who may do what: accounts from the first day, the port on its address alone, passwords where declared."""

from __future__ import annotations

import asyncio
import ipaddress

from msgstack.nats import names
from msgstack.nats.spec import Authentication
from msgstack.resource.model import Json
from msgstack.verify.model import Check
from msgstack.verify.model import Evidence
from msgstack.verify.model import NotAsked
from msgstack.verify.model import Wrong
from msgstack.verify.nats.target import NatsTarget

Credentials = tuple[str | None, str | None]


async def ports(target: NatsTarget) -> Evidence:
    """Client and monitoring port listen where they were declared, and nowhere else."""
    from msgstack.host.ports import listeners

    wanted = {target.spec.port: addresses(target.spec.host), target.spec.monitor_port: {names.LOOPBACK}}
    found = await asyncio.to_thread(listeners, tuple(wanted))
    evidence: Evidence = {f"{one.address}:{one.port}": one.pid for one in found}
    taken = {port: {one.address for one in found if one.port == port} for port in wanted}
    missing = [f"{'/'.join(sorted(places))}:{port}" for port, places in wanted.items() if not taken[port] & places]
    others = [f"{one.address}:{one.port}" for one in found if one.address not in wanted[one.port]]
    if missing or others:
        raise Wrong("; ".join(said("nothing listens on", missing) + said("listens also on", others)), evidence)
    return evidence


def addresses(host: str) -> set[str]:
    """Where a server with this `host` may be seen to listen: one socket of IPv6 takes IPv4's too."""
    everywhere = {"0.0.0.0", "::", "*"}
    return everywhere if host in everywhere else {names.LOOPBACK, "::1"} if host == "localhost" else {host}


def said(what: str, places: list[str]) -> list[str]:
    return [f"{what} {', '.join(places)}"] if places else []


async def accounts(target: NatsTarget) -> Evidence:
    """APP has JetStream and takes the applications; SYS is the system account; neither SYS nor $G has JetStream."""
    accounts = (names.APP_ACCOUNT, names.SYSTEM_ACCOUNT, "$G")
    overview, *pages = await asyncio.gather(
        target.monitor("/accountz"), *(target.monitor(f"/accountz?acc={name}") for name in accounts)
    )
    details = {name: page.get("account_detail") or {} for name, page in zip(accounts, pages, strict=True)}
    evidence: Evidence = {
        "system_account": overview.get("system_account"),
        "jetstream": [name for name in accounts if details[name].get("jetstream_enabled")],
        "application": await own_account(target),
    }
    wanted: Evidence = {
        "system_account": names.SYSTEM_ACCOUNT,
        "jetstream": [names.APP_ACCOUNT],
        "application": names.APP_ACCOUNT,
    }
    if evidence != wanted:
        raise Wrong(
            "; ".join(f"{k} is {evidence[k]}, not {wanted[k]}" for k in wanted if evidence[k] != wanted[k]), evidence
        )
    return evidence


async def own_account(target: NatsTarget) -> str:
    """The account in which an application finds itself."""
    import json

    async with target.connect() as client:
        answer = await client.request("$SYS.REQ.USER.INFO", b"", timeout=2)
    return str(json.loads(answer.data)["data"]["account"])


async def isolation(target: NatsTarget) -> Evidence:
    """An application can't ask the system account for anything."""
    from nats.errors import NoRespondersError

    async with target.connect() as client:
        try:
            answer = await client.request("$SYS.REQ.SERVER.PING", b"", timeout=1)
        except NoRespondersError:
            return {"$SYS.REQ.SERVER.PING": "no responders"}
    raise Wrong(
        "an application reads the system account", {"$SYS.REQ.SERVER.PING": answer.data.decode(errors="replace")[:100]}
    )


async def authentication(target: NatsTarget) -> Evidence:
    """Where a password is declared nobody gets in without it; where none is, only this host gets in."""
    declared = target.spec.authentication
    evidence: Evidence = {"declared": declared.value, "host": target.spec.host}
    tries: dict[str, tuple[str | None, str | None]] = {
        "a wrong password": (names.APP_USER, "wrong"),
        "an unknown user": ("nobody", "x"),
    }
    if declared is Authentication.PASSWORD:
        tries |= {"no password": (None, None)}
    elif not on_loopback(target.spec.host):
        raise Wrong(f"everybody who reaches {target.spec.host} gets in: no authentication", evidence)
    results = await asyncio.gather(*(refused(target, *credentials) for credentials in tries.values()))
    open_doors: list[Json] = [name for name, shut in zip(tries, results, strict=True) if not shut]
    if open_doors:
        raise Wrong(f"gets in with {', '.join(map(str, open_doors))}", evidence)
    return evidence | {"refused": list(tries)}


def on_loopback(host: str) -> bool:
    return host == "localhost" or ipaddress.ip_address(host).is_loopback


async def refused(target: NatsTarget, user: str | None, password: str | None) -> bool:
    """Whether the server answers these credentials with an authorization error."""
    import nats
    from nats.errors import Error
    from nats.errors import NoServersError

    heard: list[str] = []

    async def hear(error: Exception) -> None:
        heard.append(str(error))

    try:
        client = await nats.connect(
            target.url, user=user, password=password,
            connect_timeout=2, allow_reconnect=False, max_reconnect_attempts=1, error_cb=hear,
        )  # fmt: skip
    except (Error, NoServersError) as error:
        return "authorization" in " ".join([*heard, str(error)]).lower()
    await client.close()
    return False


async def secrets(target: NatsTarget) -> Evidence:
    """Password files belong to one user and nobody else reads them."""
    files = sorted(target.layout.secrets.glob("*.conf"))
    if not files:
        raise NotAsked("there are no secret files")
    evidence: Evidence = {path.name: f"{path.stat().st_mode & 0o777:04o}" for path in files}
    loose = [name for name, mode in evidence.items() if mode not in ("0600", "0400")]
    if loose:
        raise Wrong(f"others can read {', '.join(loose)}", evidence)
    return evidence


HEALTHY = ("nats.health",)
CHECKS = (
    Check(id="nats.ports", title="listens where declared, nowhere else", ask=ports),
    Check(id="nats.accounts", title="accounts as rendered, $G unused", ask=accounts, needs=HEALTHY),
    Check(id="nats.isolation", title="applications don't see the system account", ask=isolation, needs=HEALTHY),
    Check(id="nats.authentication", title="who gets in", ask=authentication, needs=HEALTHY),
    Check(id="nats.secrets", title="password files are private", ask=secrets),
)
