"""Days off that nobody entered: on a holiday, offices that forward after hours forward all day.

One client whose calls come at hours that its coverage leaves out has left its lines forwarded. Where most of those whose
coverage leaves out the same hours had such calls on that day as well, and a week before had not, nobody did so by mistake. Nor
where many did, if not most: a bank holiday closes some offices and not others, snow those of one county, and that a dozen of
forty forget their lines on one and the same morning is no chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.scene import account_zones, within
from calltrace.errors import InputError
from calltrace.normal import tails
from calltrace.tables import times
from calltrace.tables.coverage import coverage_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from calltrace.diagnosis.scene import Scene
    from calltrace.tables.case import Case

    Spans = Sequence[tuple[pd.Timestamp, pd.Timestamp]]

MANY, MOST = 3, 0.6
"""Other clients, and their share of those that could be, that had calls outside their coverage on one day, from which it was a
day off of everybody's."""

LEFT_ON, BY_CHANCE = 0.02, 3.0
"""Part of the clients that leave their lines forwarded on any one day, at most, and −log10 of the chance of so many at that, from
which those of one day did not do so each by mistake."""

STRAYS = 3
"""Calls outside coverage that make a day one to be asked of."""

LOOKED_AT = 5
"""Days asked of at most, those with most such calls: who leaves its lines forwarded for weeks keeps no holiday."""

NEAR = pd.Timedelta(hours=1)
"""How near to the hours of coverage a call is none outside them: people forward somewhat before an office closes, and take
back after it opens."""

WEEK = pd.Timedelta(days=7)


def of_many(had: int, able: int, plainly: int) -> bool:
    """Say whether so many clients of those that could be were forwarded on one day that none did so by mistake.

    ``had`` had calls outside their coverage then, ``plainly`` all those with more than a stray one.
    """
    if had >= MANY and had >= MOST * able:
        return True
    chance = tails.log10_at_least(plainly, np.array([max(1.0, able) * LEFT_ON]), 0.0)[0]
    return plainly >= MANY and -float(chance) >= BY_CHANCE


def days_off_of_many(scene: Scene) -> Spans:
    """Return the days of the window on which many clients forwarded outside their coverage, the scene's own among them.

    Each as its local day's edges (UTC), in order; none where the account's coverage is not known or is all hours.
    """
    found = scene.cache.get("days off of many")
    if found is None:
        found = scene.cache["days off of many"] = _days_off(scene)
    return found  # type: ignore[return-value]


def uncovered(scene: Scene, at: pd.Series[pd.Timestamp]) -> NDArray[np.bool_]:
    """Return which instants lie well outside the hours of the scene's account's coverage; none where it is not known, or all."""
    said = scene.account.coverage.strip()
    if said in {"", "24/7"} or at.empty:
        return np.zeros(len(at), dtype=bool)
    return _Coverage(scene.case, scene.question.account, said, scene.own_zone).outside(at)


def _days_off(scene: Scene) -> Spans:
    own, zone = scene.window, scene.own_zone
    if own.empty or scene.account.coverage.strip() in {"", "24/7"}:
        return []
    coverage = _Coverage(scene.case, scene.question.account, scene.account.coverage, zone)
    at = own["offered_at"][coverage.outside(own["offered_at"])]
    days = times.local(at, zone).dt.date  # the clock may skip a midnight
    counts = days.value_counts()
    asked = [at[days == day] for day in sorted(counts[counts >= STRAYS].nlargest(LOOKED_AT).index)]
    edges = [times.day_edges(of_day.iloc[0], of_day.iloc[0], zone) for of_day in asked if _of_many(scene, of_day)]
    return [(start, end) for start, end, *_ in edges]


def _of_many(scene: Scene, at: pd.Series[pd.Timestamp]) -> bool:
    """Say whether many of those that forward while their office is closed had calls in the open hours of these as well."""
    start, end = at.min().floor("h"), at.max().ceil("h")
    then, before = (
        within(scene.case.calls, start - back, end - back)[["account", "offered_at"]] for back in (pd.Timedelta(0), WEEK))
    able = had = plainly = 0
    zones = account_zones(scene.case)
    listed = scene.case.table("accounts").drop_duplicates("account")
    for account, coverage in zip(listed["account"], listed["coverage"], strict=True):
        if account == scene.question.account or pd.isna(coverage):
            continue
        other = _Coverage(scene.case, str(account), str(coverage), zones.get(account, scene.case.zone))
        if not other.leaves_out(start + (end - start) / 2):
            continue
        came, usual = (
            int(other.outside(some.loc[some["account"] == account, "offered_at"]).sum()) for some in (then, before))
        able += 1
        had += came > 2 * usual
        plainly += came > 2 * usual and came >= STRAYS
    return of_many(had, able, plainly + 1)  # the one asked about among them


@dataclass(frozen=True)
class _Coverage:
    """When an account's lines should be forwarded; a coverage that can't be read leaves nothing out."""

    case: Case
    account: str
    said: str
    zone: str

    def leaves_out(self, at: pd.Timestamp) -> bool:
        """Say whether an instant lies outside a coverage that is of most of the week: the office is open then."""
        week = self._spans(at - WEEK, at)
        covered = sum((end - start for start, end in week), pd.Timedelta(0))
        return WEEK > covered >= WEEK / 2 and not self._spans(at, at + pd.Timedelta(minutes=1))

    def outside(self, at: pd.Series[pd.Timestamp]) -> NDArray[np.bool_]:
        """Return which instants lie well outside it."""
        away = np.ones(len(at), dtype=bool)
        if at.empty:
            return away
        for start, end in self._spans(at.min() - NEAR, at.max() + NEAR):
            away &= ((at < start - NEAR) | (at >= end + NEAR)).to_numpy(dtype=bool)
        return away

    def _spans(self, start: pd.Timestamp, end: pd.Timestamp) -> Spans:
        holidays = self.case.holidays(self.account, self.zone) if "PH" in self.said else frozenset()
        try:
            return coverage_spans(self.said, self.zone, start, end, holidays)
        except InputError:
            return [(start, end)]
