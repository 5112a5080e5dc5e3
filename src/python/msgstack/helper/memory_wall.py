"""The hard wall around a server's memory where no service manager has one: kills it above a limit.

    memory_wall.py [SUPERVISOR] STARTED BYTES

SUPERVISOR is the file with the supervisor's process id; STARTED the record of the start script, whose second line is
the server's. Both this program and the server are the supervisor's children, and it starts the server again; a process
of another parent is never touched, and without the supervisor this program ends. Without SUPERVISOR it watches the
server that the record names, and ends with it: the start script runs it at each start. Resident memory is looked at
once a second. Nothing but the standard library is needed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time


def process_id(path: str, line: int) -> int | None:
    """The number in that line of a file, from 0; None if there is none."""
    try:
        with open(path, encoding="utf-8") as record:
            return int(record.read().split("\n")[line])
    except (OSError, ValueError, IndexError):
        return None


def parent_and_memory(pid: int) -> tuple[int, int] | None:
    """The parent's process id and the resident bytes of `pid`; None if it is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            fields = dict(line.split(":", 1) for line in status)
        return int(fields["PPid"]), int(fields.get("VmRSS", "0 kB").split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None if sys.platform == "linux" else _asked_of_ps(pid)


def _asked_of_ps(pid: int) -> tuple[int, int] | None:
    answer = subprocess.run(["ps", "-o", "ppid=,rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
    words = answer.stdout.split()
    return (int(words[0]), int(words[1]) * 1024) if len(words) == 2 else None


def look(started: str, limit: int, parent: int) -> bool:
    """Look once; True if the server was above the limit and was killed."""
    pid = process_id(started, 1)
    seen = parent_and_memory(pid) if pid else None
    if pid is None or seen is None or seen[0] != parent or seen[1] <= limit:
        return False
    os.kill(pid, signal.SIGKILL)
    return True


def watch_one(started: str, limit: int) -> None:
    """Until the server that the record names now is gone, be it by this."""
    pid = process_id(started, 1)
    first = parent_and_memory(pid) if pid else None
    while pid is not None and first is not None and process_id(started, 1) == pid:
        seen = parent_and_memory(pid)
        if seen is None or seen[0] != first[0]:
            return
        if look(started, limit, first[0]):
            when = time.strftime("%Y/%m/%d %H:%M:%S")
            sys.stdout.write(f"{when} process {pid} had {seen[1]} bytes of memory, more than {limit}: it was ended\n")
            return
        time.sleep(1)


def main() -> None:
    if len(sys.argv) == 3:
        watch_one(sys.argv[1], int(sys.argv[2]))
        return
    supervisor, started, limit = process_id(sys.argv[1], 0), sys.argv[2], int(sys.argv[3])
    while supervisor is not None and os.getppid() == supervisor:
        look(started, limit, supervisor)
        time.sleep(1)


if __name__ == "__main__":
    main()
