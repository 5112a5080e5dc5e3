"""One GET over HTTP: how far back redirects may lead, and which faults are worth another try.

Nothing here writes a file. Proxies, CA bundles and netrc are those that `requests` reads from the environment.
"""

from __future__ import annotations

import email.utils
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from typing import Final
from urllib.parse import urljoin
from urllib.parse import urlsplit

from msgstack.errors import UnreachableError
from msgstack.host.wait import Ahead
from msgstack.host.wait import answered
from msgstack.resource.event import Say

if TYPE_CHECKING:
    from requests import Response
    from requests import Session

REDIRECTS: Final = 10
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
MOVED: Final = frozenset({301, 302, 303, 307, 308})
TRY_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
OFFLINE: Final = "check the network, or give the files in an offline directory"


class Transient(Exception):
    """A fault that may be gone at the next try. `wait`: seconds that the server asks for."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.wait = wait


class Stalled(Transient):
    """The server went quiet: worth another try only if bytes came before that."""


@dataclass(frozen=True)
class Ask:
    """What to ask for: `url` from byte `offset` on, if it is still the one that has `etag`."""

    url: str
    offset: int
    etag: str
    connect_seconds: float
    stall_seconds: float

    def headers(self) -> dict[str, str]:
        """`identity`, since a transfer encoding would change the bytes that are pinned."""
        headers = {"Accept-Encoding": "identity"}
        if self.offset:
            headers["Range"] = f"bytes={self.offset}-"
        if self.offset and self.etag and not self.etag.startswith("W/"):
            headers["If-Range"] = self.etag
        return headers


def masked(url: str) -> str:
    """The address as it may be shown: without user, password and query, where secrets travel."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that can't be read"
    host = parts.netloc.rpartition("@")
    shown = f"***@{host[2]}" if host[1] else parts.netloc
    return f"{parts.scheme}://{shown}{parts.path}" + ("?***" if parts.query else "")


def session() -> Session:
    """A session that leaves redirects alone: `requests` would read a redirect's whole body, however long it is."""
    from requests import Session

    class OneHop(Session):
        def get_redirect_target(self, resp: Response) -> str | None:
            return None

    return OneHop()


def get(session: Session, ask: Ask, say: Say) -> Response:
    """The answer (200, 206 or 416), its body not yet read. While none comes, that is told.

    Raises Transient or Stalled when another try may help, UnreachableError when it can't.
    """
    url = ask.url
    for _ in range(REDIRECTS + 1):
        response = _send(session, url, ask, say)
        if response.status_code not in MOVED:
            return _judged(response, url)
        response.close()
        url = redirected(url, response.headers.get("Location", ""))
    raise UnreachableError(f"can't fetch {masked(ask.url)}", f"more than {REDIRECTS} redirects", OFFLINE)


def _send(session: Session, url: str, ask: Ask, say: Say) -> Response:
    from requests import exceptions as fault

    try:
        send = partial(session.get, url, headers=ask.headers(), stream=True, allow_redirects=False)
        ask_once = partial(send, timeout=(ask.connect_seconds, ask.stall_seconds))
        return answered(ask_once, f"waiting for {urlsplit(url).hostname}", ask.stall_seconds, say)
    except fault.ReadTimeout as error:
        raise Stalled(f"no answer within {ask.stall_seconds:g} s") from error
    except fault.SSLError as error:
        fix = "if your network has a certificate authority of its own, name its file in REQUESTS_CA_BUNDLE"
        raise UnreachableError(f"can't fetch {masked(url)}", "its TLS certificate is not trusted", fix) from error
    except fault.ProxyError as error:
        fix = "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
        raise UnreachableError(f"can't fetch {masked(url)}", "the proxy does not answer", fix) from error
    except fault.ConnectTimeout as error:
        why = f"no connection within {ask.connect_seconds:g} s"
        raise UnreachableError(f"can't fetch {masked(url)}", why, OFFLINE) from error
    except fault.ConnectionError as error:
        raise _unconnected(url, error) from error
    except (fault.RequestException, ValueError) as error:
        raise UnreachableError(f"can't fetch {masked(url)}", type(error).__name__, "correct the address") from error


def _unconnected(url: str, error: Exception) -> Exception:
    """Refused and unknown hosts stay so; a connection that broke may hold the next time."""
    from urllib3.exceptions import NameResolutionError
    from urllib3.exceptions import NewConnectionError

    cause = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(cause, NameResolutionError):
        return UnreachableError(f"can't fetch {masked(url)}", "its host has no address here", OFFLINE)
    if isinstance(cause, NewConnectionError):
        return UnreachableError(f"can't fetch {masked(url)}", "the connection was refused", OFFLINE)
    return Transient("the connection broke")


def ahead(response: Response, body: Iterable[bytes]) -> Ahead[bytes]:
    """The pieces of an answer's body, read while nobody waits for them. Left early, the connection is shut."""

    def hang_up() -> None:
        with suppress(OSError, RuntimeError, ValueError):  # it may just have come to its end
            response.raw.shutdown()

    return Ahead(body, hang_up)


def _judged(response: Response, url: str) -> Response:
    status = response.status_code
    if status in (200, 206, 416):
        return response
    response.close()
    if status in TRY_AGAIN:
        raise Transient(f"the server answered {status}", retry_after(response.headers.get("Retry-After", "")))
    raise UnreachableError(f"can't fetch {masked(url)}", f"the server answered {status}", OFFLINE)


def redirected(url: str, location: str) -> str:
    """Where a redirect leads. Never from https to http, except on this machine itself."""
    if not location:
        raise UnreachableError(f"can't fetch {masked(url)}", "a redirect without an address", OFFLINE)
    try:
        target = urljoin(url, location)
        scheme, host = urlsplit(target).scheme, urlsplit(target).hostname
    except ValueError as error:
        raise UnreachableError(f"can't fetch {masked(url)}", "a redirect to what is no address", OFFLINE) from error
    if scheme not in ("http", "https"):
        raise UnreachableError(f"can't fetch {masked(url)}", f"it redirects to {scheme}:", OFFLINE)
    if urlsplit(url).scheme == "https" and scheme == "http" and host not in LOOPBACK:
        why = f"it redirects from https to {masked(target)}, which anyone on the way can change"
        raise UnreachableError(f"can't fetch {masked(url)}", why, OFFLINE)
    return target


def retry_after(value: str) -> float | None:
    """Seconds to wait, from either form of Retry-After (RFC 9110, 10.2.3); None if it is neither."""
    if value.strip().isascii() and value.strip().isdigit():
        return float(value)
    with suppress(ValueError, TypeError):
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    return None
