"""The last line of a run counts what the reports say, and never calls a bad run good."""

from __future__ import annotations

from pathlib import Path

import pytest

import totals

PASSED = '<testcase classname="a" name="fine"/>'
FAILED = '<testcase classname="a" name="bad"><failure message="assert 1 == 2"/></testcase>'
ERROR = '<testcase classname="a" name="broken"><error message="no fixture"/></testcase>'
SKIPPED = '<testcase classname="a" name="left out"><skipped message="no root"/></testcase>'


@pytest.mark.parametrize(
    ("status", "content", "code", "last"),
    [
        (0, [PASSED, PASSED], 0, "2 passed, 0 failed"),
        (1, [PASSED, FAILED], 1, "1 passed, 1 failed"),
        (1, [PASSED, ERROR, FAILED], 1, "1 passed, 2 failed"),
        (0, [PASSED, SKIPPED], 1, "1 passed, 1 failed"),
        (1, [PASSED], 1, "1 passed, 1 failed"),
        (0, [], 1, "0 passed, 1 failed"),
    ],
)
def test_close(
    status: int, content: list[str], code: int, last: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, case in enumerate(content):
        (tmp_path / f"{number}.xml").write_text(f"<testsuites><testsuite>{case}</testsuite></testsuites>")
    assert totals.close(status, tmp_path) == code
    assert capsys.readouterr().out.splitlines()[-1] == last
