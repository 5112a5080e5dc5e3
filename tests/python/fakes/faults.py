"""What a web server may do wrong, one way each: functions that change the Answer an honest server would give."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True)
class Asked:
    """One request: `start` is the first byte asked for, 0 without a Range."""

    path: str
    headers: dict[str, str]
    start: int


@dataclass
class Answer:
    """What is sent: `body`, of which `cut_after` bytes are sent before the connection ends or (`pause`) waits.

    `length` None: no Content-Length, the body ends when the connection does.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    length: int | None
    cut_after: int | None = None
    reset: bool = False
    pause: float = 0.0
    silent: float = 0.0
    drip: tuple[int, float] | None = None
    forever: bool = False
    chunked: bool = False


Fault = Callable[[Answer, Asked, bytes], None]


def corrupt(at: int = 0) -> Fault:
    """Flip the bits of the byte at `at` of what is sent."""

    def change(answer: Answer, asked: Asked, body: bytes) -> None:
        answer.body = answer.body[:at] + bytes([answer.body[at] ^ 0xFF]) + answer.body[at + 1 :]

    return change


def cut(after: int, *, reset: bool = False) -> Fault:
    """Declare all, send `after` bytes, close (or reset) the connection."""

    def change(answer: Answer, asked: Asked, body: bytes) -> None:
        answer.cut_after, answer.reset = after, reset

    return change


def stall(after: int, seconds: float = 60.0) -> Fault:
    """Send `after` bytes, then nothing for `seconds` (or until the origin closes)."""

    def change(answer: Answer, asked: Asked, body: bytes) -> None:
        answer.cut_after, answer.pause = after, seconds

    return change


def unanswered(seconds: float = 60.0) -> Fault:
    """Take the question, and say nothing for `seconds` (or until the origin closes)."""

    def change(answer: Answer, asked: Asked, body: bytes) -> None:
        answer.silent = seconds

    return change


def drip(size: int, every: float) -> Fault:
    """Send `size` bytes every `every` seconds."""

    def change(answer: Answer, asked: Asked, body: bytes) -> None:
        answer.drip = (size, every)

    return change


def status(code: int, **headers: str) -> Fault:
    """Answer with this status; `Retry_After="1"` becomes the header Retry-After."""

    def change(answer: Answer, asked: Asked, body: bytes) -> None:
        answer.status, answer.body, answer.length = code, b"no", 2
        answer.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    return change


def redirect(to: str, code: int = 302) -> Fault:
    """Send the client elsewhere."""
    return status(code, Location=to)


def endless() -> Fault:
    """Never stop sending, and never say how much it will be."""

    def change(answer: Answer, asked: Asked, body: bytes) -> None:
        answer.forever, answer.length = True, None

    return change


def headers(**values: str) -> Fault:
    """Set headers, `Content_Length="5"` included; the body stays what it is."""

    def change(answer: Answer, asked: Asked, body: bytes) -> None:
        answer.headers |= {name.replace("_", "-"): value for name, value in values.items()}

    return change


def no_length(*, chunked: bool = False) -> Fault:
    """Do not say how long the body is."""

    def change(answer: Answer, asked: Asked, body: bytes) -> None:
        answer.length, answer.chunked = None, chunked

    return change


def no_ranges() -> Fault:
    """Always send all of it, with 200."""

    def change(answer: Answer, asked: Asked, body: bytes) -> None:
        answer.status, answer.body, answer.length = 200, body, len(body)
        answer.headers.pop("Content-Range", None)

    return change


def lying_range(*, honest_header: bool = False) -> Fault:
    """Answer 206 to a Range, but with the file's first bytes; admitted in Content-Range, or not."""

    def change(answer: Answer, asked: Asked, body: bytes) -> None:
        if asked.start:
            answer.body = body[: len(answer.body)]
            if honest_header:
                answer.headers["Content-Range"] = f"bytes 0-{len(answer.body) - 1}/{len(body)}"

    return change


def replaced(new: bytes) -> Fault:
    """The file on the server is another one now; ranges of it are served without regard for If-Range."""

    def change(answer: Answer, asked: Asked, body: bytes) -> None:
        _fill(answer, asked.start, new)

    return change


def both(*faults: Fault) -> Fault:
    """Several faults in one answer."""

    def change(answer: Answer, asked: Asked, body: bytes) -> None:
        for fault in faults:
            fault(answer, asked, body)

    return change


def start_of(value: str) -> int:
    said = re.fullmatch(r"bytes=(\d+)-", value)
    return int(said[1]) if said else 0


def honest(asked: Asked, body: bytes) -> Answer:
    answer = Answer(200, {}, body, len(body))
    condition = asked.headers.get("If-Range")
    _fill(answer, asked.start if condition in (None, _etag(body)) else 0, body)
    return answer


def _fill(answer: Answer, start: int, body: bytes) -> None:
    answer.status, answer.body = (206 if start else 200), body[start:]
    answer.headers = {"ETag": _etag(body)}
    if start >= len(body) > 0:
        answer.status, answer.body, answer.headers = 416, b"", {"Content-Range": f"bytes */{len(body)}"}
    elif start:
        answer.headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
    answer.length = len(answer.body)


def _etag(body: bytes) -> str:
    return f'"{sha256(body).hexdigest()[:16]}"'
