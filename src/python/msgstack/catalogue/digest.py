"""A digest that pins bytes: which algorithm, and its value in hex."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from typing import Literal
from typing import Self
from typing import cast

from msgstack.errors import UsageError

Algorithm = Literal["sha256", "sha512"]

HEX_LENGTH: Final[dict[str, int]] = {"sha256": 64, "sha512": 128}


@dataclass(frozen=True, order=True)
class Digest:
    """A SHA-256 or SHA-512 of a file's bytes; `hex` is lower case and has the algorithm's length (64 or 128).

    Weaker algorithms are not accepted: a digest here is the only thing between a mirror and the store.
    """

    algorithm: Algorithm
    hex: str

    def __post_init__(self) -> None:
        length = HEX_LENGTH.get(self.algorithm)
        if length is None:
            raise UsageError(
                f"digest algorithm {self.algorithm!r} is not accepted", f"allowed are {', '.join(HEX_LENGTH)}"
            )
        if not re.fullmatch(f"[0-9a-f]{{{length}}}", self.hex):
            raise UsageError(
                f"{self.hex!r} is no {self.algorithm} digest", f"it takes {length} hex digits in lower case"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `sha256:<64 hex>` or `sha512:<128 hex>`; hex digits in upper case are accepted.

        Raises UsageError, which says what is allowed.
        """
        algorithm, colon, value = text.strip().partition(":")
        if not colon:
            raise UsageError(f"{text!r} is no digest", "write it as sha256:<64 hex digits> or sha512:<128 hex digits>")
        return cls(cast(Algorithm, algorithm.lower()), value.lower())

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"
