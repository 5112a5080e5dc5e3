"""What went wrong, why, and what to do next: the one family of errors that reaches a user.

Anything a user can cause or mend is a `MsgstackError`. The command line maps it to its exit code at one
edge and prints the three sentences; any other exception is a defect of the program.
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes by kind of failure, the same in every program."""

    OK = 0
    FAILED = 1  # an operation failed
    USAGE = 2  # wrong arguments or stack file
    PREFLIGHT = 3  # the host can't take it
    VERIFICATION = 4  # a checksum or signature did not match; never retried
    CHECK_FAILED = 10  # ran, but a check failed
    PENDING = 20  # changes are pending; only when asked for a detailed exit code
    INTERRUPTED = 130
    TERMINATED = 143


class MsgstackError(Exception):
    """What failed, why, and the next step, in words for the person at the terminal.

    `holds` says what is in use now, where a run that ended early leaves that open.
    """

    code = Exit.FAILED

    def __init__(self, what: str, why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix
        self.holds = ""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.what, self.why) if part)


class UsageError(MsgstackError):
    """The arguments or the stack file ask for something that can't be."""

    code = Exit.USAGE


class PreflightError(MsgstackError):
    """The host lacks something that the stack needs."""

    code = Exit.PREFLIGHT


class VerificationError(MsgstackError):
    """Bytes are not those that were pinned. Never retried, and no other source is tried."""

    code = Exit.VERIFICATION


class UnreachableError(MsgstackError):
    """A source can't be reached or doesn't have the file; the next source may."""


class InterruptedRun(MsgstackError):
    """The user stopped the run at a safe point."""

    code = Exit.INTERRUPTED
