"""The edge: every way in which a program can end, turned into words and an exit code. Shared by all programs."""

from __future__ import annotations

import errno
import gc
import sys
from collections.abc import Sequence
from itertools import pairwise

import click

from msgstack.errors import Exit
from msgstack.errors import MsgstackError

RARELY = (100_000, 50, 50)  # a run is short, and most of what it makes lives to its end
AS_OWNER = "Run as the user who installed, or as root for a system installation; or give another --root."
MAKE_ROOM = "Make room on that disk, then run the same command again."
OTHER_PATH = "Look at what is there, correct the path if it is yours to choose, then run the same command again."
MORE_FILES = "Close other programs, or allow more open files (`ulimit -n`), then run the same command again."
HOST_ERRORS = {
    errno.EACCES: AS_OWNER,
    errno.EPERM: AS_OWNER,
    errno.EROFS: "Give a --root on a disk that can be written.",
    errno.ENOSPC: MAKE_ROOM,
    errno.EDQUOT: MAKE_ROOM,
    errno.ENAMETOOLONG: "Choose a shorter path, such as a shorter --root.",
    errno.EBUSY: "Something else uses it: end that, then run the same command again.",
    errno.EMFILE: MORE_FILES,
    errno.ENFILE: MORE_FILES,
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ELOOP, errno.ENXIO), OTHER_PATH),
    errno.EIO: "The disk fails to read or write: see the system's log before anything else.",
}


def run(group: click.Command, program: str, argv: Sequence[str] | None = None) -> int:
    """Run `group` and give the exit code. Says what failed in words; shows a stack trace to nobody.

    With `--format json` a failure is the one document on stdout too. A reader of stdout that leaves (`… | head`) is
    click's to handle: it ends the program quietly, with 1.
    """
    gc.set_threshold(*RARELY)
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        code = group.main(arguments, prog_name=program, standalone_mode=False)
        return int(code or Exit.OK)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return int(Exit.USAGE)
    except (KeyboardInterrupt, click.Abort):
        return _interrupted()
    except Exception as error:  # noqa: BLE001 - the edge: nobody above would say it in words
        return _failed(error, program, arguments)


def _failed(error: Exception, program: str, arguments: Sequence[str]) -> int:
    shown = _as_shown(error, program)
    _print_error(shown, program)
    if _wants_json(arguments):
        from msgstack.cli.document import error_document

        click.echo(error_document(shown))
    return int(shown.code)


def _as_shown(error: Exception, program: str) -> MsgstackError:
    """Any failure as what failed, why and what to do next."""
    if isinstance(error, MsgstackError):
        return error
    if isinstance(error, click.ClickException):
        return _usage(error, program)
    if isinstance(error, OSError) and error.errno in HOST_ERRORS:
        return _host_refused(error)
    return _defect(error, program)


def _usage(error: click.ClickException, program: str) -> MsgstackError:
    from msgstack.errors import UsageError

    context = getattr(error, "ctx", None)
    command = context.command_path if context else program
    return UsageError(error.format_message(), "", f"`{command} --help` shows what is allowed.")


def _host_refused(error: OSError) -> MsgstackError:
    return MsgstackError(
        f"{error.filename or 'a file'} can't be used",
        f"the system says: {error.strerror or error}",
        HOST_ERRORS[error.errno or 0],
    )


def _defect(error: Exception, program: str) -> MsgstackError:
    """A failure that nobody foresaw: the trace goes to a file, and its name to the user."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix=f"{program}-defect-", suffix=".txt", delete=False) as file:
        traceback.print_exception(error, file=file)
    return MsgstackError(
        f"this is a defect of {program}, not of what you did",
        f"{type(error).__name__}: {error}",
        f"Please report it with {file.name}, which tells where in the program it happened.",
    )


def _print_error(error: MsgstackError, program: str) -> None:
    from msgstack.cli.terminal import Terminal

    terminal = Terminal(plain="--no-color" in sys.argv)
    terminal.warn(click.style(f"{program}: ", fg="red", bold=True) + click.style(error.what, bold=True))
    for text in (error.why, error.holds, error.fix):
        for line in text.splitlines():
            terminal.warn(f"  {line}")


def _wants_json(arguments: Sequence[str]) -> bool:
    """Told from the arguments alone, because they may be what is wrong."""
    return "--format=json" in arguments or ("--format", "json") in pairwise(arguments)


def _interrupted() -> int:
    click.echo("\nInterrupted. Nothing half-done is in use; run the same command again to go on.", err=True)
    return int(Exit.INTERRUPTED)
