"""The JSON documents: exactly one on stdout in every run with `--format json`, each with `schema_version`."""

from __future__ import annotations

import json
from typing import Any

from msgstack.errors import MsgstackError

SCHEMA_VERSION = 1


def document(**content: Any) -> str:
    """One document; keys stay in the order in which they are given."""
    return json.dumps({"schema_version": SCHEMA_VERSION, **content}, indent=2, ensure_ascii=False)


def error_document(error: MsgstackError) -> str:
    """`{"error": {"code", "what", "why", "holds", "fix"}}`; `code` is the exit code, `holds` what is in use now."""
    words = {"what": error.what, "why": error.why, "holds": error.holds, "fix": error.fix}
    content = {"code": int(error.code), **words}
    return document(error=content)
