"""What makes memory streams again: its side of the protocol, held against a recorded server. Real ones are asked in
tests/python/msgstack/nats/live/test_objects.py."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from msgstack.helper import memory_streams

INFO = b'INFO {"server_id":"N","version":"2.15.1","headers":true,"max_payload":1048576,"jetstream":true} \r\n'
REQUESTS = [
    {"subject": "STREAM.CREATE.A", "body": {"name": "A", "storage": "memory"}},
    {"subject": "CONSUMER.CREATE.A.C", "body": {"stream_name": "A", "config": {"name": "C"}}},
]
Answer = Callable[[bytes], bytes]


class Recorded:
    """Says what a server said, and keeps what it was told. One connection for each of `talks`."""

    def __init__(self, *talks: Answer) -> None:
        self.told: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, args=(talks,), daemon=True)
        self._thread.start()

    def _serve(self, talks: tuple[Answer, ...]) -> None:
        for talk in talks:
            connection, _ = self._listener.accept()
            with connection, connection.makefile("rwb") as stream:
                stream.write(talk(b""))
                stream.flush()
                for line in stream:
                    self.told.append(line)
                    stream.write(talk(line))
                    stream.flush()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def recorded() -> Iterator[Callable[..., Recorded]]:
    made: list[Recorded] = []

    def make(*talks: Answer) -> Recorded:
        made.append(Recorded(*talks))
        return made[-1]

    yield make
    for one in made:
        one.close()


def run(folder: Path, port: int) -> subprocess.CompletedProcess[str]:
    """As the start script runs it: a program of its own, without this project on its path."""
    (folder / "requests.json").write_text(json.dumps(REQUESTS))
    (folder / "app.conf").write_text('nats_app_password: "s3cret"\n')
    words = (folder / "requests.json", folder / "app.conf", "app", "127.0.0.1", str(port))
    command = (sys.executable, "-I", memory_streams.__file__, *map(str, words))
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def message(body: str) -> bytes:
    return f"MSG _INBOX.memory_streams 1 {len(body)}\r\n{body}\r\n".encode()


def obliging(line: bytes) -> bytes:
    """What a server says: to the first request with a ping in between, to the second with an error."""
    if not line:
        return INFO
    if line.startswith(b"PUB $JS.API.STREAM"):
        return b"PING\r\n" + message('{"type":"io.nats.jetstream.api.v1.stream_create_response","did_create":true}')
    if line.startswith(b"PUB $JS.API.CONSUMER"):
        return message('{"error":{"code":400,"err_code":10012,"description":"consumer name already in use"}}')
    return b""


def test_each_request_is_made_and_its_answer_logged(tmp_path: Path, recorded: Callable[..., Recorded]) -> None:
    server = recorded(obliging)
    done = run(tmp_path, server.port)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "memory_streams: STREAM.CREATE.A: is there",
        "memory_streams: CONSUMER.CREATE.A.C: consumer name already in use",
    ]
    told = b"".join(server.told)
    connect = json.loads(server.told[0].removeprefix(b"CONNECT "))
    assert (connect["user"], connect["pass"], connect["verbose"]) == ("app", "s3cret", False)
    body = json.dumps(REQUESTS[0]["body"]).encode()
    assert b"PUB $JS.API.STREAM.CREATE.A _INBOX.memory_streams %d\r\n%s\r\n" % (len(body), body) in told
    assert b"PONG\r\n" in told


def test_a_server_that_is_not_up_yet_is_asked_again(tmp_path: Path, recorded: Callable[..., Recorded]) -> None:
    server = recorded(lambda _: b"HTTP/1.1 400 Bad Request\r\n", obliging)
    done = run(tmp_path, server.port)
    assert done.returncode == 0
    assert "STREAM.CREATE.A: is there" in done.stdout


def test_a_password_that_is_refused_is_no_reason_to_go_on(tmp_path: Path, recorded: Callable[..., Recorded]) -> None:
    server = recorded(lambda line: b"-ERR 'Authorization Violation'\r\n" if line.startswith(b"CONNECT") else INFO)
    done = run(tmp_path, server.port)
    assert done.returncode == 1
    assert done.stdout == "memory_streams: gave up: -ERR 'Authorization Violation'\n"
    assert "s3cret" not in done.stdout + done.stderr
