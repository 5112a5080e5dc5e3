"""What a user has to type to run one of our programs again."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path


def as_typed(program: str) -> str:
    """`program`, if that is found by the shell; else its path, beside the file that runs now.

    A PEX has its own path in `sys.argv[0]`, however it was called.
    """
    if shutil.which(program):
        return program
    for name in (f"{program}.pex", program):
        path = Path(sys.argv[0]).with_name(name)
        if os.access(path, os.X_OK):
            return shlex.quote(_short(path))
    return program


def _short(path: Path) -> str:
    """Relative when that is below here, as it was typed most probably."""
    return f"./{path.relative_to(Path.cwd())}" if path.is_relative_to(Path.cwd()) else str(path)
