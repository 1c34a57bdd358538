"""The exit codes, in one place: found is kept apart from failed."""

from __future__ import annotations

import errno
from enum import IntEnum

import click


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


NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EBADF})
"""What the system says where there is no room, or nothing to write to: no fault of the input or of calltrace."""


def unwritten(error: OSError, what: str = "") -> OutputFailure:
    """Return the failure for a write the system refused; ``what`` is what was written to, where the error is silent."""
    name = click.format_filename(error.filename) if error.filename else what or "The output"
    return OutputFailure(f"{name} can't be written: {error.strerror or error}.")
