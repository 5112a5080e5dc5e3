"""Makes memory streams again after each start of a NATS server: without a cluster it forgets them, and their consumers.

    memory_streams.py REQUESTS PASSWORD USER HOST PORT

REQUESTS is a JSON list of requests to JetStream, `{"subject": "STREAM.CREATE.X", "body": {…}}`, each of which changes
nothing where its object is there already. PASSWORD is the file of one line, `name: "password"`, that the server's
configuration includes. Runs beside the server for the moment that it takes, and says what it did. It is the only
client that can be there by then: nothing but the standard library is needed (protocol: docs.nats.io, Client Protocol).
"""

from __future__ import annotations

import io
import json
import re
import socket
import sys
import time
from typing import Any
from typing import TypeAlias

SECONDS = 120.0  # for a server with a large store to answer
INBOX = "_INBOX.memory_streams"
Connection: TypeAlias = io.BufferedRWPair


def read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def ask(stream: Connection, subject: str, body: object) -> dict[str, Any]:
    """One request to JetStream's API and its answer. Raises OSError when the connection ends or refuses."""
    payload = json.dumps(body).encode()
    stream.write(b"PUB $JS.API.%s %s %d\r\n%s\r\n" % (subject.encode(), INBOX.encode(), len(payload), payload))
    stream.flush()
    while line := stream.readline():
        if line.startswith(b"MSG "):
            answer: dict[str, Any] = json.loads(stream.read(int(line.split()[-1]) + 2))
            return answer
        if line.startswith(b"PING"):
            stream.write(b"PONG\r\n")
            stream.flush()
        if line.startswith(b"-ERR"):
            raise PermissionError(line.decode(errors="replace").strip())
    raise ConnectionError("the server closed the connection")


def connect(host: str, port: int, user: str, password: str) -> Connection:
    """A connection that has said who it is, and listens to its inbox."""
    stream: Connection = socket.create_connection((host, port), timeout=5).makefile("rwb")
    if not stream.readline().startswith(b"INFO "):
        raise ConnectionError(f"what answers on {host}:{port} is no NATS server")
    who = {"user": user, "pass": password, "verbose": False, "pedantic": False, "lang": "python", "version": "1"}
    stream.write(b"CONNECT %s\r\nSUB %s 1\r\n" % (json.dumps(who).encode(), INBOX.encode()))
    return stream


def make(requests: list[dict[str, Any]], host: str, port: int, user: str, password: str) -> list[str]:
    """Ask for all of it over one connection; a line for each."""
    with connect(host, port, user, password) as stream:
        return [said(one["subject"], ask(stream, one["subject"], one["body"])) for one in requests]


def said(subject: str, answer: dict[str, Any]) -> str:
    error = answer.get("error")
    return f"memory_streams: {subject}: {error['description'] if error else 'is there'}"


def log(lines: list[str]) -> None:
    """Into the service's log."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def main() -> int:
    path, secret, user, host, port = sys.argv[1:6]
    requests = json.loads(read(path))
    password = (re.findall(r': "(.*)"', read(secret)) or [""])[0]
    until = time.monotonic() + SECONDS
    while True:
        try:
            log(make(requests, host, int(port), user, password))
            return 0
        except OSError as error:
            if isinstance(error, PermissionError) or time.monotonic() > until:
                log([f"memory_streams: gave up: {error}"])
                return 1
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
