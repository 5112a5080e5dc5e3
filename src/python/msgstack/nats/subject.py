"""NATS subjects: tokens parted by dots; `*` stands for one token, `>` for one or more at the end.

Source: NATS documentation, *Subject-Based Messaging*.
"""

from __future__ import annotations

from msgstack.nats.spec import Stream


def fault(subject: str) -> str | None:
    """Why this is no subject that a stream or consumer may have; None when it is one."""
    tokens = subject.split(".")
    if any(not token or any(c.isspace() for c in token) for token in tokens):
        return "has an empty part, or a space"
    if ">" in subject and (tokens[-1] != ">" or subject.count(">") > 1):
        return "has > elsewhere than as its last part"
    if any("*" in token and token != "*" for token in tokens):
        return "has * as a piece of a part: it stands for one whole part"
    if subject.startswith(("$", "_INBOX.")):
        return "belongs to the server: subjects of your own don't start with $ or _INBOX"
    return "would store everything, the server's own traffic included" if tokens[0] == ">" else None


def overlap(one: str, other: str) -> bool:
    """Whether a message could match both."""
    left, right = one.split("."), other.split(".")
    for a, b in zip(left, right, strict=False):
        if ">" in (a, b):
            return True
        if a != b and "*" not in (a, b):
            return False
    return len(left) == len(right)


def subjects_of(name: str, stream: Stream) -> tuple[str, ...]:
    """What the stream stores: its subjects, or NAME.> in lower case when none is given."""
    return stream.subjects or (f"{name.lower()}.>",)
