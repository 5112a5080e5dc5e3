"""Make and check release artefacts: `scripts/release [NAME...] [--key KEY]`, `scripts/release --verify DIR ...`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from release import bundle
from release import inside
from release import signature

VERIFICATION_FAILED = 4


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="scripts/release", description=__doc__)
    options.add_argument(
        "component", nargs="*", help=f"what to release ({', '.join(bundle.COMPONENTS)}; all by default)"
    )
    options.add_argument("--key", help="sign: a fingerprint in your gpg keyring, or a file with a secret key")
    options.add_argument("--out", type=Path, default=Path("dist/release"), help="where to (default: %(default)s)")
    options.add_argument(
        "--programs", type=Path, default=Path("dist"), help="where the PEX files are (default: %(default)s)"
    )
    options.add_argument("--verify", type=Path, metavar="DIR", help="check a release instead of making one")
    options.add_argument(
        "--signer", help="with --verify: the whole fingerprint of the primary key that must have signed"
    )
    options.add_argument("--key-file", type=Path, help="with --verify: the signer's public key")
    options.add_argument("--here", type=Path, default=Path(), help=argparse.SUPPRESS)  # where relative paths begin
    return options


def located(chosen: argparse.Namespace) -> argparse.Namespace:
    """Paths as the user's shell means them: Pants runs us from the repository's top."""
    for name in ("verify", "key_file"):
        told = getattr(chosen, name)
        setattr(chosen, name, chosen.here / told if told else None)
    if chosen.key and (chosen.here / chosen.key).is_file():
        chosen.key = str(chosen.here / chosen.key)
    return chosen


def check(chosen: argparse.Namespace) -> str:
    if (chosen.signer is None) != (chosen.key_file is None):
        raise SystemExit("scripts/release: --signer and --key-file go together")
    count = bundle.verify(chosen.verify, chosen.signer, chosen.key_file)
    signed = (
        f"signed by {chosen.signer}"
        if chosen.signer
        else "signature not checked: name one with --signer and --key-file"
    )
    return f"{chosen.verify}: {count} files are as listed; {signed}"


def make(chosen: argparse.Namespace) -> str:
    unknown = [name for name in chosen.component if name not in bundle.COMPONENTS]
    if unknown:
        raise SystemExit(
            f"scripts/release: no component {', '.join(unknown)}; there are: {', '.join(bundle.COMPONENTS)}"
        )
    root = Path.cwd()
    source = bundle.source(root)
    made = [
        bundle.make(name, root, chosen.programs, chosen.out / name, source, chosen.key)
        for name in chosen.component or bundle.COMPONENTS
    ]
    return "\n".join(f"{place}: {', '.join(sorted(file.name for file in place.iterdir()))}" for place in made)


def main(arguments: list[str]) -> int:
    chosen = located(parser().parse_args(arguments))
    try:
        print(check(chosen) if chosen.verify else make(chosen))
    except (bundle.TamperedError, signature.SignatureError) as error:
        print(f"scripts/release: {error}", file=sys.stderr)
        return VERIFICATION_FAILED if chosen.verify else 1
    except (inside.NotAsLockedError, bundle.NotReadyError) as error:
        print(f"scripts/release: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
