"""Why the bill went up: the period held against the account's own weeks just before it, driver by driver.

A bill is calls, minutes a call, messages and attempts to deliver them. Each is compared with the same
weekdays of the whole weeks before the period, as far back as the records reach; the calls are split by the
account's coverage, by callers who made very short calls over and over, and by the office's own test and
check-in calls. Of what rose, each driver's part is told, so that the one behind the bill can be named; where
nothing rose beyond what weeks differ by, the bill is within normal.

What looks the same and is not: calls outside coverage are more calls too, but the client's lines to take
back; longer calls of every account are slow handling of the house; attempts that failed are the carrier's,
attempts nobody took the client's. Chance is judged by the spread of the account's own days (quasi-Poisson,
McCullagh & Nelder 1989, ch. 6) and by how far accounts drift from their weeks before.

Messages and dispatch may reach back less far than calls; each driver says how many weeks it stands on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis.caller import is_from
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._rise import Counted, Rise, rise
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.words import clock, count
from calltrace.tables import times
from calltrace.tables.coverage import coverage_spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from calltrace.diagnosis.checks._rise import Prices
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
"""How far (log) an account's fortnight strays from its weeks before, where too few other accounts tell."""

FEWEST_TO_COMPARE = 20.0
"""Calls an account must be expected to make before its change says anything of the season."""

SURE = 2.0
"""Standard deviations from which a rise is taken for one (one in forty by chance)."""

CERTAIN = 5.0
"""Standard deviations from which a rise bears fully."""

LEAST_RISE = 1.10
"""A rise under a tenth is no complaint, however certain."""

LEAST_PART = 0.25
"""The part of the whole rise a driver must have to be named among its causes."""

SHORT_TALK_S = 15.0
"""Seconds of talk under which an answered call was no conversation."""

FEW_CALLERS = 5
"""How many callers are a few."""


FACETS = (
    Facet("bill-rose", "Did anything the bill counts rise beyond what weeks differ by?", "bill"),
    Facet("bill-more-calls", "Did more calls come in, within the hours of coverage?", "bill-calls"),
    Facet("bill-outside-coverage", "Did calls come in on days and hours outside coverage?", "bill-coverage"),
    Facet("bill-new-hours", "Did calls come in at hours of the week that had none before?", "bill-coverage"),
    Facet("bill-longer-calls", "Did calls take longer?", "bill-length"),
    Facet("bill-more-attempts", "Did messages take more attempts, nobody acknowledging?", "bill-attempts"),
    Facet("bill-nuisance", "Did a few callers make many very short calls?", "bill-callers"),
    Facet("bill-test-calls", "Did the client's own test and check-in calls rise?", "bill-callers"),
)


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
    is 23 or 25 hours long where the clocks change.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    n: float
    weeks: int
    edges: NDArray[np.datetime64]

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
        mean = sums.mean(axis=0)  # column 0 is the weekday of the period's first day
        usual = float(mean[np.arange(whole) % 7].sum())
        return usual + (self.n - whole) * float(mean[whole % 7])


def run(scene: Scene) -> list[Evidence]:
    """Compare the period with the weeks before it, driver by driver."""
    calls = scene.case.calls
    days = _period(scene, calls["offered_at"])
    if days.weeks < 1 or days.n <= 0:
        return [
            Evidence(
                f.name,
                Outcome.NOT_RUN,
                "Could not be asked: the calls on file reach back less than a week before the period.",
                0.0,
                missing=("calls of the week before the period",),
            )
            for f in FACETS
        ]
    own = within(scene.calls, days.before, days.end)
    day = days.index(own["offered_at"])
    drift, season = _others(scene, days)
    inside, outside = _by_coverage(scene, days, own)
    changes = {
        "calls": _counts(days, day, np.ones(len(own), dtype=bool), drift),
        "bill-more-calls": _counts(days, day, inside, drift),
        "bill-longer-calls": _length(own, day),
    }
    if outside is not None:
        changes["bill-outside-coverage"] = _counts(days, day, outside, drift)
    attempts = _attempts(scene, days)
    if isinstance(attempts, _Attempts):
        changes["bill-more-attempts"] = attempts.change
    nuisance = _nuisance(days, own, day)
    tests = _tests(scene, own, day, days)
    parts = _parts(changes)
    book = _Book(scene, days, own, day, changes, parts, _in_money(scene, days, own, outside, nuisance))
    return [
        _rose(book, season),
        _calls(book, season, nuisance, tests, outside),
        _outside(book, outside),
        _new_hours(book),
        _longer(book),
        _more_attempts(book, attempts),
        _short(book, nuisance),
        _own_calls(book, tests),
    ]


