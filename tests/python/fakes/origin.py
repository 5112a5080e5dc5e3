"""A web server on this machine that serves bytes well, or badly in exactly one way.

    with Origin() as origin:
        url = origin.put("/file.tar.gz", body, cut(1000), status(500))   # first request cut, second 500, then honest
        url = origin.put("/endless", body, always=endless())
        origin.asked                                                    # every request that came: path and headers

The faults are in fakes/faults.py.
"""

from __future__ import annotations

import socket
import struct
import threading
from dataclasses import dataclass
from dataclasses import field
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar
from typing import Self

from fakes.faults import Answer
from fakes.faults import Asked
from fakes.faults import Fault
from fakes.faults import honest
from fakes.faults import start_of

PIECE = 1 << 16


@dataclass
class _File:
    body: bytes
    first: list[Fault]
    always: Fault | None


@dataclass
class Origin:
    """Serves on a free port of 127.0.0.1 while it is entered."""

    asked: list[Asked] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    _files: dict[str, _File] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        origin = self

        class Handler(_Handler):
            serves: ClassVar[Origin] = origin

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def put(self, path: str, body: bytes, *first: Fault, always: Fault | None = None) -> str:
        """Serve `body` under `path`: the first answers with one fault each, later ones with `always`; the address."""
        self._files[path] = _File(body, list(first), always)
        return self.url + path

    def answer(self, path: str, sent: dict[str, str]) -> Answer | None:
        """What to send for one request; None for a path that is not there."""
        asked = Asked(path, sent, start_of(sent.get("Range", "")))
        with self._lock:
            self.asked.append(asked)
            file = self._files.get(path)
            fault = None if file is None else (file.first.pop(0) if file.first else file.always)
        if file is None:
            return None
        answer = honest(asked, file.body)
        if fault is not None:
            fault(answer, asked, file.body)
        return answer


class _Handler(BaseHTTPRequestHandler):
    serves: ClassVar[Origin]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # the name that http.server calls
        answer = self.serves.answer(self.path, dict(self.headers.items()))
        if answer is None:
            answer = Answer(404, {}, b"no such file", 12)
        self.close_connection = True
        if answer.silent and not self.serves.closing.wait(answer.silent):
            return
        try:
            self._head(answer)
            self._body(answer)
        except OSError:
            return  # the client has seen enough

    def log_message(self, format: str, *args: object) -> None:
        """Tests look at `asked`."""

    def _head(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.length is not None and "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(answer.length))
        if answer.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _body(self, answer: Answer) -> None:
        whole = answer.body if answer.cut_after is None else answer.body[: answer.cut_after]
        size, every = answer.drip or (PIECE, 0.0)
        for at in range(0, len(whole), size):
            self._send(whole[at : at + size], chunked=answer.chunked)
            if every and self.serves.closing.wait(every):
                return
        while answer.forever and not self.serves.closing.is_set():
            self._send(b"x" * PIECE, chunked=answer.chunked)
        self._end(answer)

    def _send(self, data: bytes, *, chunked: bool) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if chunked else data)

    def _end(self, answer: Answer) -> None:
        if answer.pause:
            self.wfile.flush()
            self.serves.closing.wait(answer.pause)
        elif answer.reset:
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif answer.chunked and answer.cut_after is None:
            self.wfile.write(b"0\r\n\r\n")
