"""Close a run of the tests with one line: `totals.py STATUS-OF-PANTS REPORTS` reads the JUnit reports in that folder.

Exit 0 only if Pants was content and something passed and nothing failed, errored or was skipped.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BAD = ("failure", "error", "skipped")


@dataclass(frozen=True)
class Case:
    """One test: its name, and what the report holds against it (nothing, if it passed)."""

    name: str
    said: str


def cases(report: Path) -> Iterator[Case]:
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        held = [node for node in case if node.tag in BAD]
        yield Case(name, f"{held[0].tag}: {held[0].get('message', '')}"[:200] if held else "")


def close(status: int, reports: Path) -> int:
    found = [case for report in sorted(reports.glob("*.xml")) for case in cases(report)]
    bad = [case for case in found if case.said]
    for case in bad:
        print(f"{case.name}: {case.said.splitlines()[0]}")
    failed = len(bad)
    if not failed and (status or not found):
        print("a target failed without a report of its own (it did not start, or ran out of time); see above")
        failed = 1
    print(f"{len(found) - len(bad)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(close(int(sys.argv[1]), Path(sys.argv[2])))
