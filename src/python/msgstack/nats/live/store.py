"""What lies in a server's store, judged without a server.

Adding `cluster {}` to the configuration of a server that has run alone makes it forget its streams, and after 30 s
delete their files, while it reports to be healthy (nats-io/nats-server #5467).
"""

from __future__ import annotations

import re
from pathlib import Path

from msgstack.errors import PreflightError
from msgstack.nats import names


def refuse_cluster(configuration: str, data: Path) -> None:
    """Raise PreflightError if this configuration would make a server that has run alone part of a cluster."""
    if names_cluster(configuration) and is_standalone(data):
        raise PreflightError(
            "the configuration has a cluster, and the store has run without one",
            f"the server would delete the streams in {data / names.STORE} 30 seconds after its start",
            "back the streams up (`nats backup account FOLDER`), form the cluster on an empty store, and restore them",
        )


def names_cluster(configuration: str) -> bool:
    """Whether a server's configuration has a `cluster` block, as its parser would read it."""
    return (
        re.search(r"^[^#\S\n]*[\"']?cluster[\"']?\s*[:=]?\s*\{", configuration, re.MULTILINE | re.IGNORECASE)
        is not None
    )


def is_standalone(data: Path) -> bool:
    """Whether the store in `data` holds streams of a server without a cluster: one with has a `_meta_` group."""
    store = data / names.STORE
    streams = any(store.glob("*/streams/*"))
    return streams and not any(store.glob("*/_js_/_meta_"))
