"""What a screen is: one look at all accounts at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from calltrace.diagnosis.audit.ground import Candidate, Ground


@dataclass(frozen=True)
class Screen:
    """One module's look.

    ``needs`` are tables or columns without which it is not run; ``run`` is given the ground and what the screens before
    it found (shared troubles explain what follows) and returns its candidates.
    """

    title: str
    needs: tuple[str, ...]
    run: Callable[[Ground, Sequence[Candidate]], list[Candidate]]
