"""What verify says: for people a line a check, for programs a document. Nothing here prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from msgstack.cli.terminal import bold
from msgstack.cli.terminal import dim
from msgstack.verify.model import Result
from msgstack.verify.model import Verdict

SIGNS = {
    Verdict.PASS: ("pass", "green"),
    Verdict.FAIL: ("FAIL", "red"),
    Verdict.ERROR: ("ERROR", "red"),
    Verdict.SKIP: ("skip", "yellow"),
}
WORDS = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.ERROR: "could not be asked",
    Verdict.SKIP: "skipped",
}
WIDTH = max(len(word) for word, _ in SIGNS.values())


def lines(results: Sequence[Result]) -> Iterator[str]:
    """A line for each check; under one that did not pass, why, and what was seen."""
    ids = max((len(result.id) for result in results), default=0)
    for result in results:
        word, colour = SIGNS[result.status]
        sign = click.style(f"{word:<{WIDTH}}", fg=colour)
        yield f"{sign}  {result.id:<{ids}}  {result.title}  {dim(f'{result.duration_s * 1000:.0f} ms')}"
        if result.reason:
            yield f"{'':<{WIDTH}}  {result.reason}"
        if result.status in (Verdict.FAIL, Verdict.ERROR):
            yield from (dim(f"{'':<{WIDTH}}    {name}: {seen}") for name, seen in result.evidence.items())


def total(results: Sequence[Result]) -> str:
    """`28 checks: 27 passed, 1 failed.`"""
    counts = Counter(result.status for result in results)
    parts = ", ".join(f"{counts[status]} {word}" for status, word in WORDS.items() if counts[status])
    noun = "check" if len(results) == 1 else "checks"
    return bold(f"{len(results)} {noun}: {parts or 'none was asked'}.")


def as_json(result: Result) -> dict[str, Any]:
    """One entry of `checks`: id, component, title, status, duration_s, evidence, reason."""
    return asdict(result) | {"status": result.status.value}


def summary(results: Sequence[Result]) -> dict[str, Any]:
    """Counts by verdict, and whether all is well."""
    counts = Counter(result.status for result in results)
    bad = counts[Verdict.FAIL] + counts[Verdict.ERROR]
    return {"checks": len(results), **{status.value: counts[status] for status in Verdict}, "ok": bad == 0}
