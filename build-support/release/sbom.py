"""A CycloneDX document of one program: the same input gives the same bytes (no clock, no random serial number)."""

from __future__ import annotations

import json
import uuid
from typing import Any

from release.inside import Distribution


def document(program: str, version: str, digest: str, inside: tuple[Distribution, ...]) -> str:
    """CycloneDX JSON for the program with this sha256 and what is inside it."""
    from cyclonedx.model.bom import Bom
    from cyclonedx.output.json import JsonV1Dot6

    root = _component(program, version, (digest,), program=True)
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_OID, f"{program} {version} {digest}"))
    bom.metadata.component = root
    parts = [_component(one.name, one.version, one.hashes) for one in inside]
    for part in parts:
        bom.components.add(part)
    bom.register_dependency(root, parts)
    found: dict[str, Any] = json.loads(JsonV1Dot6(bom).output_as_string())
    found["metadata"].pop("timestamp", None)  # the time of the build is no property of the program
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def _component(name: str, version: str, hashes: tuple[str, ...], *, program: bool = False) -> Any:
    from cyclonedx.model import HashAlgorithm
    from cyclonedx.model import HashType
    from cyclonedx.model.component import Component
    from cyclonedx.model.component import ComponentType
    from packageurl import PackageURL

    url = PackageURL("generic" if program else "pypi", None, name, version)
    return Component(
        name=name,
        version=version,
        type=ComponentType.APPLICATION if program else ComponentType.LIBRARY,
        bom_ref=str(url),
        purl=url,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in hashes],
    )
