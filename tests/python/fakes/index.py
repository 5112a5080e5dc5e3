"""Pages of a Python package index, and wheels, as small as they can be."""

from __future__ import annotations

import hashlib
import html
import io
import json
import zipfile
from collections.abc import Mapping

from fakes import faults
from fakes.origin import Origin

JSON = "application/vnd.pypi.simple.v1+json"


def wheel(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files; what lies under a `bin` folder is executable."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o100755 if "/bin/" in f"/{name}" else 0o100644) << 16
            archive.writestr(info, data)
    return out.getvalue()


def json_page(project: str, files: Mapping[str, str]) -> bytes:
    """PEP 691: file name → address."""
    entries = [{"filename": name, "url": url, "hashes": {}} for name, url in files.items()]
    return json.dumps({"meta": {"api-version": "1.0"}, "name": project, "files": entries}).encode()


def html_page(project: str, files: Mapping[str, str]) -> bytes:
    """PEP 503."""
    links = "".join(f'<a href="{html.escape(url)}">{html.escape(name)}</a>\n' for name, url in files.items())
    return f"<!DOCTYPE html><html><head><title>{project}</title></head><body>{links}</body></html>".encode()


def publish(origin: Origin, project: str, name: str, body: bytes, *wrong: faults.Fault) -> str:
    """Serve one file of a project, badly if asked; the index' base address."""
    origin.put(f"/files/{name}", body, always=faults.both(*wrong) if wrong else None)
    page = json_page(project, {name: f"../../files/{name}"})
    origin.put(f"/simple/{project}/", page, always=faults.headers(Content_Type=JSON))
    return f"{origin.url}/simple"


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
