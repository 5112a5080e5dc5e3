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
    """`{"error": {"code", "what", "why", "fix"}}`; `code` is the program's exit code."""
    content = {"code": int(error.code), "what": error.what, "why": error.why, "fix": error.fix}
    return document(error=content)
