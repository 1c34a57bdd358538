"""Were an account's callers refused as busy, again and again, or beside fewer calls than were let in before?

Refusals by account against the account's own usual, over stretches as long as the window: a limit set too low lasts
until somebody changes it. Of few refusals the calls in progress say more: where many callers were let in beside as many
others before, and callers are refused beside them now, somebody lowered the limit. Whether it is the limit or a crowd is for
the investigation to say.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._scan import rises_of_each
from calltrace.diagnosis.checks._chance import score, share_tail
from calltrace.diagnosis.checks._quarters import QUARTER_US
from calltrace.diagnosis.checks.refusals import TOGETHER, beside_so_many, in_progress
from calltrace.normal.intervals import DAY, instant, to_us

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calltrace.diagnosis.checks._chance import Bools, Floats, Ints

LEAST_RATE = 0.2 / 672
"""Refusals a quarter hour that are usual even where none was seen: one in five weeks."""

LEAST_PART = 0.1
"""Part of the mean rate of refusals that no quarter hour has less of: nobody knows the hours of an account so well."""

BURST = 0.5
"""Dispersion of refusals: who is refused tries again, and a full line refuses all who come."""

LET_IN = 5
"""Calls let in before beside as many others, from which a refusal beside them says something of the limit."""

LEAST = 1.0
"""Score from which a lowered limit is worth a thought."""

LOWERED = "limit_lowered"
"""Name of a finding's figures which says that callers were let in before beside as many others as they are refused at now."""

LATELY = pd.Timedelta(days=7)
"""How long before the window the refusals of one limit may have begun: who is refused twice a day for a week is refused at
a limit that somebody lowered, though no day by itself would show it."""

KNOWN = 200
"""Calls let in before the window from which their number at once says what the limit was."""

BY_ROUNDING = 3
"""Calls that may seem to have been let in beyond a limit, as times are to the second."""

LOOKS = math.log10(8.0)
"""What a limit pays for that is read off the very refusals, and may have been lowered on any of so many days."""


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Scan every account's refusals."""
    view = ground.view
    busy = ground.columns.ended("busy")
    inside = ground.per_account(busy, view.first, view.last)
    refused = inside.sum(axis=1)
    rows = np.flatnonzero(refused >= 3)
    accounts = view.calls.accounts
    found = rises_of_each(
        np.arange(len(rows)), inside[rows], _usual(ground, rows, busy), offset=view.first, dispersion=BURST,
        longest=view.last - view.first)
    candidates = [
        _candidate(
            ground, accounts[rows[k]], (ground.at(rise.first), ground.at(rise.last)), rise.score, rise.seen - rise.expected)
        for k, rise in found]
    scores: dict[str, list[float]] = defaultdict(list)
    for one in candidates:
        scores[one.account or ""].append(one.score)
    explained: set[str] = set()
    limits: list[Candidate] = []
    for calls in _each(ground, np.flatnonzero(refused >= 1), busy):
        crowded = _crowded(ground, calls)
        of_it = scores[calls.account]
        lowered = _lowered(ground, calls, crowded)
        if lowered is not None:
            limits.append(replace(lowered, score=max([lowered.score, *of_it])))
        if of_it and (lowered is not None or _as_ever(ground, calls, crowded)):
            explained.add(calls.account)
    return [c for c in candidates if c.account not in explained] + limits


def _usual(ground: Ground, rows: Ints, busy: Bools) -> Floats:
    """Return how many callers some accounts usually refuse, by quarter hour of the window: they do where calls are many.

    Of an office, whose calls come in a third of the week's hours, all its refusals do.
    """
    view = ground.view
    rate = np.maximum(ground.usual_rates(busy)[rows], LEAST_RATE)
    rhythms = ground.baseline.all("account", ground.names_in_order)
    first = view.grid.first
    return np.asarray(rate[:, None] * np.maximum(rhythms.profile(rows, first + view.first, first + view.last), LEAST_PART))


def _candidate(
    ground: Ground, account: str, span: tuple[pd.Timestamp, pd.Timestamp], strength: float, harmed: float
) -> Candidate:
    start, end = max(span[0], ground.start), min(span[1], ground.end)
    return Candidate(
        screen="busy", account=account, asked=(account,), complaint="busy", start=start, end=end, score=strength,
        causes=("path-limit",), harmed=harmed)


