"""A CycloneDX document of one program: the same input gives the same bytes (no clock, no random serial number)."""

from __future__ import annotations

import json
import uuid
from typing import Any

from release.inside import Distribution


def document(program: Distribution, inside: tuple[Distribution, ...]) -> str:
    """CycloneDX JSON for the program, whose one hash is its own, and what is inside it."""
    from cyclonedx.model.bom import Bom
    from cyclonedx.output.json import JsonV1Dot6

    root = _component(program, program=True)
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_OID, " ".join((program.name, program.version, *program.hashes))))
    bom.metadata.component = root
    parts = [_component(one) for one in inside]
    for part in parts:
        bom.components.add(part)
    bom.register_dependency(root, parts)
    found: dict[str, Any] = json.loads(JsonV1Dot6(bom).output_as_string())
    found["metadata"].pop("timestamp", None)  # the time of the build is no property of the program
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def _component(one: Distribution, *, program: bool = False) -> Any:
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model import HashAlgorithm
    from cyclonedx.model import HashType
    from cyclonedx.model.component import Component
    from cyclonedx.model.component import ComponentType
    from packageurl import PackageURL

    url = PackageURL("generic" if program else "pypi", None, one.name, one.version)
    return Component(
        name=one.name,
        version=one.version,
        type=ComponentType.APPLICATION if program else ComponentType.LIBRARY,
        bom_ref=str(url),
        purl=url,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in one.hashes],
        licenses=[LicenseFactory().make_from_string(one.license)] if one.license else [],
    )
