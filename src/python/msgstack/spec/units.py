"""Sizes and durations as people write them: `512MiB`, `7d`."""

from __future__ import annotations

import re
from typing import Final

SIZES: Final = {
    "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip
DURATIONS: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}  # milliseconds


class Size(int):
    """Bytes."""

    WHAT: Final = "a size"
    UNITS: Final = SIZES
    EXAMPLE: Final = "512MiB"

    @classmethod
    def parse(cls, text: str) -> Size:
        """`"512MiB"` → Size(536870912), broken numbers rounded down. Raises ValueError that says what is allowed."""
        return cls(_parse(text, SIZES, cls.WHAT, cls.EXAMPLE))

    def __str__(self) -> str:
        return _format(self, SIZES)


class Duration(int):
    """Milliseconds."""

    WHAT: Final = "a duration"
    UNITS: Final = DURATIONS
    EXAMPLE: Final = "30s"

    @classmethod
    def parse(cls, text: str) -> Duration:
        """`"7d"` → Duration(604800000). Raises ValueError that says what is allowed."""
        return cls(_parse(text, DURATIONS, cls.WHAT, cls.EXAMPLE))

    @property
    def seconds(self) -> float:
        return int(self) / 1000

    @property
    def nanoseconds(self) -> int:
        return int(self) * 1_000_000

    def __str__(self) -> str:
        return _format(self, DURATIONS) if self else "0s"


def pattern(units: dict[str, int]) -> str:
    """The regular expression of a number with one of these units, in the dialect that JSON Schema shares."""
    return rf"^[0-9]+(\.[0-9]+)?\s*({'|'.join(units)})$"


def _parse(text: str, units: dict[str, int], what: str, example: str) -> int:
    match = re.fullmatch(r"([0-9]+)(?:\.([0-9]+))?\s*([A-Za-z]*)", text)
    if not match or match[3] not in units:
        raise ValueError(f'not {what}: write a number and a unit ({", ".join(units)}), e.g. "{example}"')
    decimals = match[2] or ""
    if decimals.strip("0") and units[match[3]] == 1:
        raise ValueError(f"not {what}: {match[3]} is the smallest unit, it goes with whole numbers")
    return int(match[1] + decimals) * units[match[3]] // int("1" + "0" * len(decimals))


def _format(value: int, units: dict[str, int]) -> str:
    """The shortest exact form: 536870912 → 512MiB, 500000000 → 500MB."""
    exact = [(int(value) // factor, name) for name, factor in units.items() if int(value) % factor == 0]
    number, name = min(exact, key=lambda pair: len(str(pair[0])))
    return f"{number}{name}"
