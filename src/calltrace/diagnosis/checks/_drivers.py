"""What a bill counts, the period held against the weeks before it: calls, minutes, attempts, a few callers' calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.caller import is_from
from calltrace.diagnosis.unentered import days_off_of_many
from calltrace.tables import times
from calltrace.tables.coverage import coverage_spans

if TYPE_CHECKING:

    from numpy.typing import NDArray

    from calltrace.diagnosis.scene import Scene
    from calltrace.tables.case import Case

MOST_WEEKS = 8
"""Weeks looked back at most: further back is another season."""

PRIOR_SPREAD = 2.0
"""Variance of a day's calls over their mean where the account has too few days to tell its own; calls
cluster."""

PRIOR_DAYS = 7.0
"""How many days of its own that prior counts for."""

PRIOR_DRIFT = 0.10
"""How far (log) an account's period strays from its weeks before, where too few other accounts tell."""

FEWEST_TO_COMPARE = 20.0
"""Calls an account must be expected to make before its change says anything of the season."""

SURE = 2.0
"""Standard deviations from which a rise is taken for one (one in forty by chance)."""

CERTAIN = 5.0
"""Standard deviations from which a rise bears fully."""

LEAST_RISE = 1.10
"""A rise under a tenth is no complaint, however certain."""

SHORT_TALK_S = 15.0
"""Seconds of talk under which an answered call was no conversation."""

FEW_CALLERS = 5
"""How many callers are a few."""


@dataclass(frozen=True)
class Change:
    """One driver: the period's figure, what the weeks before lead to expect, and how far it is from that.

    ``ratio`` is seen over expected; ``part`` the driver's share of the whole rise, 0 to 1, set once all are
    known.
    """

    seen: float
    expected: float
    ratio: float
    z: float
    part: float = 0.0

    @property
    def rose(self) -> bool:
        """Whether it rose beyond chance, and enough to matter."""
        return self.z >= SURE and self.ratio >= LEAST_RISE

    @property
    def sure(self) -> float:
        """0 to 1: how far a rise is beyond chance."""
        return float(np.clip((self.z - 1) / (CERTAIN - 1), 0, 1))

    @property
    def log(self) -> float:
        """The rise as a logarithm, 0 where there is none: logarithms of factors add up."""
        return float(np.log(max(self.ratio, 1.0)))


