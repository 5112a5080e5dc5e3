"""Run the long proofs of bench/proofs.toml: `prove.py [--list] [NAME...]`; no name means all. Exit 1 if one failed."""

from __future__ import annotations

import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Proof:
    """A command line, run by /bin/sh from the repository's top; it proves `what` by ending with 0."""

    name: str
    what: str
    run: str


def load(text: str) -> dict[str, Proof]:
    return {name: Proof(name, entry["what"], entry["run"]) for name, entry in tomllib.loads(text).items()}


def prove(proof: Proof, root: Path) -> bool:
    """Run one proof; its output goes to the terminal as it comes."""
    print(f"== {proof.name}: {proof.what}", flush=True)
    began = time.monotonic()
    done = subprocess.run(["/bin/sh", "-c", proof.run], cwd=root, check=False)
    verdict = "proved" if done.returncode == 0 else f"FAILED (exit {done.returncode})"
    print(f"== {proof.name}: {verdict} after {time.monotonic() - began:.0f} s", flush=True)
    return done.returncode == 0


def main(arguments: list[str], root: Path) -> int:
    proofs = load((root / "bench" / "proofs.toml").read_text())
    if arguments == ["--list"]:
        print("\n".join(f"{proof.name:16} {proof.what}" for proof in proofs.values()))
        return 0
    unknown = [name for name in arguments if name not in proofs]
    if unknown:
        print(f"prove: no proof named {', '.join(unknown)}; there are: {', '.join(proofs)}", file=sys.stderr)
        return 2
    verdicts = {name: prove(proofs[name], root) for name in arguments or proofs}
    failed = [name for name, held in verdicts.items() if not held]
    print(f"{len(verdicts) - len(failed)} proved, {len(failed)} failed" + (f": {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], ROOT))
