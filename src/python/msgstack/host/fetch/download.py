"""Download one file: hashed in the same pass as it is written, resumed, limited in time and size, verified.

The bytes lie in a `.part` file until they are verified; giving them a final name is the caller's (see cache.py).
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Final

from msgstack.catalogue.digest import Digest
from msgstack.errors import UnreachableError
from msgstack.errors import VerificationError
from msgstack.host import wait
from msgstack.host.fetch import http
from msgstack.host.fetch.part import CHUNK
from msgstack.host.fetch.part import Part
from msgstack.host.fetch.part import Unwatched
from msgstack.host.fetch.part import Watch
from msgstack.host.fetch.progress import Meter
from msgstack.resource.event import Note
from msgstack.resource.event import Progress
from msgstack.resource.event import Say

if TYPE_CHECKING:
    from requests import Response

DRIP: Final = 4096
LONGEST_WAIT: Final = 60.0


@dataclass(frozen=True)
class Limits:
    """What one download may take. Less than 4 KiB in `stall_seconds` counts as a stall."""

    max_bytes: int = 2 << 30
    total_seconds: float = 3600.0
    stall_seconds: float = 30.0
    connect_seconds: float = 10.0
    attempts: int = 5
    backoff_seconds: float = 0.5


class _Changed(Exception):
    """The server's answer does not continue the bytes that are there."""


@dataclass
class _Pace:
    """How fast bytes come: `seen` of them were there at `since`."""

    stall_seconds: float
    seen: int
    since: float = field(default_factory=time.monotonic)

    def at(self, size: int) -> None:
        """Raises Stalled when they come so slowly that it is no download."""
        if size - self.seen >= DRIP:
            self.seen, self.since = size, time.monotonic()
        elif time.monotonic() - self.since > self.stall_seconds:
            raise http.Stalled(f"less than {DRIP} bytes in {self.stall_seconds:g} s")

    def silence(self, what: str) -> Progress:
        """What there is to tell while none come."""
        return Progress(f"{what}, waiting for more", int(time.monotonic() - self.since), int(self.stall_seconds), "s")


@dataclass
class _Run:
    """One download: what was seen of the server so far."""

    url: str
    limits: Limits
    say: Say
    ends: float = 0.0
    etag: str = ""
    total: int | None = None
    restarts: int = 0
    meter: Meter = field(init=False)

    def __post_init__(self) -> None:
        self.ends = time.monotonic() + self.limits.total_seconds
        self.meter = Meter(Path(self.url.partition("?")[0]).name, self.say)

    def check_time(self) -> None:
        if time.monotonic() > self.ends:
            raise self.unreachable(f"not done within {self.limits.total_seconds:g} s")

    def unreachable(self, why: str) -> UnreachableError:
        return UnreachableError(f"can't fetch {http.masked(self.url)}", why, http.OFFLINE)


def fetch(url: str, part: Path, digest: Digest, limits: Limits, say: Say, watch: Watch | None = None) -> Digest:
    """Fill `part` from `url`, resuming what an earlier run left there; returns the digest found, which is `digest`.

    Raises UnreachableError (no such file, no connection, stalled, out of tries or time: `part` is kept for the next
    run) or VerificationError (the bytes are not the pinned ones: `part` is deleted). Ctrl-C leaves `part` resumable.
    """
    with Part(part, digest.algorithm, watch or Unwatched()) as file:
        file.rehash(limits.max_bytes)
        if file.size and file.digest() == digest:
            return digest
        try:
            found = _fill_twice(_Run(url, limits, say), file, digest)
        except VerificationError:
            part.unlink()
            raise
    return found


def _fill_twice(run: _Run, file: Part, digest: Digest) -> Digest:
    """Bytes of several answers may not fit together although each is honest: then once more, in one piece."""
    _fill(run, file)
    if file.digest() != digest and file.stitched:
        run.say(Note(f"{http.masked(run.url)}: the resumed bytes do not fit together; fetching all of it again"))
        file.restart()
        _fill(run, file)
    if file.digest() != digest:
        raise _unverified(run.url, digest, file)
    return digest


def _unverified(url: str, digest: Digest, file: Part) -> VerificationError:
    return VerificationError(
        f"{http.masked(url)} is not the file that is pinned",
        f"expected {digest}, found {file.digest()} ({file.size} bytes)",
        "nothing was installed from it; do not use this file, and tell whoever runs that server",
    )