@dataclass(frozen=True)
class Days:
    """The period and the whole weeks before it, in days counted from the period's start on the wall clock.

    ``n`` is the period's length in days (the last may be a part of one), ``weeks`` the whole weeks before it.
    ``edges`` are the instants the days begin at, UTC, from the first day before to the end of the last: a day
    is 23 or 25 hours long where the clocks change. ``silent`` are days of the weeks before, from 0, that tell nothing of
    what is usual (:mod:`calltrace.diagnosis.checks._bill_days`).
    """

    start: pd.Timestamp
    end: pd.Timestamp
    n: float
    weeks: int
    edges: NDArray[np.datetime64]
    silent: tuple[int, ...] = ()

    @property
    def past(self) -> int:
        """How many days of the weeks before tell what is usual."""
        return 7 * self.weeks - len(self.silent)

    def told(self, weeks: int | None = None) -> NDArray[np.bool_]:
        """Return which days of the weeks before, or of the last of them, tell what is usual: weeks by weekdays."""
        known = np.ones(7 * self.weeks, dtype=bool)
        known[list(self.silent)] = False
        return known.reshape(self.weeks, 7)[self.weeks - (self.weeks if weeks is None else weeks) :]

    def mean(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what a day brings by its weekday; where no day of one tells, by all of them."""
        if not self.silent:
            return np.asarray(sums.mean(axis=0))
        known = self.told()
        of_all = float(sums[known].mean())
        return np.where(known.any(axis=0), (sums * known).sum(axis=0) / np.maximum(known.sum(axis=0), 1), of_all)

    @property
    def before(self) -> pd.Timestamp:
        """The instant the weeks before begin."""
        return pd.Timestamp(self.edges[0], tz="UTC")

    def index(self, instants: pd.Series[pd.Timestamp]) -> NDArray[np.int64]:
        """Return the day of each instant: 0 is the period's first, -1 the day before."""
        at = instants.dt.tz_convert(None).to_numpy("datetime64[us]")
        return np.searchsorted(self.edges, at, side="right").astype(np.int64) - 1 - 7 * self.weeks

    def split(
        self, day: NDArray[np.int64], weight: NDArray[np.float64] | None = None
    ) -> tuple[NDArray[np.float64], float]:
        """Return the sums of the days before (weeks by weekdays, latest week last) and of the period."""
        weight = np.ones(len(day)) if weight is None else weight
        past = (day < 0) & (day >= -7 * self.weeks)
        length = 7 * self.weeks
        sums = np.bincount(day[past] + length, weights=weight[past], minlength=length).astype(float)
        period = float(weight[(day >= 0) & (day < np.ceil(self.n))].sum())
        return sums.reshape(self.weeks, 7), period

    def expected(self, sums: NDArray[np.float64]) -> float:
        """Return what the period should bring by the mean of each weekday before it."""
        whole = int(self.n)
        mean = self.mean(sums)  # column 0 is the weekday of the period's first day
        usual = float(mean[np.arange(whole) % 7].sum())
        return usual + (self.n - whole) * float(mean[whole % 7])


def period_of(scene: Scene, instants: pd.Series[pd.Timestamp]) -> Days:
    """Return the :func:`period`, laid out once a Case for all accounts of a zone that ask of the same window."""
    question = scene.question
    key = f"bill.period {question.start} {question.end} {question.now} {scene.account.zone}"
    known = scene.case.cache.get(key)
    if not isinstance(known, Days):
        known = period(scene, instants.iloc[[0, -1]] if instants.is_monotonic_increasing else instants)
        scene.case.cache[key] = known
    return known


def period(scene: Scene, instants: pd.Series[pd.Timestamp]) -> Days:
    """Return the period, and the whole weeks before it that ``instants`` (of everybody) reach back over."""
    start, end = scene.question.start, scene.question.end
    if scene.question.now is not None:
        end = min(end, scene.question.now)
    first, last = instants.min(), instants.max()
    none = np.array([], dtype="datetime64[us]")
    if pd.isna(first):
        return Days(start, end, 0.0, 0, none)
    # an export that ends days before the period makes it that much shorter: the rest was not counted
    if end - last > pd.Timedelta(days=1):
        end = last + pd.Timedelta(hours=1)
    weeks = int(np.clip((start - first + pd.Timedelta(hours=1)) // pd.Timedelta(days=7), 0, MOST_WEEKS))
    if weeks < 1 or end <= start:
        return Days(start, end, 0.0, weeks, none)
    whole = int((end - start) // pd.Timedelta(days=1)) + 2
    first_day = times.local(start, scene.account.zone)
    # DateOffset keeps the wall clock: a day is 23 or 25 hours long where the clocks change
    walls = [first_day + pd.DateOffset(days=i) for i in range(-7 * weeks, whole + 1)]
    edges = pd.DatetimeIndex(walls).tz_convert(None).to_numpy("datetime64[us]")
    stop = end.tz_convert(None).to_datetime64().astype("datetime64[us]")
    last_day = int(np.searchsorted(edges, stop, side="right")) - 1
    part = (stop - edges[last_day]) / (edges[last_day + 1] - edges[last_day])
    return Days(start, end, last_day - 7 * weeks + float(part), weeks, edges)


def drift_and_season(scene: Scene, days: Days) -> tuple[float, float]:
    """Return how far accounts drift from their weeks before (log), and how far all of them moved (log).

    Medians over the other accounts, so that one account's trouble is nobody's season.
    """
    names = scene.case.codes("account")[1]
    seen, expected = everybody(scene.case, days)
    width = 7 * days.weeks
    other = expected >= FEWEST_TO_COMPARE
    if scene.question.account in names:
        other[names.index(scene.question.account)] = False
    if other.sum() < 8:
        return PRIOR_DRIFT, 0.0
    moved = np.log((seen[other] + 0.5) / (expected[other] + 0.5))
    season = float(np.median(moved))
    spread = float(np.median((moved - season) ** 2)) / 0.455  # the median of a chi-square of one degree
    noise = float(np.median(PRIOR_SPREAD / expected[other])) * (1 + days.n / width)
    return float(np.sqrt(max(spread - noise, 0.05**2))), season


def everybody(case: Case, days: Days) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, by account, the period's calls and what the weeks before lead to expect; once for all who ask of it."""
    key = f"bill.everybody {days.end} {days.n} {days.edges.tobytes().hex()}"  # every zone has days of its own
    kept = case.cache.get(key)
    if isinstance(kept, tuple):
        return kept
    codes, names = case.codes("account")
    at = case.calls["offered_at"]
    wanted = ((at >= days.before) & (at < days.end)).to_numpy(dtype=bool)
    codes = codes[wanted]
    day = days.index(at[wanted])  # the zone of the one asked about: an hour's shift moves few calls
    width = 7 * days.weeks
    past = (codes >= 0) & (day < 0)
    table = np.bincount(codes[past] * width + day[past] + width, minlength=len(names) * width)
    seen = np.bincount(codes[(codes >= 0) & (day >= 0)], minlength=len(names)).astype(float)
    mean = table.reshape(len(names), days.weeks, 7).mean(axis=1)
    whole = int(days.n)
    expected = mean[:, np.arange(whole) % 7].sum(axis=1) + (days.n - whole) * mean[:, whole % 7]
    case.cache[key] = seen, expected
    return seen, expected


def counts_of(days: Days, day: NDArray[np.int64], which: NDArray[np.bool_], drift: float) -> Change:
    """Compare a count of calls: quasi-Poisson over the account's own days, and the drift of accounts.

    A season that moved everybody is told, not taken off: the bill rose with the calls all the same.
    """
    sums, seen = days.split(day[which])
    expected = days.expected(sums)
    spread = spread_of(days, sums)
    # roots of counts spread alike whatever their size (Anscombe 1948): a handful expected is no trap
    error = max(1.0, spread) * (1 + days.n / days.past) + expected * drift**2
    z = 2 * (np.sqrt(seen + 0.375) - np.sqrt(expected + 0.375)) / np.sqrt(error)
    return Change(seen, expected, (seen + 0.5) / (expected + 0.5), float(z))


def spread_of(days: Days, sums: NDArray[np.float64]) -> float:
    """Return the variance of a day's calls over their mean, of the account's own days as far as they tell."""
    freedom = days.past - 7
    if freedom < 1:
        return PRIOR_SPREAD
    mean = days.mean(sums)
    pearson = float(((((sums - mean) ** 2) / np.maximum(mean, 0.5)) * days.told()).sum())
    return (pearson + PRIOR_SPREAD * PRIOR_DAYS) / (freedom + PRIOR_DAYS)


def by_coverage(
    scene: Scene, days: Days, own: pd.DataFrame
) -> tuple[NDArray[np.bool_], NDArray[np.bool_] | None]:
    """Return which calls came within coverage and which outside; None where the coverage is not known.

    What comes on a day off, on which the office is closed and may forward all day, is not outside.
    """
    if not scene.account.coverage:
        return np.ones(len(own), dtype=bool), None
    spans = coverage_spans(
        scene.account.coverage, scene.own_zone, days.before, days.end, scene.holidays)
    starts = np.array([s.tz_convert(None).to_datetime64() for s, _ in spans], dtype="datetime64[us]")
    ends = np.array([e.tz_convert(None).to_datetime64() for _, e in spans], dtype="datetime64[us]")
    at = own["offered_at"].dt.tz_convert(None).to_numpy("datetime64[us]")
    away = on_days_off(scene, own)
    if not len(starts):
        return away, ~away
    place = np.searchsorted(starts, at, side="right") - 1
    inside = away | (place >= 0) & (at < ends[np.maximum(place, 0)])
    return inside, ~inside


def on_days_off(scene: Scene, own: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which calls came on a day off of the account.

    One that was entered (:meth:`~calltrace.tables.case.Case.days_off`), or that was most clients'
    (:func:`~calltrace.diagnosis.unentered.days_off_of_many`).
    """
    away = np.zeros(len(own), dtype=bool)
    entered = scene.case.days_off(scene.question.account, scene.account.coverage)
    for begun, over in (*entered, *days_off_of_many(scene)):
        away |= ((own["offered_at"] >= begun) & (own["offered_at"] < over)).to_numpy(dtype=bool)
    return away


def length_of(own: pd.DataFrame, day: NDArray[np.int64]) -> Change | None:
    """Compare talk and hold of answered calls, on logarithms: a few long talks prove nothing."""
    answered = (own["outcome"] == "answered").fillna(value=False).to_numpy(dtype=bool)
    took = own["talk_s"].to_numpy(dtype=float, na_value=np.nan) + own["hold_s"].fillna(0).to_numpy(
        dtype=float
    )
    use = answered & np.isfinite(took)
    now, past = took[use & (day >= 0)], took[use & (day < 0)]
    if len(now) < 5 or len(past) < 5:
        return None
    logs_now, logs_past = np.log(now + 1), np.log(past + 1)
    error = logs_now.var(ddof=1) / len(now) + logs_past.var(ddof=1) / len(past)
    z = float((logs_now.mean() - logs_past.mean()) / np.sqrt(error + 0.05**2))
    return Change(float(now.mean()), float(past.mean()), float(now.mean() / max(past.mean(), 1e-9)), z)


@dataclass(frozen=True)
class Attempts:
    """Attempts per message; of the added ones ``unanswered`` is the part nobody took, ``lost`` failed."""

    change: Change
    messages: int
    weeks: float
    unanswered: float
    lost: float
    silent: int
    rows: pd.DataFrame


def attempts_of(scene: Scene, days: Days) -> Attempts | tuple[str, tuple[str, ...]]:
    """Compare attempts per message, urgent with urgent and routine with routine; else say what is missing."""
    case = scene.case
    if not case.has("messages") or not case.has("dispatch"):
        return "no messages with their dispatch log were given", case.lacks(("messages", "dispatch"))
    messages, dispatch = case.table("messages"), case.table("dispatch")
    own = messages[(messages["account"] == scene.question.account).fillna(value=False)]
    since = max(messages["taken_at"].min(), dispatch["attempted_at"].min(), days.before)
    own = own[(own["taken_at"] >= since) & (own["taken_at"] < days.end)]
    now = (own["taken_at"] >= days.start).to_numpy()
    if now.sum() < 5 or (~now).sum() < 5:
        return "too few messages on file before or within the period", (
            "messages of the weeks before the period",
        )
    tries = dispatch[dispatch["message_id"].isin(own["message_id"])]
    counts = tries["message_id"].value_counts().reindex(own["message_id"]).fillna(0).to_numpy(dtype=float)
    urgent = (own["priority"] == "urgent").fillna(value=False).to_numpy(dtype=bool)
    seen = expected = variance = 0.0
    for of in (urgent, ~urgent):
        here, there = counts[now & of], counts[~now & of]
        if len(here) == 0 or len(there) < 3:
            continue
        seen += float(here.sum())
        expected += len(here) * float(there.mean())
        pooled = max(float(np.concatenate([here, there]).var()), 0.02)
        variance += pooled * len(here) * (1 + len(here) / len(there))
    if expected <= 0:
        return "too few messages on file before the period", ("messages of the weeks before the period",)
    drift = 0.05 * expected
    z = (seen - expected) / float(np.sqrt(variance + drift**2))
    got = tries[tries["status"].isin(["delivered", "acknowledged"])]["message_id"]
    silent = own[now & urgent & ~own["message_id"].isin(got).to_numpy(dtype=bool)]
    ids_now = own.loc[now, "message_id"]
    recent = tries["message_id"].isin(ids_now).to_numpy(dtype=bool)
    scale = now.sum() / max(1, (~now).sum())

    def added(statuses: list[str]) -> float:
        hit = tries["status"].isin(statuses).to_numpy(dtype=bool)
        more = float((hit & recent).sum()) - float(scale) * float((hit & ~recent).sum())
        return max(0.0, more)

    unanswered, lost = added(["no_answer"]), added(["failed", "bounced"])
    total = max(unanswered + lost, 1e-9)
    most = own.assign(_n=counts)[now].sort_values("_n", ascending=False, kind="stable").drop(columns="_n")
    return Attempts(
        Change(seen, expected, seen / expected, z),
        int(now.sum()),
        (days.start - since) / pd.Timedelta(days=7),
        unanswered / total,
        lost / total,
        len(silent),
        most.head(20),
    )


@dataclass(frozen=True)
class Few:
    """Calls of a few callers above what they made before, and who they are."""

    excess: float
    callers: tuple[str, ...]
    rows: pd.DataFrame
    median_s: float


AGAIN = pd.Timedelta(hours=1)
"""A caller who was not served and calls again within this long is one caller, not two."""

SERVED = ("answered", "voicemail")
"""How a call ends that its caller need not make again."""


def are_brief(own: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which calls were no conversation: very short, or left before an agent."""
    talk = own["talk_s"].fillna(0).to_numpy(dtype=float)
    answered = (own["outcome"] == "answered").fillna(value=False).to_numpy(dtype=bool)
    return ~answered | (talk <= SHORT_TALK_S)


def nuisance_of(days: Days, own: pd.DataFrame, day: NDArray[np.int64]) -> Few:
    """Find very short calls (no conversation, or left before an agent) a few callers made over and over."""
    brief = are_brief(own)
    ani = own["ani"].fillna("withheld")
    now, past = ani[brief & (day >= 0)].value_counts(), ani[brief & (day < 0)].value_counts()
    over = (now - past.reindex(now.index).fillna(0) * (days.n / days.past)).sort_values(
        ascending=False, kind="stable"
    )
    # twice is redialling, not nuisance
    top = over[over >= 5].head(FEW_CALLERS)
    rows = own[brief & (day >= 0) & ani.isin(top.index).to_numpy(dtype=bool)]
    lasted = rows["talk_s"].fillna(0)
    return Few(
        float(top.sum()), tuple(str(i) for i in top.index), rows, float(lasted.median()) if len(rows) else 0.0
    )


@dataclass(frozen=True)
class Repeats:
    """Calls of callers whom nobody had answered and who tried again: how many, how many are usual, of how many callers.

    ``unserved`` are the period's calls that reached nobody, ``unserved_usual`` what is usual of them; ``rows`` the second
    tries and later ones.
    """

    seen: float
    usual: float
    callers: int
    unserved: float
    unserved_usual: float
    rows: pd.DataFrame

    @property
    def excess(self) -> float:
        """Second tries above what is usual."""
        return max(0.0, self.seen - self.usual)


def repeats_of(days: Days, own: pd.DataFrame, day: NDArray[np.int64]) -> Repeats:
    """Find the calls that came only because an earlier one of the same number, within the hour, was not answered."""
    served = own["outcome"].isin(SERVED).fillna(value=False)
    known = own[own["ani"].notna()]
    before = known.groupby("ani", sort=False)[["offered_at"]].shift()
    unserved_before = (~served).loc[known.index].groupby(known["ani"], sort=False).shift().astype("boolean").fillna(value=False)
    soon = (known["offered_at"] - before["offered_at"]) <= AGAIN
    tried = (soon & unserved_before).reindex(own.index, fill_value=False).to_numpy(dtype=bool)
    width = days.n / days.past
    now, lost = day >= 0, ~served.to_numpy(dtype=bool)
    rows = own[tried & now]
    return Repeats(
        float((tried & now).sum()), float((tried & ~now).sum()) * width, int(rows["ani"].nunique()),
        float((lost & now).sum()), float((lost & ~now).sum()) * width, rows)


def tests_of(scene: Scene, own: pd.DataFrame, day: NDArray[np.int64], days: Days) -> Few | None:
    """Count the calls from the client's own office: tests, check-ins and forwarding-activation calls."""
    if not scene.account.office_number:
        return None
    office = is_from(own["ani"], scene.account.office_number).to_numpy(dtype=bool)
    before = float((office & (day < 0)).sum()) * days.n / days.past
    rows = own[office & (day >= 0)]
    return Few(
        max(0.0, len(rows) - before),
        (scene.account.office_number,),
        rows,
        float(rows["talk_s"].median()) if rows["talk_s"].notna().any() else 0.0,
    )


def parts_of(calls: Change, changes: dict[str, Change | None]) -> dict[str, float]:
    """Share out the rise: factors by their logarithms, the calls' own between inside and outside coverage."""

    def log(name: str) -> float:
        change = changes.get(name)
        return change.log if change is not None and change.z >= 1 else 0.0

    added = {}
    for name in ("bill-more-calls", "bill-outside-coverage"):
        change = changes.get(name)
        added[name] = max(0.0, change.seen - change.expected) if change is not None and change.z >= 1 else 0.0
    both = sum(added.values())
    rise = calls.log if both > 0 else 0.0
    logs = {name: rise * (value / both if both else 0.0) for name, value in added.items()}
    logs |= {name: log(name) for name in ("bill-longer-calls", "bill-more-attempts")}
    whole = sum(logs.values())
    return {name: (value / whole if whole > 0 else 0.0) for name, value in logs.items()}
