"""Whose a definition is: a line in it that names the service and its ROOT."""

from __future__ import annotations

from msgstack.service.spec import ServiceSpec


def marker(spec: ServiceSpec) -> str:
    """The sentence that every file which we give to a service manager carries."""
    return _sentence(f"{spec.name} of {spec.root}")


def shared_marker(spec: ServiceSpec) -> str:
    """The same for a file that all components of one ROOT share."""
    return _sentence(f"services of {spec.root}")


def stranger(spec: ServiceSpec, content: str) -> str:
    """The first line of a definition that is not this service's; "" if it is."""
    if marker(spec) in content or shared_marker(spec) in content:
        return ""
    lines = [line.strip() for line in content.splitlines() if line.strip()]
    return next((line for line in lines if "Made by msgstack" in line), lines[0] if lines else "an empty file")


def _sentence(whose: str) -> str:
    """It stands in comments of XML too, where two dashes may not follow each other."""
    return f"Made by msgstack: {whose}. Changes are overwritten.".replace("--", "- -")