def _period(scene: Scene, instants: pd.Series[pd.Timestamp]) -> Days:
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


def _others(scene: Scene, days: Days) -> tuple[float, float]:
    """Return how far accounts drift from their weeks before (log), and how far all of them moved (log).

    Medians over the other accounts, so that one account's trouble is nobody's season.
    """
    names = scene.case.codes("account")[1]
    seen, expected = _everybody(scene.case, days)
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


def _everybody(case: Case, days: Days) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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


def _counts(days: Days, day: NDArray[np.int64], which: NDArray[np.bool_], drift: float) -> Change:
    """Compare a count of calls: quasi-Poisson over the account's own days, and the drift of accounts.

    A season that moved everybody is told, not taken off: the bill rose with the calls all the same.
    """
    sums, seen = days.split(day[which])
    expected = days.expected(sums)
    mean = sums.mean(axis=0)
    spread = PRIOR_SPREAD
    if days.weeks > 1:
        freedom = 7 * (days.weeks - 1)
        pearson = float((((sums - mean) ** 2) / np.maximum(mean, 0.5)).sum())
        spread = (pearson + PRIOR_SPREAD * PRIOR_DAYS) / (freedom + PRIOR_DAYS)
    # roots of counts spread alike whatever their size (Anscombe 1948): a handful expected is no trap
    error = max(1.0, spread) * (1 + days.n / (7 * days.weeks)) + expected * drift**2
    z = 2 * (np.sqrt(seen + 0.375) - np.sqrt(expected + 0.375)) / np.sqrt(error)
    return Change(seen, expected, (seen + 0.5) / (expected + 0.5), float(z))


def _by_coverage(
    scene: Scene, days: Days, own: pd.DataFrame
) -> tuple[NDArray[np.bool_], NDArray[np.bool_] | None]:
    """Return which calls came within coverage and which outside; None where the coverage is not known."""
    if not scene.account.coverage:
        return np.ones(len(own), dtype=bool), None
    spans = coverage_spans(
        scene.account.coverage, scene.own_zone, days.before, days.end, scene.holidays)
    starts = np.array([s.tz_convert(None).to_datetime64() for s, _ in spans], dtype="datetime64[us]")
    ends = np.array([e.tz_convert(None).to_datetime64() for _, e in spans], dtype="datetime64[us]")
    at = own["offered_at"].dt.tz_convert(None).to_numpy("datetime64[us]")
    if not len(starts):
        return np.zeros(len(own), dtype=bool), np.ones(len(own), dtype=bool)
    place = np.searchsorted(starts, at, side="right") - 1
    inside = (place >= 0) & (at < ends[np.maximum(place, 0)])
    return inside, ~inside


def _length(own: pd.DataFrame, day: NDArray[np.int64]) -> Change | None:
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
class _Attempts:
    """Attempts per message; of the added ones ``unanswered`` is the part nobody took, ``lost`` failed."""

    change: Change
    messages: int
    weeks: float
    unanswered: float
    lost: float
    silent: int
    rows: pd.DataFrame


