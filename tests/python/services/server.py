"""A small server for tests: `server.py PORT`; 200 on every path. It reads its temper from `temper` in the working
directory: "crash" ends it at once, "silent" never answers, "deaf" ignores SIGTERM, "grow" takes 200 MB."""

from __future__ import annotations

import signal
import sys
import time
from http.server import BaseHTTPRequestHandler
from http.server import HTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


def main() -> None:
    path = Path("temper")
    temper = path.read_text() if path.exists() else ""
    sys.stderr.write("the server's own words\n")
    if temper == "crash":
        sys.exit(1)
    if temper == "silent":
        time.sleep(3600)
    if temper == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ballast = b"x" * (200 * 2**20) if temper == "grow" else b""
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
    del ballast


if __name__ == "__main__":
    main()
