"""The exit codes, in one place: found is kept apart from failed."""

from __future__ import annotations

from enum import IntEnum

import click


class Exit(IntEnum):
    """What the shell is told.

    OK: ran and answered, or found nothing wrong. FINDINGS: ran and has findings (audit and single checks).
    USAGE: the command line is wrong. INPUT: the input can't be read or is not enough to answer.
    UNSENT: ran, but the mail is not away: it is in the spool. BUG: calltrace itself went wrong, which must not look
    like findings. INTERRUPTED and BROKEN_PIPE: what shells say of SIGINT and SIGPIPE.
    """

    OK = 0
    FINDINGS = 1
    USAGE = 2
    INPUT = 3
    UNSENT = 4
    BUG = 70
    INTERRUPTED = 130
    BROKEN_PIPE = 141


class UsageFailure(click.ClickException):
    """The command line is wrong, in one sentence."""

    exit_code = Exit.USAGE


class InputFailure(click.ClickException):
    """The input can't be read, or is not enough to answer, in one sentence."""

    exit_code = Exit.INPUT