def _attempts(scene: Scene, days: Days) -> _Attempts | tuple[str, tuple[str, ...]]:
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
    return _Attempts(
        Change(seen, expected, seen / expected, z),
        int(now.sum()),
        (days.start - since) / pd.Timedelta(days=7),
        unanswered / total,
        lost / total,
        len(silent),
        most.head(20),
    )


@dataclass(frozen=True)
class _Few:
    """Calls of a few callers above what they made before, and who they are."""

    excess: float
    callers: tuple[str, ...]
    rows: pd.DataFrame
    median_s: float


def _brief(own: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which calls were no conversation: very short, or left before an agent."""
    talk = own["talk_s"].fillna(0).to_numpy(dtype=float)
    answered = (own["outcome"] == "answered").fillna(value=False).to_numpy(dtype=bool)
    return ~answered | (talk <= SHORT_TALK_S)


def _nuisance(days: Days, own: pd.DataFrame, day: NDArray[np.int64]) -> _Few:
    """Find very short calls (no conversation, or left before an agent) a few callers made over and over."""
    brief = _brief(own)
    ani = own["ani"].fillna("withheld")
    now, past = ani[brief & (day >= 0)].value_counts(), ani[brief & (day < 0)].value_counts()
    over = (now - past.reindex(now.index).fillna(0) * (days.n / (7 * days.weeks))).sort_values(
        ascending=False, kind="stable"
    )
    # twice is redialling, not nuisance
    top = over[over >= 5].head(FEW_CALLERS)
    rows = own[brief & (day >= 0) & ani.isin(top.index).to_numpy(dtype=bool)]
    lasted = rows["talk_s"].fillna(0)
    return _Few(
        float(top.sum()), tuple(str(i) for i in top.index), rows, float(lasted.median()) if len(rows) else 0.0
    )


def _tests(scene: Scene, own: pd.DataFrame, day: NDArray[np.int64], days: Days) -> _Few | None:
    """Count the calls from the client's own office: tests, check-ins and forwarding-activation calls."""
    if not scene.account.office_number:
        return None
    office = is_from(own["ani"], scene.account.office_number).to_numpy(dtype=bool)
    before = float((office & (day < 0)).sum()) * days.n / (7 * days.weeks)
    rows = own[office & (day >= 0)]
    return _Few(
        max(0.0, len(rows) - before),
        (scene.account.office_number,),
        rows,
        float(rows["talk_s"].median()) if rows["talk_s"].notna().any() else 0.0,
    )


def _parts(changes: dict[str, Change | None]) -> dict[str, float]:
    """Share out the rise: factors by their logarithms, the calls' own between inside and outside coverage."""

    def log(name: str) -> float:
        change = changes.get(name)
        return change.log if change is not None and change.z >= 1 else 0.0

    calls = changes["calls"]
    assert calls is not None  # noqa: S101 - given by run
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


@dataclass(frozen=True)
class _Book:
    scene: Scene
    days: Days
    own: pd.DataFrame
    day: NDArray[np.int64]
    changes: dict[str, Change | None]
    parts: dict[str, float]
    money: Rise | None = None

    @property
    def now(self) -> pd.DataFrame:
        """The period's calls."""
        return within(self.own, self.days.start, self.days.end)

    @property
    def weeks(self) -> str:
        """The weeks before, in words."""
        return "the week before" if self.days.weeks == 1 else f"the {self.days.weeks} weeks before"


def _give(
    book: _Book,
    facet: str,
    change: Change,
    says: str,
    *,
    unit: str,
    rows: pd.DataFrame | Callable[[], pd.DataFrame],
    strength: float = 1.0,
    id_column: str = "call_id",
    **data: object,
) -> Evidence:
    """Build one driver's evidence: FOUND where it rose beyond chance and is a fair part of the whole rise."""
    part = book.parts.get(facet, 0.0)
    found = change.rose and part >= LEAST_PART and _matters(book, facet, change)
    if found:
        weight = change.sure * strength * float(np.sqrt(part))
    else:
        # as sure of no rise as the figures are far from one
        weight = float(np.clip(1 - max(change.z, 0) / SURE, 0.1, 1)) if not change.rose else 0.1
    return Evidence(
        facet,
        Outcome.FOUND if found else Outcome.CLEAR,
        says,
        round(float(weight), 3),
        observed=round(change.seen, 2),
        expected=round(change.expected, 2),
        unit=unit,
        start=book.days.start,
        end=book.days.end,
        examples=examples_of(rows() if callable(rows) else rows, id_column, 20) if found else (),
        data={
            "ratio": round(change.ratio, 3),
            "z": round(change.z, 2),
            "part_of_rise": round(part, 3),
            "weeks": book.days.weeks,
            "days": round(book.days.n, 2),
            **data,
        },
    )


def _matters(book: _Book, facet: str, change: Change) -> bool:
    """Say whether calls of one kind are a tenth of all: many times nothing is still next to nothing."""
    calls = book.changes["calls"]
    if calls is None or facet not in {"bill-more-calls", "bill-outside-coverage"}:
        return True
    return change.seen - change.expected >= (LEAST_RISE - 1) * max(calls.expected, 1.0)


def _pct(ratio: float) -> str:
    return f"{abs(ratio - 1) * 100:.0f} % {'more' if ratio >= 1 else 'less'}"


LINES = {
    "bill-more-calls": "calls",
    "bill-outside-coverage": "calls outside coverage",
    "bill-nuisance": "nuisance calls",
    "bill-longer-calls": "minutes a call",
    "bill-more-attempts": "delivery attempts",
}
"""The line of the rise in money that tells what a facet asks after."""


def _part(book: _Book, facet: str) -> str:
    part = book.parts.get(facet, 0.0)
    return (f"; {part * 100:.0f} % of the rise" if part >= 0.01 else "") + _worth(book, facet)


def _worth(book: _Book, facet: str) -> str:
    """Return what a driver added to the bill, where a rate table is at hand and it added anything."""
    line = book.money.of(LINES[facet]) if book.money is not None else None
    if book.money is None or line is None or abs(line.amount) < 0.005:
        return ""
    return f"; {line.amount:+.2f} {book.money.currency} on the bill"


def _rose(book: _Book, season: float) -> Evidence:
    """Say whether anything rose at all; in money where a rate table is at hand."""
    drivers = {k: c for k, c in book.changes.items() if c is not None and k != "calls"}
    risen = {
        k: c
        for k, c in drivers.items()
        if c.rose and book.parts.get(k, 0) >= LEAST_PART and _matters(book, k, c)
    }
    calls = book.changes["calls"]
    assert calls is not None  # noqa: S101 - given by run
    minutes, usual = _minutes(book)
    says = (
        f"{calls.seen:.0f} calls and {minutes:.0f} answered minutes in {book.days.n:.0f} days; "
        f"by {book.weeks} "
        f"{calls.expected:.0f} calls and {usual:.0f} minutes would be usual"
    )
    figures: dict[str, object] = {}
    if book.money is not None:
        says += f"; {book.money.says}"
        figures = {
            "amount": book.money.amount,
            "amount_usual": book.money.usual,
            "currency": book.money.currency,
            "rise": [line.data() for line in book.money.lines],
        }
    says += "."
    if abs(season) >= 0.03:
        says += f" The other accounts moved by {(np.exp(season) - 1) * 100:+.0f} %."
    top = max((c.z for c in drivers.values()), default=0.0)
    data: dict[str, object] = {
        "calls": calls.seen,
        "calls_expected": round(calls.expected, 1),
        "minutes": round(minutes, 1),
        "minutes_expected": round(usual, 1),
        "weeks": book.days.weeks,
        "days": round(book.days.n, 2),
        "season_ratio": round(float(np.exp(season)), 3),
        **figures,
    }
    # as sure of no rise as the strongest driver is near what weeks differ by
    none = float(np.clip(1 - (top - 1) / SURE, 0.3, 1))
    strength = max((c.sure for c in risen.values()), default=none)
    return Evidence(
        "bill-rose",
        Outcome.FOUND if risen else Outcome.CLEAR,
        says,
        round(strength, 3),
        observed=round(minutes, 1),
        expected=round(usual, 1),
        unit="min",
        start=book.days.start,
        end=book.days.end,
        data=data,
    )


def _minutes(book: _Book) -> tuple[float, float]:
    """Return the answered minutes (talk and hold) of the period, and those to expect by the weeks before."""
    answered = (book.own["outcome"] == "answered").fillna(value=False).to_numpy(dtype=bool)
    took = (book.own["talk_s"].fillna(0) + book.own["hold_s"].fillna(0)).to_numpy(dtype=float) / 60
    sums, seen = book.days.split(book.day[answered], took[answered])
    return seen, book.days.expected(sums)


def _in_money(
    scene: Scene,
    days: Days,
    own: pd.DataFrame,
    outside: NDArray[np.bool_] | None,
    nuisance: _Few,
) -> Rise | None:
    """Return the rise line by line, where ``scene.cache['rates']`` is a rate table; None where there is none."""
    rates = scene.cache.get("rates")
    if rates is None or not hasattr(rates, "of"):
        return None
    prices: Prices = rates.of(scene.question.account)
    pest = own["ani"].fillna("withheld").isin(nuisance.callers).to_numpy(dtype=bool) & _brief(own)
    out = np.zeros(len(own), dtype=bool) if outside is None else outside & ~pest
    kinds = {"calls": ~out & ~pest, "calls outside coverage": out, "nuisance calls": pest}
    messages, dispatch = scene.case.table("messages"), scene.case.table("dispatch")
    mine = messages[(messages["account"] == scene.question.account).fillna(value=False)]
    mine = mine[mine["taken_at"] < days.end]
    taken = days.index(mine["taken_at"])
    of = pd.Series(taken, index=mine["message_id"].to_numpy()).groupby(level=0).first()
    tried = dispatch["message_id"].map(of).dropna().to_numpy(dtype=np.int64)

    def weeks(first: pd.Timestamp) -> int:
        if pd.isna(first):
            return 0
        return int(np.clip((days.start - first + pd.Timedelta(hours=1)) // pd.Timedelta(days=7), 0, days.weeks))

    known = weeks(messages["taken_at"].min())
    sent = min(known, weeks(dispatch["attempted_at"].min()))
    return rise(days, own, kinds, Counted(taken, known), Counted(tried, sent), prices)


def _calls(
    book: _Book, season: float, nuisance: _Few, tests: _Few | None, outside: NDArray[np.bool_] | None
) -> Evidence:
    change = book.changes["bill-more-calls"]
    assert change is not None  # noqa: S101 - given by run
    where = "" if outside is None else " within coverage"
    # calls somebody made to annoy, or the client to test, are not callers' demand
    odd = nuisance.excess + (tests.excess if tests is not None else 0.0)
    rest = float(np.clip(1 - odd / max(change.seen - change.expected, 1.0), 0.1, 1)) if change.rose else 1.0
    return _give(
        book,
        "bill-more-calls",
        change,
        f"{change.seen:.0f} calls{where} where {book.weeks} lead to expect {change.expected:.0f} "
        f"({_pct(change.ratio)}, {change.z:.1f} standard deviations){_part(book, 'bill-more-calls')}.",
        unit="calls",
        rows=book.now,
        strength=rest,
        season=round(season, 3),
    )


def _outside(book: _Book, outside: NDArray[np.bool_] | None) -> Evidence:
    if outside is None:
        return Evidence(
            "bill-outside-coverage",
            Outcome.NOT_RUN,
            "Could not be asked: the account's coverage is not on file.",
            0.0,
            missing=("accounts.coverage",),
        )
    change = book.changes["bill-outside-coverage"]
    assert change is not None  # noqa: S101 - given by run where coverage is known
    rows = book.own[outside]
    rows = within(rows, book.days.start, book.days.end)
    first = "" if rows.empty else f", the first {clock(rows['offered_at'].min(), book.scene.account.zone)}"
    return _give(
        book,
        "bill-outside-coverage",
        change,
        f"{change.seen:.0f} calls outside coverage ({book.scene.account.coverage}) "
        f"where {change.expected:.1f} are "
        f"usual{first}{_part(book, 'bill-outside-coverage')}.",
        unit="calls",
        rows=rows,
        coverage=book.scene.account.coverage,
    )


def _new_hours(book: _Book) -> Evidence:
    """Count the calls at hours of the week that had none in the weeks before: coverage as the calls show it.

    A small account has many an idle hour by chance. How many calls fall in such hours anyway is learned from
    each earlier week against the others, and grows with the calls.
    """
    days, day, facet = book.days, book.day, "bill-new-hours"
    if days.weeks < 2:
        return Evidence(
            facet,
            Outcome.NOT_RUN,
            "Could not be asked: two weeks before the period are needed to know its usual hours.",
            0.0,
            missing=("calls of two weeks before the period",),
        )
    wall = pd.DatetimeIndex(book.own["offered_at"]).tz_convert(book.scene.account.zone)
    hour = (wall.day_of_week * 24 + wall.hour).to_numpy(dtype=np.int64)
    week = day // 7  # -1 is the last week before
    past = (day < 0) & (week >= -days.weeks)
    counts = np.bincount((week[past] + days.weeks) * 168 + hour[past], minlength=days.weeks * 168)
    weeks = counts.reshape(days.weeks, 168)
    elsewhere = weeks.sum(axis=0) - weeks  # calls of that hour in the other weeks
    by_chance = float(weeks[elsewhere == 0].sum()) / days.weeks
    idle = weeks.sum(axis=0) == 0
    hits = (day >= 0) & idle[hour]
    calls = book.changes["calls"]
    assert calls is not None  # noqa: S101 - given by run
    expected = by_chance * days.n / 7 * max(1.0, calls.ratio)
    seen = float(hits.sum())
    z = 2 * (np.sqrt(seen + 0.375) - np.sqrt(expected + 0.375)) / np.sqrt(PRIOR_SPREAD)
    rise = max(calls.seen - calls.expected, 1.0)
    part = min(1.0, max(0.0, seen - expected) / rise)
    found = (
        z >= SURE and part >= LEAST_PART and seen - expected >= (LEAST_RISE - 1) * max(calls.expected, 1.0)
    )
    rows = book.own[hits]
    return Evidence(
        facet,
        Outcome.FOUND if found else Outcome.CLEAR,
        f"{seen:.0f} calls came at hours of the week that had none in {book.weeks}, where "
        f"{expected:.0f} would do so by chance.",
        round(float(np.clip((z - 1) / (CERTAIN - 1), 0, 1) * np.sqrt(part)), 3)
        if found
        else round(float(np.clip(1 - max(z, 0) / CERTAIN, 0.1, 1)), 3),
        observed=seen,
        expected=round(expected, 2),
        unit="calls",
        start=days.start,
        end=days.end,
        examples=examples_of(rows, "call_id", 20) if found else (),
        data={"idle_hours": int(idle.sum()), "z": round(float(z), 2), "part_of_calls_rise": round(part, 3)},
    )


def _longer(book: _Book) -> Evidence:
    change = book.changes["bill-longer-calls"]
    if change is None:
        return Evidence(
            "bill-longer-calls",
            Outcome.NOT_RUN,
            "Could not be asked: too few answered calls with a talk time.",
            0.0,
            missing=("calls.talk_s",),
        )

    def long() -> pd.DataFrame:
        answered = book.now[(book.now["outcome"] == "answered").fillna(value=False)]
        return answered.sort_values("talk_s", ascending=False, kind="stable")

    return _give(
        book,
        "bill-longer-calls",
        change,
        f"An answered call took {change.seen:.0f} s of talk and hold, "
        f"{change.expected:.0f} s in {book.weeks} "
        f"({_pct(change.ratio)}, {change.z:.1f} standard deviations){_part(book, 'bill-longer-calls')}.",
        unit="s",
        rows=long,
    )


def _more_attempts(book: _Book, found: _Attempts | tuple[str, tuple[str, ...]]) -> Evidence:
    if not isinstance(found, _Attempts):
        why, missing = found
        return Evidence(
            "bill-more-attempts", Outcome.NOT_RUN, f"Could not be asked: {why}.", 0.0, missing=missing
        )
    change = found.change
    silent = f"; {count(found.silent, 'urgent message')} nobody acknowledged" if found.silent else ""
    rose = f", {found.unanswered * 100:.0f} % of the added ones unanswered" if change.rose else ""
    return _give(
        book,
        "bill-more-attempts",
        change,
        f"{change.seen:.0f} attempts for {found.messages} messages where {change.expected:.0f} are usual "
        f"({_pct(change.ratio)}, by the {found.weeks:.1f} weeks of messages before){rose}{silent}"
        f"{_part(book, 'bill-more-attempts')}.",
        # what failed on the way is the carrier's; only what nobody took is the client's
        unit="attempts",
        rows=found.rows,
        strength=0.3 + 0.7 * (1 - found.lost),
        id_column="message_id",
        messages=found.messages,
        message_weeks=round(found.weeks, 2),
        unanswered_share=round(found.unanswered, 3),
        unacknowledged=found.silent,
    )


def _few(book: _Book, facet: str, few: _Few, says: str, none: str) -> Evidence:
    """Tell calls of a few callers: FOUND where they are a fair part of the calls' rise."""
    calls = book.changes["calls"]
    assert calls is not None  # noqa: S101 - given by run
    rise = max(calls.seen - calls.expected, 1.0)
    part = min(1.0, few.excess / rise)
    found = few.excess >= 10 and part >= LEAST_PART and few.excess >= 0.1 * max(calls.expected, 1.0)
    return Evidence(
        facet,
        Outcome.FOUND if found else Outcome.CLEAR,
        says if found else none,
        round(part if found else 1.0, 3),
        observed=round(few.excess, 1),
        unit="calls",
        start=book.days.start,
        end=book.days.end,
        examples=examples_of(few.rows, "call_id", 20) if found else (),
        data={
            "callers": list(few.callers),
            "excess": round(few.excess, 1),
            "part_of_calls_rise": round(part, 3),
        },
    )


def _short(book: _Book, few: _Few) -> Evidence:
    return _few(
        book,
        "bill-nuisance",
        few,
        f"{len(few.rows)} very short calls (median talk {few.median_s:.0f} s) "
        f"came from {count(len(few.callers), 'caller')}, "
        f"{few.excess:.0f} above what they made before{_worth(book, 'bill-nuisance')}.",
        "No few callers made many very short calls.",
    )


def _own_calls(book: _Book, few: _Few | None) -> Evidence:
    if few is None:
        return Evidence(
            "bill-test-calls",
            Outcome.NOT_RUN,
            "Could not be asked: the client's own number is not on file.",
            0.0,
            missing=("accounts.office_number",),
        )
    return _few(
        book,
        "bill-test-calls",
        few,
        f"{len(few.rows)} calls came from the client's own office, {few.excess:.0f} above what is usual.",
        f"{len(few.rows)} calls came from the client's own office: no rise.",
    )


CHECK = Check(
    title="What the bill rose with",
    facets=FACETS,
    needs=("calls",),
    complaints=("high-bill",),
    run=run,
)
