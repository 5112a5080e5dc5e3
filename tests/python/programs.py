"""Where the packaged programs are for a test: in its sandbox under Pants, in `dist/` in a checkout."""

from __future__ import annotations

from pathlib import Path


def path(name: str) -> Path:
    """The PEX of this program, e.g. `nats-setup`, which the test names in `runtime_package_dependencies`."""
    folders = (Path.cwd(), Path.cwd() / "dist", Path(__file__).parents[2] / "dist")
    places = [folder / f"{name}.pex" for folder in folders]
    for place in places:
        if place.exists():
            return place.resolve()
    raise FileNotFoundError(
        f"{name}.pex is in none of {[str(place) for place in places]}: run ./pants package :: first"
    )
