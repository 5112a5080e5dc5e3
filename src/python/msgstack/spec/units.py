"""Sizes and durations as people write them: `512MiB`, `7d`."""

from __future__ import annotations

import re

SIZES = {
    "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip
DURATIONS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}  # milliseconds


class Size(int):
    """Bytes."""

    @classmethod
    def parse(cls, text: str) -> Size:
        """`"512MiB"` → Size(536870912). Raises ValueError that says what is allowed."""
        return cls(_parse(text, SIZES, "a size", "512MiB"))

    def __str__(self) -> str:
        return _format(self, {k: v for k, v in SIZES.items() if "i" in k or k == "B"} | SIZES)


class Duration(int):
    """Milliseconds."""

    @classmethod
    def parse(cls, text: str) -> Duration:
        """`"7d"` → Duration(604800000). Raises ValueError that says what is allowed."""
        return cls(_parse(text, DURATIONS, "a duration", "30s"))

    @property
    def seconds(self) -> float:
        return int(self) / 1000

    @property
    def nanoseconds(self) -> int:
        return int(self) * 1_000_000

    def __str__(self) -> str:
        return _format(self, DURATIONS) if self else "0s"


def _parse(text: str, units: dict[str, int], what: str, example: str) -> int:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", text)
    if not match or match[2] not in units:
        raise ValueError(f"{text!r} is not {what}: write a number and a unit ({', '.join(units)}), e.g. {example}")
    value = float(match[1]) * units[match[2]]
    if value != int(value):
        raise ValueError(f"{text!r} is not a whole number of the smallest unit ({next(iter(units))})")
    return int(value)


def _format(value: int, units: dict[str, int]) -> str:
    """The shortest exact form: 536870912 → 512MiB, 500000000 → 500MB."""
    exact = [(value // factor, name) for name, factor in units.items() if int(value) % factor == 0]
    number, name = min(exact, key=lambda pair: len(str(pair[0])))
    return f"{number}{name}"
