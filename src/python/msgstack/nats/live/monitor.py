"""The monitoring server of NATS: JSON over HTTP on loopback, without a password."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from msgstack.nats.names import LOOPBACK


class NoAnswer(Exception):
    """Nothing answers, or not as a NATS server does: in words."""


@dataclass(frozen=True)
class Monitor:
    """Asks one server. `timeout` in seconds, for connecting and for each read."""

    port: int
    timeout: float = 2.0

    def status(self, path: str) -> int:
        """The HTTP status of a path, such as /healthz."""
        return self._get(path)[0]

    def ask(self, path: str) -> dict[str, Any]:
        """The answer of a path such as /varz. Raises NoAnswer."""
        status, body = self._get(path)
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if status != 200 or not isinstance(answer, dict):
            raise NoAnswer(f"what answers on {LOOPBACK}:{self.port} is not the monitoring of NATS ({path}: {status})")
        return answer

    def _get(self, path: str) -> tuple[int, bytes]:
        from http.client import HTTPConnection
        from http.client import HTTPException

        connection = HTTPConnection(LOOPBACK, self.port, timeout=self.timeout)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        except ConnectionRefusedError as error:
            raise NoAnswer("the server is stopped") from error
        except (OSError, HTTPException) as error:
            raise NoAnswer(f"no answer on {LOOPBACK}:{self.port}: {error or type(error).__name__}") from error
        finally:
            connection.close()
