"""What of an audit's checks could not be asked for want of records, and that nobody is clear of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from functools import cached_property

from calltrace.classes import dataclass
from calltrace.diagnosis.audit import screens
from calltrace.diagnosis.audit.ground import Ground


@dataclass(frozen=True)
class Short:
    """What the screens of one part lacked though they were run, by name: all that it would have taken, or for a part of it."""

    all: dict[str, str] = field(default_factory=dict)
    partly: dict[str, tuple[str, ...]] = field(default_factory=dict)


def short(ground: Ground, names: Sequence[str]) -> Short:
    """Ask the screens that are run on this ground what they lack besides."""
    run = [(n, screens.get(n)) for n in names if not ground.case.lacks(screens.get(n).needs)]
    return Short({n: s.short(ground) for n, s in run}, {n: s.partly(ground) for n, s in run})


@dataclass(frozen=True)
class Unasked:
    """What of some checks (``names``) could not be asked.

    ``lacking`` are tables and columns that they need and the records have not, by name, ``parts`` what each part of the window
    lacked besides: only what all of them lacked could not be asked.
    """

    names: tuple[str, ...]
    lacking: dict[str, tuple[str, ...]]
    parts: Sequence[Short]

    @cached_property
    def wholly(self) -> tuple[str, ...]:
        """The checks that could not be asked at all."""
        return tuple(n for n in self.names if self._of_all(n))

    @cached_property
    def none(self) -> tuple[str, ...]:
        """Every check with what it lacked, where none of them could be asked; nothing where one could."""
        return tuple(self._titled(n) for n in self.names) if len(self.wholly) == len(self.names) else ()

    @cached_property
    def unclear(self) -> tuple[str, ...]:
        """What nobody is clear of, where no check could be asked all that it asks: what could not be; nothing where one could."""
        told = [(self._titled(n),) if n in self.wholly else self._partly(n) for n in self.names]
        return tuple(one for of in told for one in of) if all(told) else ()

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence of all that could not be asked; of all checks not what takes more days or a column of a few logs."""
        every = self.names == screens.NAMES
        told = [(self._titled(n),) if (self.lacking[n] if every else n in self.wholly) else self._partly(n) for n in self.names]
        said = "; ".join(one for of in told for one in of)
        return (f"Not asked for want of records: {said}",) if said else ()

    def _of_all(self, name: str) -> tuple[str, ...]:
        if self.lacking[name]:
            return self.lacking[name]
        short = [p.all.get(name, "") for p in self.parts]
        return (short[0],) if short and all(short) else ()

    def _titled(self, name: str) -> str:
        return f"{screens.get(name).title} ({', '.join(self._of_all(name))})"

    def _partly(self, name: str) -> tuple[str, ...]:
        every = [p.partly.get(name, ()) for p in self.parts]
        return tuple(one for one in every[0] if all(one in of for of in every)) if every else ()
