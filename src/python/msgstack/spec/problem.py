"""What is wrong with a stack file: one problem a key, all of them at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from msgstack.errors import UsageError


@dataclass(frozen=True)
class Problem:
    """One thing that can't be. `path` is the key's, from the top; `line` counts from 1, None when unknown;
    `text` says what was found and what is allowed."""

    path: tuple[str, ...]
    text: str
    line: int | None = None

    @property
    def key(self) -> str:
        """The path as it is written in TOML: `nats.streams.TASKS.max_bytes`."""
        return dotted(self.path)

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.key}: {self.text}" if self.path else f"{place}{self.text}"


def dotted(path: Sequence[str]) -> str:
    """A key's path as TOML writes it: names with other than letters, digits, _ and - are quoted."""
    return ".".join(part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{part}"' for part in path)


class StackError(UsageError):
    """A stack file that can't be used. `problems` are in the order of the file's lines."""

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.line or 0, p.path)))
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(
            f"{name} can't be used: {count}",
            "\n".join(str(problem) for problem in self.problems),
            "Mend it, then run the same command again. `schema --default` prints every key with what it means.",
        )
