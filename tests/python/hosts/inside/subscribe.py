"""Take memory of the server, until it is gone: connections with a thousand subscriptions each, CONNECTIONS at most."""

from __future__ import annotations

import socket
import sys

EACH = 1000


def main() -> int:
    """0 when the server broke off, 1 when it bore them all."""
    taken: list[socket.socket] = []
    try:
        for number in range(int(sys.argv[1])):
            one = socket.create_connection(("127.0.0.1", 4222), timeout=30)
            taken.append(one)
            one.sendall(b'CONNECT {"verbose":false,"pedantic":false}\r\n')
            one.sendall("".join(f"SUB wall.{number}.{n} {n}\r\n" for n in range(EACH)).encode())
            one.sendall(b"PING\r\n")
            answered(one)
    except OSError:
        return 0
    return 1


def answered(one: socket.socket) -> None:
    """Wait until the server has taken them all. Raises ConnectionError if it ended."""
    said = b""
    while b"PONG" not in said:
        more = one.recv(65536)
        if not more:
            raise ConnectionError
        said = said[-8:] + more


if __name__ == "__main__":
    sys.exit(main())
