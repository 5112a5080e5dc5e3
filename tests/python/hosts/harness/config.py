"""What a host is made of, as it travels from the test to the host's keeper and to its first process."""

from __future__ import annotations

import json
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Config:
    """One boot of one host: its shared root, its own state, and its place in the network held by `lan`."""

    name: str
    root: Path
    state: Path
    address: str
    lan: int

    def to_json(self) -> str:
        """The text that `from_json` reads."""
        return json.dumps({key: str(value) for key, value in asdict(self).items()})

    @classmethod
    def from_json(cls, text: str) -> Config:
        """The config that `to_json` wrote."""
        read = json.loads(text)
        return cls(read["name"], Path(read["root"]), Path(read["state"]), read["address"], int(read["lan"]))
