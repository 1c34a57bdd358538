"""What calltrace raises when nothing can be done with what it was given.

A row that can't be read is data (:class:`calltrace.tables.problems.Problem`), not an exception.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from calltrace.classes import dataclass

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Location:
    """A place in a file. Lines count from 1, the header included; 0 means the file as a whole."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class CalltraceError(Exception):
    """Something calltrace can't work with: what was seen, what was expected, what to do.

    Parameters
    ----------
    saw : str
        What was there, in the user's words.
    expected : str
        What would have been right; may be empty.
    fix : str
        What to do about it; may be empty.
    at : Location, optional
        Where it was.
    """

    def __init__(self, saw: str, *, expected: str = "", fix: str = "", at: Location | None = None) -> None:
        self.saw = saw
        self.expected = expected
        self.fix = fix
        self.at = at
        super().__init__(self.message())

    def message(self) -> str:
        """Return the one sentence for a person: place, what was seen, what was expected, what to do."""
        text = f"{self.at}: {self.saw}" if self.at else self.saw
        if self.expected:
            text += f"; expected {self.expected}"
        if not text.endswith((".", "?", "!")):
            text += "."
        return f"{text} {self.fix}".rstrip()


class InputError(CalltraceError):
    """The input can't be read, or is not enough to answer (exit code 3)."""


class UsageError(CalltraceError):
    """The question itself is wrong: an unknown complaint, a window that ends before it starts (exit code 2)."""


class UnknownAccountError(InputError):
    """No account of that id, name or number; the nearest ones are offered (exit code 3)."""


class ManyError(UsageError):
    """Several things are wrong at once, each a sentence of its own (exit code 2)."""

    def __init__(self, problems: tuple[CalltraceError, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(str(p) for p in problems))

    @property
    def lines(self) -> tuple[str, ...]:
        """The problems, one a line."""
        return tuple(str(p) for p in self.problems)

    def message(self) -> str:
        """Return all of them, one a line."""
        return "\n".join(self.lines)


OPTION = re.compile(r"--(from|to|account|caller|claim|complaint|day|fdr|mapping|now|profile|tz|year)(?![\w-])")
"""Options of the commands that the public verbs take as arguments, ``--from`` and ``--to`` as ``start`` and ``end``."""

ENDS = {"from": "start", "to": "end"}


def of_python(verb: Callable[P, T]) -> Callable[P, T]:
    """Return a verb whose errors name what to mend as a Python program writes it: ``start``, where a command has ``--from``.

    A sentence that names a command to run stays as it is.
    """

    @wraps(verb)
    def asked(*args: P.args, **given: P.kwargs) -> T:
        try:
            return verb(*args, **given)
        except CalltraceError as error:
            for one in error.problems if isinstance(error, ManyError) else (error,):
                one.saw, one.expected, one.fix = map(_as_arguments, (one.saw, one.expected, one.fix))
                one.args = (one.message(),)
            error.args = (error.message(),)
            raise

    return asked


def _as_arguments(text: str) -> str:
    if "calltrace " in text:
        return text
    return OPTION.sub(lambda option: ENDS.get(option[1], option[1]), text)
