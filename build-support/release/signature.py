"""Detached OpenPGP signatures, by the `gpg` of the host, with a keyring that holds one key and is thrown away.

Verifying goes by the rule that exit codes don't give: gpg ends with 0 for a revoked or expired key too. One signature,
GOODSIG **and** VALIDSIG with the pinned primary fingerprint; any other status about a signature refuses.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REFUSED = {"BADSIG", "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "NO_PUBKEY", "NODATA", "KEYEXPIRED", "KEYREVOKED"}


class SignatureError(Exception):
    """The signature is not the pinned signer's good one; or none could be made."""


@contextmanager
def keyring(key_file: Path | None) -> Iterator[list[str]]:
    """How to call gpg: with the user's own keyring, or one that holds this key alone."""
    if key_file is None:
        yield ["gpg", "--batch", "--no-tty"]
        return
    with tempfile.TemporaryDirectory(prefix="k") as home:
        gpg = ["gpg", "--batch", "--no-tty", "--homedir", home]
        try:
            _run([*gpg, "--import", str(key_file)])
            yield gpg
        finally:
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], capture_output=True, check=False)


def sign(file: Path, key: str) -> Path:
    """Write FILE.sig. `key` is a fingerprint of the user's keyring, or a file with a secret key."""
    out = file.with_name(f"{file.name}.sig")
    key_file = Path(key) if Path(key).is_file() else None
    with keyring(key_file) as gpg:
        chosen = [] if key_file else ["--local-user", key]
        _run([*gpg, *chosen, "--yes", "--detach-sign", "--output", str(out), str(file)])
    return out


def verify(file: Path, signature: Path, signer: str, key_file: Path) -> None:
    """SignatureError unless the signature over the file is good and by this primary key (40 hex digits)."""
    if not re.fullmatch(r"[0-9A-Fa-f]{40}", signer):
        raise SignatureError("a signer is named by its primary key's whole fingerprint: 40 hexadecimal digits")
    with keyring(key_file) as gpg:
        done = subprocess.run(
            [*gpg, "--status-fd", "1", "--verify", str(signature), str(file)], capture_output=True, check=False
        )
    judge(done.stdout.decode(errors="replace"), signer)


def judge(status: str, signer: str) -> None:
    """Hold gpg's status lines against the rule; pure."""
    lines = [line.split() for line in status.splitlines() if line.startswith("[GNUPG:] ")]
    words = [line[1] for line in lines if len(line) > 1]
    primaries = {line[-1].upper() for line in lines if line[1:2] == ["VALIDSIG"]}
    refused = sorted(REFUSED.intersection(words))
    if refused:
        raise SignatureError(f"gpg says {', '.join(refused)}")
    if words.count("NEWSIG") > 1 or words.count("GOODSIG") != 1 or words.count("VALIDSIG") != 1:
        raise SignatureError("there must be one good signature, and no other")
    if primaries != {signer.upper()}:
        raise SignatureError(f"signed by {', '.join(sorted(primaries))}, and not by the signer that was asked for")


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise SignatureError("".join(char for char in " ".join(["gpg:", *said]) if char.isprintable()))
