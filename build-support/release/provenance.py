"""An in-toto Statement v1 with SLSA provenance v1: which source, locks and tools made these files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
# What the parameters mean: docs/operations.md says how to build the same bytes again from them.
BUILD_TYPE = "urn:msgstack:build:pants-pex:1"
BUILDER = "urn:msgstack:builder:scripts-release:1"


@dataclass(frozen=True)
class Source:
    """Where the build began: the commit, and the sha256 of each file that pins what the build takes in."""

    commit: str
    pins: Mapping[str, str]  # path in the repository → sha256


def statement(component: str, version: str, source: Source, subjects: Mapping[str, str]) -> str:
    """The statement about these files (name → sha256). No times: the same source gives the same bytes."""
    materials = [{"uri": "git+file:.", "digest": {"gitCommit": source.commit}}]
    materials += [{"uri": f"file:{path}", "digest": {"sha256": digest}} for path, digest in sorted(source.pins.items())]
    predicate = {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {"component": component, "version": version, "commit": source.commit},
            "resolvedDependencies": materials,
        },
        "runDetails": {"builder": {"id": BUILDER}},
    }
    document = {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(subjects.items())],
        "predicateType": PREDICATE,
        "predicate": predicate,
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def subjects(text: str) -> dict[str, str]:
    """File name → sha256 of what a statement is about; ValueError if it is no statement of ours."""
    found = json.loads(text)
    if (found.get("_type"), found.get("predicateType")) != (STATEMENT, PREDICATE):
        raise ValueError("no in-toto statement with SLSA provenance v1")
    return {str(one["name"]): str(one["digest"]["sha256"]) for one in found["subject"]}
