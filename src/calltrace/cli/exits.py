"""The exit codes, in one place: found is kept apart from failed."""

from __future__ import annotations

import errno
import os
from enum import IntEnum

import click

from calltrace.errors import CalltraceError, UsageError


class Exit(IntEnum):
    """What the shell is told.

    OK: ran and answered, or found nothing wrong. FINDINGS: ran and has findings (audit and single checks).
    USAGE: the command line is wrong. INPUT: the input can't be read or is not enough to answer.
    UNSENT: ran, but the mail is not away: it is in the spool. BUG: calltrace itself went wrong, which must not look
    like findings. UNWRITTEN: the result could not be put out, or the disk is full; nothing is to be made of what there
    is. INTERRUPTED and BROKEN_PIPE: what shells say of SIGINT and SIGPIPE; of SIGTERM they say 143.
    """

    OK = 0
    FINDINGS = 1
    USAGE = 2
    INPUT = 3
    UNSENT = 4
    BUG = 70
    UNWRITTEN = 74
    INTERRUPTED = 130
    BROKEN_PIPE = 141


class UsageFailure(click.ClickException):
    """The command line is wrong, in one sentence."""

    exit_code = Exit.USAGE


class InputFailure(click.ClickException):
    """The input can't be read, or is not enough to answer, in one sentence."""

    exit_code = Exit.INPUT


class OutputFailure(click.ClickException):
    """What was found can't be written: standard output is closed or its disk full, in one sentence."""

    exit_code = Exit.UNWRITTEN


FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})
"""What the system says of nothing but writing: the disk is full, or may only be read."""

NO_ROOM = FULL | {errno.EIO, errno.EBADF}
"""What the system says where there is no room, or nothing to write to: no fault of the input or of calltrace."""


def failure_of(error: CalltraceError) -> type[click.ClickException]:
    """Return the failure that an error of the library is to the shell.

    Whatever it was that found no room on its disk (a store, a folder of logs), it is no fault of the command line or
    of the input.
    """
    if isinstance(error.__cause__, OSError) and error.__cause__.errno in FULL:
        return OutputFailure
    return UsageFailure if isinstance(error, UsageError) else InputFailure


def refused(file: str | os.PathLike[str], error: OSError) -> click.ClickException:
    """Return the failure for a file the command line named that can't be written.

    No place is right where there is no room: who wrote the command line has nothing to mend in it.
    """
    kind = OutputFailure if error.errno in NO_ROOM else UsageFailure
    return kind(f"{click.format_filename(file)} can't be written: {error.strerror or error}.")


def unwritten(error: OSError, what: str = "") -> OutputFailure:
    """Return the failure for a write the system refused; ``what`` is what was written to, where the error is silent."""
    name = click.format_filename(error.filename) if error.filename else what or "The output"
    return OutputFailure(f"{name} can't be written: {error.strerror or error}.")
