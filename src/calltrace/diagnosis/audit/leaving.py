"""How likely it is that a client whose calls just stopped has left, of whom an investigation would say that it did not forward.

Who complains of missed calls is a client still; of a silence that nobody complained of, nobody can know for a week. Clients
leave every month, and one that left is silent from the hour at which it would have forwarded, as one that forgot, or from amid
that time on, as one that took its lines back early. What tells the two apart, a little, is how often either happens. Who
forwards by hand, every evening, forgets now and then, and seldom twice running; who has not for months is less likely to have
forgotten now. Lines that stay forwarded around the clock fall back more seldom. So every time the lines should have been
forwarded again and were not makes it likelier that they never will be. Lines that fail test calls are down, and some numbers
of a client whose others ring are another matter.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.diagnosis.audit.joining import SILENCE
from calltrace.diagnosis.audit.weighing import MAY_HAVE_LEFT
from calltrace.diagnosis.certainty import ACCUSING
from calltrace.diagnosis.evidence import Outcome
from calltrace.normal.intervals import DAY, instant, to_us

if TYPE_CHECKING:
    from calltrace.diagnosis.audit.findings import Finding
    from calltrace.diagnosis.audit.ground import Ground
    from calltrace.diagnosis.checks._chance import Floats, Ints
    from calltrace.diagnosis.diagnosis import Diagnosis
    from calltrace.normal.rhythm import Rhythm

STAYS = 5.0 * 365.0
"""Days that clients stay with a service, in the mean: one in five leaves in a year."""

FORGETS, LAPSES = 1 / 50, 1 / 500
"""How often a client does not forward when it should, where its records say nothing else, and how often a day lines fall back
that stay forwarded. Either counts as one such time on record would."""

AGAIN = 0.5
"""Part of those who did not forward when they should that do not the next time either, before anybody reminds them."""

TELLS = 0.01
"""Chance of no call in all of a time to forward, below which a silent one was not forwarded."""

SAID = 0.1
"""Probability from which it is asked whether the client has left."""

ASK = "Ask first whether the account is a client still, and whether its number was moved or given up."

TESTED = "number-tests-failed"
"""The facet that, found, says that the number is down."""


@dataclass(frozen=True)
class Leaving:
    """How likely a client is to have left, after so many times that it should have forwarded and was silent.

    ``forgot`` of ``times`` before was it silent in a time in which calls would surely have come. ``daily`` says that it is the
    days that are counted, where no hours are known at which it forwards; ``amid`` that the first of the silent times had calls
    before: those before it then count as well that fell silent before their end.
    """

    chance: float
    silent: float
    forgot: int
    times: int
    daily: bool
    amid: bool = False

    def says(self) -> str:
        """Return a sentence that asks for it."""
        row, asked = round(self.silent), "or has the client left?"
        if row < 2:
            return "Or has the client left?"
        if self.amid:
            rest = "all of the next" if row == 2 else f"in the {row - 1} after it"
            known = f", and {self._before('in', 'time')}" if self.times else ""
            return f"Silent from amid one time when it should forward, and {rest}{known}: {asked}"
        if self.daily:
            often = f", and {self._before('on', 'day')}" if self.times else ""
            return f"Silent for {row} days in a row{often}: {asked}"
        often = f", and {self._before('in', 'time')}" if self.times else ""
        return f"Silent {row} times in a row when it should forward{often}: {asked}"

    def _before(self, at: str, what: str) -> str:
        """Return in how many of the times before it was silent."""
        if self.times == 1:
            return f"{'' if self.forgot else 'not '}{at} the one {what} before"
        return f"{at} {self.forgot or 'none'} of the {self.times} {what}s before"


def doubted(ground: Ground, finding: Finding) -> Finding:
    """Return a finding of a silence that goes on with how likely it is that its client has left, and no surer than that."""
    if finding.check != SILENCE or finding.account is None or "number" in finding.data or finding.party not in ACCUSING:
        return finding
    if finding.diagnosis is None or any(
            e.facet == TESTED and e.outcome is Outcome.FOUND for e in finding.diagnosis.evidence):
        return finding
    left = leaving(ground, finding.account)
    if left is None or instant(int(ground.baseline.of("account", finding.account).calls[-1])) > finding.counted[0]:
        return finding
    made = replace(
        finding, posterior=finding.posterior * (1.0 - left.chance), diagnosis=_held(finding.diagnosis, left.chance),
        data={**finding.data, MAY_HAVE_LEFT: left.chance})
    if left.chance < SAID:
        return made
    return replace(made, summary=f"{finding.summary} {left.says()}", next_steps=(ASK, *finding.next_steps))


def _held(diagnosis: Diagnosis, chance: float) -> Diagnosis:
    """Return a diagnosis in which a client that left answers for nothing: what is taken off goes to the causes of nobody."""
    blamed = sum(r.probability for r in diagnosis.ranked if r.party != "nobody")
    nobody = max((r for r in diagnosis.ranked if r.party == "nobody"), key=lambda r: r.probability, default=None)
    if nobody is None:
        return diagnosis
    held = [
        replace(r, probability=r.probability + blamed * chance) if r is nobody
        else r if r.party == "nobody" else replace(r, probability=r.probability * (1.0 - chance)) for r in diagnosis.ranked]
    return replace(diagnosis, ranked=tuple(sorted(held, key=lambda r: (-r.probability, r.cause))))


def leaving(ground: Ground, account: str) -> Leaving | None:
    """Return how likely an account's client has left since its last call; None where it has had no time to forward since."""
    rhythm = ground.baseline.of("account", account)
    if not len(rhythm.calls):
        return None
    first, last, end = int(rhythm.calls[0]), int(rhythm.calls[-1]), rhythm.last
    spans = ground.coverage(account, instant(first), instant(end)) or []
    daily = len(spans) < 2  # around the clock, or not known
    if daily:
        edges = np.unique(np.concatenate([
            np.arange(last, first, -DAY, dtype=np.int64), np.arange(last, end, DAY, dtype=np.int64), np.array([end])]))
        starts, ends = edges[:-1], edges[1:]
    else:
        starts, ends = (np.array([to_us(s[k]) for s in spans], dtype=np.int64) for k in (0, 1))
    since = starts >= last
    rest = _rest(rhythm, starts, ends, last)
    amid = rest < TELLS
    if not since.any() and not amid:  # it was forwarding when its lines fell silent, and few calls would have come since
        return None
    before = ends <= last if amid else ~since
    none = _none(rhythm, starts[since], ends[since])
    silent = max(1.0, float((1.0 - none).sum()) + (1.0 - rest) * amid)
    tells = _none(rhythm, starts[before], ends[before]) < TELLS
    begun = _last_calls(rhythm, starts[before], ends[before]) if amid else starts[before]
    forgot = int((tells & (_none(rhythm, begun, ends[before]) < TELLS) & (rhythm.counts(begun, ends[before]) == 0)).sum())
    times, rate = int(tells.sum()), LAPSES if daily else FORGETS
    forgets = (forgot + 1.0) / (times + 1.0 / rate)
    apart = max(1.0, (end - first) / DAY / len(starts))
    odds = apart / STAYS / (forgets * AGAIN ** (silent - 1.0))
    return Leaving(odds / (1.0 + odds), silent, forgot, times, daily, amid)


def _rest(rhythm: Rhythm, starts: Ints, ends: Ints, last: int) -> float:
    """Return the chance that the rest of the time in which the last call came brings no other; 1 where it came in none."""
    within = (starts < last) & (ends > last)
    return float(_none(rhythm, np.array([last]), ends[within][:1])[0]) if within.any() else 1.0


def _last_calls(rhythm: Rhythm, starts: Ints, ends: Ints) -> Ints:
    """Return the instant after the last call of each time, its start where it had none."""
    places = np.searchsorted(rhythm.calls, ends, side="left") - 1
    return np.maximum(starts, np.where(places >= 0, rhythm.calls[np.maximum(places, 0)] + 1, starts))


def _none(rhythm: Rhythm, starts: Ints, ends: Ints) -> Floats:
    """Return the chance that each time brings no call."""
    return np.asarray(10.0 ** rhythm.log_none(starts, ends)) if starts.size else np.zeros(0)
