"""Redirects, waiting times and what is shown of an address."""

from __future__ import annotations

import email.utils
import time

import pytest

from msgstack.errors import UnreachableError
from msgstack.host.fetch.http import masked
from msgstack.host.fetch.http import redirected
from msgstack.host.fetch.http import retry_after

ALLOWED = [
    ("http://a.example/x", "https://b.example/y", "https://b.example/y"),
    ("http://a.example/x", "http://b.example/y", "http://b.example/y"),
    ("https://a.example/d/x", "../y?z=1", "https://a.example/y?z=1"),
    ("https://a.example/x", "//b.example/y", "https://b.example/y"),
    ("https://a.example/x", "http://127.0.0.1:8080/y", "http://127.0.0.1:8080/y"),
    ("https://a.example/x", "http://[::1]/y", "http://[::1]/y"),
]
REFUSED = [
    ("https://a.example/x", "http://a.example/x"),
    ("https://a.example/x", "http://127.0.0.1.evil.example/y"),
    ("https://a.example/x", "http://localhost@evil.example/y"),
    ("https://a.example/x", "ftp://a.example/x"),
    ("https://a.example/x", "javascript:alert(1)"),
    ("https://a.example/x", ""),
]


@pytest.mark.parametrize(("url", "location", "target"), ALLOWED)
def test_redirects_that_are_followed(url: str, location: str, target: str) -> None:
    assert redirected(url, location) == target


@pytest.mark.parametrize(("url", "location"), REFUSED)
def test_redirects_that_are_not(url: str, location: str) -> None:
    with pytest.raises(UnreachableError):
        redirected(url, location)


def test_retry_after_in_both_forms() -> None:
    assert retry_after("7") == 7
    later = retry_after(email.utils.formatdate(time.time() + 30, usegmt=True))
    assert later is not None
    assert 25 < later < 31
    assert retry_after(email.utils.formatdate(0, usegmt=True)) == 0
    assert retry_after("") is None
    assert retry_after("soon") is None


def test_nothing_secret_is_shown() -> None:
    assert masked("https://me:pw@h.example:8443/d/f.gz?sig=abc") == "https://***@h.example:8443/d/f.gz?***"
    assert masked("https://h.example/f") == "https://h.example/f"
