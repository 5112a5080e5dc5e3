"""A file of a Python package index, found by the project's page (PEP 691 JSON, PEP 503 HTML).

Which index is the host's own setting, as for pip; see pipsettings.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Final
from urllib.parse import urljoin
from urllib.parse import urlsplit
from urllib.request import url2pathname

from msgstack.catalogue.digest import Digest
from msgstack.errors import UnreachableError
from msgstack.host import wait
from msgstack.host.fetch import http
from msgstack.host.fetch import offline
from msgstack.host.fetch import pipsettings
from msgstack.host.fetch.url import Job
from msgstack.resource.event import Note
from msgstack.resource.event import Progress

if TYPE_CHECKING:
    import requests

PAGE_BYTES: Final = 64 << 20
FIX: Final = "check the network, PIP_INDEX_URL or sources.mirrors, or give the files in an offline folder"


def fetch(job: Job, project: str, mirror: str | None) -> Digest:
    """Fill the job's part from the mirror, or from what this host's pip would ask: folders of wheels, then indexes.

    Raises UnreachableError when none has the file, VerificationError for other bytes.
    """
    settings = pipsettings.PipSettings((mirror,)) if mirror else pipsettings.read(os.environ, Path.home())
    places = [*settings.links, *(f"{index.rstrip('/')}/{project}/" for index in settings.indexes)]
    reasons: list[str] = []
    for place in places:
        try:
            return _from(job, project, place)
        except UnreachableError as error:
            reasons.append(str(error))
    raise UnreachableError(f"no package index has {job.file.name}", "; ".join(reasons) or "pip's no-index is set", FIX)


def _from(job: Job, project: str, place: str) -> Digest:
    """From a folder, or by way of a page."""
    folder = _folder(place)
    if folder is None:
        return job.download(find(job, project, place))
    return offline.copy(folder, job.file, job.part, job.watch)


def find(job: Job, project: str, page: str) -> str:
    """The file's address on a project's page. Raises UnreachableError when the page or the file is not there."""
    from mousebender import simple

    body, content_type, base = _read(job, page, simple.ACCEPT_SUPPORTED)
    try:
        details = simple.parse_project_details(body.decode(), content_type, project)
        files = {entry["filename"]: entry["url"] for entry in details["files"]}
    except (LookupError, TypeError, ValueError, simple.UnsupportedMIMEType, simple.UnsupportedAPIVersion) as error:
        what = f"{http.masked(page)} is no page of a package index"
        raise UnreachableError(what, type(error).__name__, FIX) from error
    if job.file.name not in files:
        raise UnreachableError(f"{http.masked(page)} does not have {job.file.name}", "", FIX)
    return urljoin(base, files[job.file.name])


def _read(job: Job, page: str, accept: str) -> tuple[bytes, str, str]:
    """A page's body, content type and address after redirects."""
    why = ""
    for attempt in range(job.limits.attempts):
        try:
            return _read_once(job, page, accept)
        except http.Transient as fault:
            why = fault.why
            job.say(Note(f"{http.masked(page)}: {why}; trying again"))
            seconds = min(fault.wait or job.limits.backoff_seconds * 2**attempt, 10.0)
            wait.pause(f"waiting to try {http.masked(page)} again", seconds, job.say)
    raise UnreachableError(f"can't read {http.masked(page)}", f"{why}, {job.limits.attempts} times", FIX)


def _read_once(job: Job, page: str, accept: str) -> tuple[bytes, str, str]:
    import requests

    ask = http.Ask(page, 0, "", job.limits.connect_seconds, job.limits.stall_seconds)
    with requests.Session() as session:
        session.headers["Accept"] = accept
        with http.get(session, ask, job.say) as response:
            body = _body(job, response, page)
            content_type = response.headers.get("Content-Type", "text/html").partition(";")[0].strip().lower()
            return body, content_type, response.url


def _body(job: Job, response: requests.Response, page: str) -> bytes:
    from requests.exceptions import RequestException

    body, ends = b"", time.monotonic() + job.limits.total_seconds
    try:
        with http.ahead(response, response.iter_content(1 << 16)) as pieces:
            for piece in pieces:
                body += piece[0] if piece else b""
                job.say(Progress(f"reading {http.masked(page)}", len(body)))
                if len(body) > PAGE_BYTES or time.monotonic() > ends:
                    raise UnreachableError(f"{http.masked(page)} has no end", f"{len(body)} bytes came", FIX)
    except RequestException as error:
        raise http.Transient("the connection broke") from error
    return body


def _folder(place: str) -> Path | None:
    """The folder that a setting names; None if it is a page."""
    parts = urlsplit(place)
    if parts.scheme in ("http", "https"):
        return None
    return Path(url2pathname(parts.path)) if parts.scheme == "file" else Path(place).expanduser()
