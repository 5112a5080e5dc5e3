"""Write 3rdparty/platforms/*.json: one file per system and Python that a program must run on.

Tags as pip would accept them on the oldest host that is served: glibc 2.28, macOS 12.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from packaging import tags

GLIBC_MINORS = range(28, 16, -1)
PYTHON_MINORS = (11, 12, 13, 14)
OUT = Path(__file__).parents[1] / "3rdparty" / "platforms"


def linux(machine: str) -> list[str]:
    names = [*(f"manylinux_2_{minor}" for minor in GLIBC_MINORS), "manylinux2014", "linux"]
    return [f"{name}_{machine}" for name in names]


def mac(machine: str) -> list[str]:
    """From 10.9 on, without the formats of older days: no wheel for these Pythons has them."""
    wanted = re.compile(rf"macosx_(1[12]_0|10_(9|1\d))_({machine}|universal2)")
    return [name for name in tags.mac_platforms((12, 0), machine) if wanted.fullmatch(name)]


SYSTEMS = {
    "linux-x86_64": ("linux", "Linux", "x86_64", linux("x86_64")),
    "linux-aarch64": ("linux", "Linux", "aarch64", linux("aarch64")),
    "macos-arm64": ("darwin", "Darwin", "arm64", mac("arm64")),
    "macos-x86_64": ("darwin", "Darwin", "x86_64", mac("x86_64")),
}


def platform(system: str, minor: int) -> dict[str, object]:
    """What `pex --complete-platform` reads: the markers of one interpreter and the wheels it takes, best first."""
    sys_platform, name, machine, platforms = SYSTEMS[system]
    version, interpreter = (3, minor), f"cp3{minor}"
    accepted = [
        *tags.cpython_tags(version, [interpreter], platforms),
        *tags.compatible_tags(version, interpreter, platforms),
    ]
    markers = {
        "implementation_name": "cpython",
        "implementation_version": f"3.{minor}.0",
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": name,
        "platform_version": "",
        "python_full_version": f"3.{minor}.0",
        "python_version": f"3.{minor}",
        "sys_platform": sys_platform,
    }
    return {"marker_environment": markers, "compatible_tags": [str(tag) for tag in accepted]}


def main() -> None:
    OUT.mkdir(exist_ok=True)
    for system in SYSTEMS:
        for minor in PYTHON_MINORS:
            text = json.dumps(platform(system, minor)) + "\n"
            (OUT / f"{system}-cp3{minor}.json").write_text(text)


if __name__ == "__main__":
    main()
