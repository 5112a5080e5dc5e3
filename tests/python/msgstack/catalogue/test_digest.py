"""A digest is right or is none."""

from __future__ import annotations

import pytest

from msgstack.catalogue.digest import Digest
from msgstack.errors import UsageError

REFUSED = [
    "",
    "a" * 64,
    "md5:" + "a" * 32,
    "sha1:" + "a" * 40,
    "sha256:" + "a" * 63,
    "sha256:" + "a" * 65,
    "sha256:" + "g" * 64,
    "sha256:" + "a" * 128,
    "sha512:" + "a" * 64,
    "sha256:" + "a" * 63 + "\n",
    "sha256:" + "٣" * 64,
]


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Digest.parse(text)


def test_text_and_back() -> None:
    for text in ("sha256:" + "0a" * 32, "sha512:" + "f9" * 64):
        assert str(Digest.parse(text)) == text
        assert Digest.parse(text.upper()) == Digest.parse(f" {text}\n")
