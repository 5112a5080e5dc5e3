"""A folder of files named as upstream names them: the way to install where no network is."""

from __future__ import annotations

import shutil
from pathlib import Path

from msgstack.catalogue.digest import Digest
from msgstack.catalogue.model import File
from msgstack.errors import MsgstackError
from msgstack.errors import UnreachableError
from msgstack.host import atomic
from msgstack.host.fetch.part import CHUNK
from msgstack.host.fetch.part import Part
from msgstack.host.fetch.part import Watch

FIX = "put the file there, or leave sources.offline out of the stack file"


def copy(folder: Path, file: File, part: Path, watch: Watch) -> Digest:
    """Copy `file` out of `folder` to `part`; the digest of what was copied, for the cache to judge.

    Raises UnreachableError if the folder doesn't have it.
    """
    source = folder / file.name
    try:
        with source.open("rb") as there:
            part.unlink(missing_ok=True)
            with Part(part, file.pin.algorithm, watch) as here:
                while chunk := there.read(CHUNK):
                    here.write(chunk)
                return here.digest()
    except FileNotFoundError as error:
        raise UnreachableError(f"{file.name} is not in {folder}", f"a file with {file.pin} is wanted", FIX) from error
    except OSError as error:
        raise UnreachableError(f"{source} can't be read", error.strerror or str(error), FIX) from error


def place(source: Path, into: Path, name: str) -> Path:
    """Put a copy of `source` into the folder `into` under `name`, whole or not at all, over what has that name."""
    target = into / name
    staged = into / f".{name}.part"
    try:
        into.mkdir(parents=True, exist_ok=True)
        staged.unlink(missing_ok=True)
        shutil.copyfile(source, staged)
        staged.chmod(0o644)
        with staged.open("rb") as written:
            atomic.sync_fd(written.fileno())
        atomic.replace(staged, target)
    except OSError as error:
        raise MsgstackError(f"can't write to {into}", error.strerror or str(error), "name another folder") from error
    return target
