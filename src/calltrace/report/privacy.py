"""Whether callers are hidden in what is shown: one switch for all that one command puts out.

The command line turns it on (``--mask``, ``CALLTRACE_MASK``, the configuration); a library's user does with
:func:`hiding`. Whatever builds a report hands it through :func:`shield` before anything is laid out, so that no
renderer can show a caller it never saw; what goes out as text anyway (an error, a progress line) passes
:func:`guard`. Without it both hand back what they were given. Checks and verdicts work on the true numbers: a
masked report says what the other says.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from calltrace.tables.case import Case
    from calltrace.tables.masking import Masker

T = TypeVar("T")

_MASKER: ContextVar[Masker | None] = ContextVar("calltrace_masker", default=None)


@contextmanager
def hiding(*, on: bool = True) -> Iterator[Masker | None]:
    """Hide callers in every report built inside; the masker is there to ask for stand-ins."""
    masker = None
    if on:
        from calltrace.tables.masking import Masker  # noqa: PLC0415 - most commands show callers

        masker = Masker()
    token = _MASKER.set(masker)
    try:
        yield masker
    finally:
        _MASKER.reset(token)


def masker() -> Masker | None:
    """Return who hides the callers, None where they are shown."""
    return _MASKER.get()


def shield(shown: T, case: Case | None = None) -> T:
    """Return what is to be shown with its callers hidden, where they are to be.

    Parameters
    ----------
    shown : dataclass, mapping, sequence, frame or text
        A report before it is laid out; left as it is, a copy is returned.
    case : Case, optional
        What it was made of: whose numbers and names are callers' and whose are not.
    """
    active = _MASKER.get()
    if active is None:
        return shown
    if case is not None:
        active.learn(case)
    hidden: T = active.value(shown)
    return hidden


def shield_sources(case: Case) -> Case:
    """Return the Case with what is told of its files (problems quote rows) fit to be shown; frames stay."""
    if _MASKER.get() is None:
        return case
    return replace(case, sources=shield(case.sources, case), problems=shield(case.problems))


def learn(case: Case) -> Case:
    """Take note of whose numbers and names are callers', where they are to be hidden; return the Case as it is."""
    active = _MASKER.get()
    if active is not None:
        active.learn(case)
    return case


def learn_callers(found: Iterable[tuple[Iterable[str], Iterable[str]]]) -> None:
    """Take note of callers' numbers and names, some at a time; where none are to be hidden nothing is looked at."""
    active = _MASKER.get()
    if active is not None:
        for numbers, names in found:
            active.learn_callers(numbers, names)


def guard(text: str, *, free: bool = False) -> str:
    """Return a text that goes out with every caller met so far hidden, where they are to be.

    ``free`` is for what somebody typed or a file said: whatever looks like a telephone number is hidden, unless it
    is a client's own.
    """
    active = _MASKER.get()
    return text if active is None else active.text(text, free=free)
