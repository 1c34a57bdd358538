"""What a screen is: one look at all accounts at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from calltrace.classes import dataclass
from calltrace.diagnosis.audit.ground import Candidate, Ground


def nothing_short(_ground: Ground) -> str:
    """Say that a screen lacks nothing."""
    return ""


def all_of_it(_ground: Ground) -> tuple[str, ...]:
    """Say that a screen asked all that it asks."""
    return ()


@dataclass(frozen=True)
class Screen:
    """One module's look.

    ``needs`` are tables or columns without which it is not run; ``run`` is given the ground and what the screens before
    it found (shared troubles explain what follows) and returns its candidates. ``short`` says what else it would take to
    find what it asks for, '' where nothing is lacking: where it then finds nothing, nobody is clear of it. ``partly``
    says what of it could not be asked while the rest was, each with what it would take (``Were callers left on hold?
    (calls.hold_s)``).
    """

    title: str
    needs: tuple[str, ...]
    run: Callable[[Ground, Sequence[Candidate]], list[Candidate]]
    short: Callable[[Ground], str] = nothing_short
    partly: Callable[[Ground], tuple[str, ...]] = all_of_it