def _fill(run: _Run, file: Part) -> None:
    """Try until the file is whole as far as the server's own words go."""
    last = ""
    for attempt in range(run.limits.attempts):
        before = file.size
        try:
            return _attempt(run, file)
        except _Changed as changed:
            last = _begin_anew(run, file, str(changed))
        except http.Transient as fault:
            last = fault.why
            if isinstance(fault, http.Stalled) and file.size == before:
                raise run.unreachable(last) from fault
            if attempt + 1 < run.limits.attempts:
                _wait(run, fault, attempt)
    raise run.unreachable(f"{last}, after {run.limits.attempts} tries")


def _begin_anew(run: _Run, file: Part, why: str) -> str:
    """Once is an accident; a server that changes its mind again can't be fetched from."""
    run.restarts += 1
    if run.restarts > 1:
        raise run.unreachable(f"{why}, again")
    run.say(Note(f"{http.masked(run.url)}: {why}; starting from its first byte"))
    run.etag, run.total = "", None
    file.restart()
    return why


def _wait(run: _Run, fault: http.Transient, attempt: int) -> None:
    pause = run.limits.backoff_seconds * 2**attempt if fault.wait is None else fault.wait
    if pause > min(LONGEST_WAIT, run.ends - time.monotonic()):
        raise run.unreachable(f"{fault.why} and asks to wait {pause:.0f} s")
    run.say(Note(f"{http.masked(run.url)}: {fault.why}; trying again in {pause:g} s"))
    wait.pause(f"waiting to try {run.meter.what} again", pause, run.say)


def _attempt(run: _Run, file: Part) -> None:
    run.check_time()
    ask = http.Ask(run.url, file.size, run.etag, run.limits.connect_seconds, run.limits.stall_seconds)
    with http.session() as session, http.get(session, ask, run.say) as response:
        _accept(run, file, response)
        _receive(run, file, response)
    if run.total is not None and file.size != run.total:
        raise http.Transient(f"it ended after {file.size} of {run.total} bytes")
    run.meter.end(file.size)


def _accept(run: _Run, file: Part, response: Response) -> None:
    """Hold the answer's headers against what was asked and what is known; set what is known now."""
    if response.status_code == 200 and file.size:
        file.restart()  # the server does not do ranges, or the file is another one: both are honest
        run.etag, run.total = "", None
    total = _total_of_range(file, response) if response.status_code != 200 else _length(response)
    etag = response.headers.get("ETag", "")
    resized = None not in (run.total, total) and run.total != total
    if file.size and (resized or (run.etag and run.etag != etag)):
        raise _Changed("the file on the server is another one than before")
    if total is not None and total > run.limits.max_bytes:
        raise _too_large(run, f"the server announces {total} bytes")
    run.etag, run.total = etag, run.total if total is None else total
    run.meter.total = run.total
    file.stitched = file.size > 0


def _length(response: Response) -> int | None:
    """None where the server does not say (chunked, or until it closes)."""
    text = response.headers.get("Content-Length", "")
    chunked = "Transfer-Encoding" in response.headers
    return int(text) if text.isascii() and text.isdigit() and not chunked else None


def _total_of_range(file: Part, response: Response) -> int | None:
    """The whole size from Content-Range (RFC 9110, 14.4), once it is sure that the answer goes on where we are."""
    said = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", response.headers.get("Content-Range", "").strip())
    if response.status_code == 416 or said is None or int(said[1]) != file.size or not file.size:
        raise _Changed(f"the server does not go on from byte {file.size}")
    return None if said[3] == "*" else int(said[3])


def _receive(run: _Run, file: Part, response: Response) -> None:
    """What comes is written; while nothing does, that is told."""
    from urllib3.exceptions import HTTPError
    from urllib3.exceptions import ReadTimeoutError

    pace = _Pace(run.limits.stall_seconds, file.size)
    try:
        body = iter(lambda: response.raw.read1(CHUNK, decode_content=False), b"")
        with http.ahead(response, body) as chunks:
            for chunk in chunks:
                run.check_time()
                if chunk is None:
                    run.say(pace.silence(run.meter.what))
                else:
                    _append(run, file, chunk[0])
                    pace.at(file.size)
    except ReadTimeoutError as error:
        raise http.Stalled(f"no byte for {run.limits.stall_seconds:g} s") from error
    except (HTTPError, OSError) as error:
        raise http.Transient(f"the connection broke after {file.size} bytes") from error


def _append(run: _Run, file: Part, chunk: bytes) -> None:
    if file.size + len(chunk) > run.limits.max_bytes:
        raise _too_large(run, "the server does not stop sending")
    file.write(chunk)
    run.meter.at(file.size)


def _too_large(run: _Run, why: str) -> VerificationError:
    return VerificationError(
        f"{http.masked(run.url)} is larger than the pinned file can be",
        f"{why}; the limit is {run.limits.max_bytes}",
        "nothing was installed from it; do not use this server",
    )