@dataclass(frozen=True)
class _Calls:
    """One account's calls in order of time: when each came and was over, microseconds since 1970, and which were refused."""

    account: str
    at: Ints
    over: Ints
    refused: Bools


def _each(ground: Ground, wanted: Ints, busy: Bools) -> Iterator[_Calls]:
    """Give the calls of each of the accounts that are wanted, by their numbers, that refused a caller while it had a call.

    Most did not, and need no closer look than at the window.
    """
    calls = ground.columns
    begin, finish = to_us(ground.start), to_us(ground.end)
    window = np.searchsorted(calls.at, [begin - DAY, finish])
    for number in wanted.tolist():
        mine = ground.case.rows("account", calls.accounts[number])
        near = mine[slice(*np.searchsorted(mine, window).tolist())]
        if _met(_Calls(calls.accounts[number], calls.at[near], calls.over[near], busy[near]), begin):
            yield _Calls(calls.accounts[number], calls.at[mine], calls.over[mine], busy[mine])


def _met(near: _Calls, begin: int) -> bool:
    """Say whether any of an account's callers was refused from ``begin`` on while it had a call."""
    let_in = ~near.refused
    return bool(in_progress(near.at[let_in], near.over[let_in], near.at[near.refused & (near.at >= begin)]).any())


def _crowded(ground: Ground, calls: _Calls) -> Bools:
    """Return which of an account's calls came beside as many others as the window's refused ones."""
    at, let_in = calls.at, ~calls.refused
    now = calls.refused & (at >= to_us(ground.start)) & (at < to_us(ground.end))
    usual = in_progress(at[let_in], calls.over[let_in], at[now])
    return beside_so_many(at, calls.over, let_in, max(1, _quarter_of(usual)))


def _quarter_of(counts: Ints) -> int:
    """Return the whole part of the lower quartile, as ``np.quantile`` has it: of few numbers that takes ten times as long."""
    in_order, place = np.sort(counts), (len(counts) - 1) / 4
    low, high = in_order[[int(place), min(int(place) + 1, len(counts) - 1)]].tolist()
    return int(low + (high - low) * (place - int(place)))


def _as_ever(ground: Ground, calls: _Calls, crowded: Bools) -> bool:
    """Say whether callers are refused at the limit that there always was: hardly any was let in beside as many before.

    That more of them met it on one day is chance, or a crowd, which is told as that.
    """
    before = ~calls.refused & (calls.at < to_us(ground.start))
    enough = before.sum() >= KNOWN and (before & crowded).sum() < BY_ROUNDING
    return bool(enough and (calls.refused & crowded).any())


def _lowered(ground: Ground, calls: _Calls, crowded: Bools) -> Candidate | None:
    """Return an account's refusals beside as many calls as others were let in beside before somebody was refused."""
    at, refused = calls.at, calls.refused
    begin, finish = to_us(ground.start), to_us(ground.end)
    now = refused & (at >= begin) & (at < finish)
    lately = crowded & refused & (at >= to_us(ground.start - LATELY)) & (at < finish)
    if not (lately & now).any():  # beside no call
        return None
    since = at >= at[lately][0]
    let_in, in_vain = (int((crowded & ~since & which).sum()) for which in (~refused, refused))
    if let_in < LET_IN:
        return None
    share = (in_vain + 1) / (let_in + in_vain + 2)
    strength = score(share_tail(int(lately.sum()), int((crowded & since & (at < finish)).sum()), share, TOGETHER)) - LOOKS
    if strength < LEAST:
        return None
    today = at[now & crowded]
    span = instant(today[0] - today[0] % QUARTER_US), instant(today[-1] - today[-1] % QUARTER_US + QUARTER_US)
    made = _candidate(ground, calls.account, span, strength, len(today) * (1.0 - share))
    return replace(made, since=instant(at[lately][0]), data={LOWERED: True})


SCREEN = Screen("Were callers refused as busy?", ("calls.outcome", "calls.account"), run)
