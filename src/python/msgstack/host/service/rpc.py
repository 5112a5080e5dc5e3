"""XML-RPC over a unix socket, which is how supervisord is spoken to (supervisord.org, *XML-RPC API*)."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from xmlrpc.client import ServerProxy
from xmlrpc.client import Transport

LONGEST: Final = 107  # bytes of a socket's path on Linux, the final NUL not counted (unix(7))


class UnixConnection(HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path
        self._seconds = seconds

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self._seconds)
        with reachable(self._path) as path:
            self.sock.connect(path)


class UnixTransport(Transport):
    """Makes one connection a proxy, and keeps it."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__()
        self._path = path
        self._seconds = seconds

    def make_connection(self, host: object) -> UnixConnection:
        if self._connection[1] is None:  # what the base class closes again
            self._connection = ("localhost", UnixConnection(self._path, self._seconds))
        connection = self._connection[1]
        assert isinstance(connection, UnixConnection)
        return connection


def proxy(path: Path, seconds: float) -> ServerProxy:
    """The server behind that socket. Nothing is sent before the first call."""
    return ServerProxy("http://localhost/RPC2", transport=UnixTransport(path, seconds), allow_none=True)


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """A name for the socket that is short enough, however long its path is."""
    if sys.platform != "linux" or len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
