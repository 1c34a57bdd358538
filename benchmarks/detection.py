"""Measure how soon a silence, a loss or a rush of calls is told from chance, on real arrivals.

    python benchmarks/detection.py FILE_OR_FOLDER ... [--per-thousand 1] [--seed 1] [--rounds 1] [--audit]

A file is CSV (gzipped or not) of real arrivals with nothing wrong on purpose: `account, interval_start, offered`,
counts by 15 minutes of naive local time, intervals with none left out. Of each file the past is replayed as it would
have been watched (:mod:`calltrace.normal.monitor`: every week is predicted from those before it), the threshold set
so that the untouched weeks raise a given number of false episodes per 1,000 account-days and direction (alarms less
than 12 h apart are one), and faults injected, one per account and week and kind, begun in the account's busy hours:
total silences of 2, 4, 8, 16 and 48 h, thinning to 40 % for 24 and 72 h, crowds of three times the calls for 1, 2 and
3 h. A fault is detected when the score passes the threshold within it or the hour after. The first eight weeks are
only learned from, half of them where there are less than twelve. An account-week that in hindsight holds a silence
worth 20 expected calls, or less than 40 % or more than 250 % of its expected calls, is not counted as untouched.

The table has a row for each file and one for all their faults together; "limit" is what a test could find that knew
every rate exactly: e^-(calls it needs - calls lost), with ln(1,000 (1 + calls a day)) calls needed at one false
episode per 1,000 account-days. With --audit a second table of silences is of what `calltrace audit` itself says: its
silence screen, week by week, the threshold set in the same way on its own scores (some minutes more).
"""

from __future__ import annotations

import argparse
import itertools
import math
import time
from dataclasses import dataclass, field
from pathlib import Path

import _screened
import numpy as np
import pandas as pd

from calltrace.normal import monitor
from calltrace.normal.intervals import HOURS_A_WEEK
from calltrace.normal.monitor import BINS_A_WEEK

FIRST_TEST_WEEK = 8
SHORT = 12
"""Weeks below which half of them are learned from."""

SILENCES = (2, 4, 8, 16, 48)
THINNINGS = (24, 72)
RUSHES = (1, 2, 3)
LOST = (0, 3, 6, 9, 12, 20, 40, math.inf)
EXTRA = (0, 3, 6, 12, 24, 60, math.inf)


def load(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the counts (accounts, quarter hours from a midnight) and the hour of the week of each hour."""
    frame = pd.read_csv(path, usecols=["account", "interval_start", "offered"], dtype={"account": "string"},
                        parse_dates=["interval_start"]).dropna()
    start = frame["interval_start"].min().normalize()
    bins = ((frame["interval_start"] - start) // pd.Timedelta(minutes=15)).to_numpy()
    codes, names = pd.factorize(frame["account"], sort=True)
    weeks = (int(bins.max()) + 1) // BINS_A_WEEK
    counts = np.zeros((len(names), (weeks + 1) * BINS_A_WEEK))
    np.add.at(counts, (codes, bins), frame["offered"].to_numpy())
    hours = pd.date_range(start, periods=weeks * HOURS_A_WEEK, freq="h")
    slot = np.asarray(hours.day_of_week) * 24 + np.asarray(hours.hour)
    return counts[:, : weeks * BINS_A_WEEK], np.broadcast_to(slot, (len(names), len(slot))).copy()


def calibrated(raw: np.ndarray, by_week: list[monitor.Meaning]) -> np.ndarray:
    """Return raw scores as −log10 of false alarms per account-day."""
    width = raw.shape[1] // len(by_week)
    parts = [meaning.score(raw[:, k * width: (k + 1) * width]) for k, meaning in enumerate(by_week)]
    return np.where(raw > -9.0, np.concatenate(parts, axis=1), -9.0)


def meanings(raw: np.ndarray, weeks: int, first_week: int) -> list[monitor.Meaning]:
    """Return, per week, what raw scores mean by the weeks before it."""
    by_day = raw.reshape(len(raw), weeks * 7, -1).max(axis=2)
    return [monitor.learn_meaning(by_day[:, max(first_week, week - 12) * 7: max(first_week, week) * 7].ravel())
            for week in range(weeks)]


def first_test(weeks: int) -> int:
    """Return the first week that faults are put into."""
    return FIRST_TEST_WEEK if weeks >= SHORT else max(3, weeks // 2)


def clean_weeks(past: monitor.Replay) -> np.ndarray:
    """Return which (account, week) held nothing that hindsight calls trouble."""
    accounts, weeks = len(past.counts), past.counts.shape[1] // BINS_A_WEEK
    upto = np.cumsum(np.nan_to_num(past.usual), axis=1)
    index = np.arange(upto.shape[1])
    last = np.maximum.accumulate(np.where(past.counts > 0, index, -1), axis=1)
    since = upto - np.where(last >= 0, np.take_along_axis(upto, np.maximum(last, 0), axis=1), 0.0)
    longest = since.reshape(accounts, weeks, -1).max(axis=2)
    ratio = past.counts.reshape(accounts, weeks, -1).sum(axis=2) / np.maximum(
        np.nan_to_num(past.usual).reshape(accounts, weeks, -1).sum(axis=2), 1e-9)
    clean = (longest < 20) & (ratio > 0.4) & (ratio < 2.5)
    clean[:, : first_test(weeks)] = False
    return clean


def episodes(score: np.ndarray, threshold: float, clean: np.ndarray) -> int:
    """Count alarms on clean weeks, those less than 12 h apart as one."""
    width = score.shape[1] // clean.shape[1]
    row, column = np.nonzero((score > threshold) & np.repeat(clean, width, axis=1))
    if not row.size:
        return 0
    apart = (np.diff(row) != 0) | (np.diff(column) > 12 * width // HOURS_A_WEEK)
    return 1 + int(apart.sum())


def threshold_for(score: np.ndarray, clean: np.ndarray, per_thousand: float) -> float:
    """Return the least threshold that raises no more false episodes than allowed."""
    allowed = per_thousand * clean.sum() * 7 / 1000
    low, high = 0.0, 12.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if episodes(score, middle, clean) <= allowed else (middle, high)
    return high


def starts(past: monitor.Replay, weeks: list[int], length: int, rng: np.random.Generator) -> np.ndarray:
    """Draw, per account and week, the first bin of a fault in its busy hours; −1 where none fits."""
    accounts = len(past.counts)
    chosen = np.full((accounts, len(weeks)), -1)
    for k, week in enumerate(weeks):
        usual = past.usual[:, week * BINS_A_WEEK: (week + 1) * BINS_A_WEEK: 4]
        for account in range(accounts):
            busy = np.flatnonzero(usual[account] >= usual[account].mean())
            begin = week * BINS_A_WEEK + int(rng.choice(busy)) * 4 + int(rng.integers(0, 4))
            if begin + length + 4 < past.counts.shape[1]:
                chosen[account, k] = begin
    return chosen


def inject(past: monitor.Replay, kind: str, hours: int, weeks: list[int], rng: np.random.Generator) -> tuple[
        np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return counts with one fault per account and week, and each one's account, first bin and stake."""
    counts = past.counts.copy()
    length = hours * 4
    rows, begins, stakes = [], [], []
    drawn = starts(past, weeks, length, rng)
    for account, k in zip(*np.nonzero(drawn >= 0), strict=True):
        begin = int(drawn[account, k])
        here = slice(begin, begin + length)
        stake = float(past.usual[account, here].sum())
        if kind == "silence":
            counts[account, here] = 0
        elif kind == "thinned":
            counts[account, here] = rng.binomial(counts[account, here].astype(int), 0.4)
            stake *= 0.6
        else:
            # the real calls of the same hours one and two weeks before, so that their crowding is real
            for back in (1, 2):
                same = slice(begin - back * BINS_A_WEEK, begin - back * BINS_A_WEEK + length)
                counts[account, here] += past.counts[account, same]
            stake *= 2
        rows.append(int(account))
        begins.append(begin)
        stakes.append(stake)
    return counts, np.array(rows), np.array(begins), np.array(stakes)


@dataclass(frozen=True)
class Scorer:
    """What raw scores mean in each week of a file, by its own past."""

    past: monitor.Replay
    gap: list[monitor.Meaning]
    low: list[monitor.Meaning]
    high: list[monitor.Meaning]

    @classmethod
    def of(cls, past: monitor.Replay) -> Scorer:
        """Learn from the untouched replay."""
        weeks = past.counts.shape[1] // BINS_A_WEEK
        return cls(past, *(meanings(raw, weeks, past.first_week) for raw in (past.gap, past.low, past.high)))

    def scores(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the scores of too few calls (by bin) and too many (by hour), of other counts in the same past."""
        past, begin = self.past, self.past.first_week
        here = slice(begin * BINS_A_WEEK, None)
        gap = np.full(counts.shape, -9.0)
        gap[:, here] = monitor.gap_scores(
            counts[:, here], monitor.without_crowds(past.mu[:, here], past.usual[:, here]), past.level[begin:])
        low, high = (np.full((len(counts), counts.shape[1] // 4), -9.0) for _ in range(2))
        hours = slice(begin * HOURS_A_WEEK, None)
        low[:, hours], high[:, hours] = monitor.window_scores(counts[:, here], past.mu[:, here], past.dispersion[begin:])
        return (monitor.combined(calibrated(gap, self.gap), calibrated(low, self.low)), calibrated(high, self.high))


@dataclass
class Tally:
    """Faults of one kind: the calls at stake, whether each was detected, the chance any test could have."""

    stakes: list[float] = field(default_factory=list)
    detected: list[bool] = field(default_factory=list)
    limit: list[float] = field(default_factory=list)
    missed: list[float] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take another's faults as well."""
        self.stakes += other.stakes
        self.detected += other.detected
        self.limit += other.limit
        self.missed += other.missed


KINDS = {"silence": (SILENCES, LOST), "thinned": (THINNINGS, LOST), "rush": (RUSHES, EXTRA)}
TITLES = {
    "silence": "Total silences, % detected by expected calls lost (number of faults)",
    "thinned": "Thinned to 40 %, % detected by expected calls lost (number of faults)",
    "rush": "Three times the calls, % detected by calls added (number of faults)",
}


@dataclass(frozen=True)
class Measured:
    """One file's figures."""

    name: str
    low: float
    high: float
    told: list[str]
    past: monitor.Replay
    tallies: dict[str, Tally]


def measure(path: Path, per_thousand: float, seed: int, rounds: int) -> Measured:
    """Measure one file."""
    counts, slot = load(path)
    began = time.process_time()
    past = monitor.replay(counts, slot)
    took = time.process_time() - began
    clean = clean_weeks(past)
    if not clean.any():
        raise SystemExit(f"{path}: {past.counts.shape[1] // BINS_A_WEEK} whole weeks hold no account-week to test")
    told = [(f"{len(counts)} accounts, {counts.sum():,.0f} calls, {past.counts.shape[1] // BINS_A_WEEK} weeks,"
            f" {int(clean.sum()) * 7:,} clean account-days; replay {took:.1f} s of CPU")]
    scorer = Scorer.of(past)
    low, high = scorer.scores(past.counts)
    for name, score in (("low", low), ("high", high)):
        by_day = score.reshape(len(score), clean.shape[1], 7, -1).max(axis=3)[clean]
        told.append(f"account-days per 1,000 above a {name} score of " + ", ".join(
            f"{s:g}: {1000 * (by_day > s).mean():.2f} (nominal {1000 * 10**-s:.2f})" for s in (1.5, 2, 2.5, 3)))
    at_low, at_high = threshold_for(low, clean, per_thousand), threshold_for(high, clean, per_thousand)
    rng = np.random.default_rng(seed)
    weeks = list(range(first_test(clean.shape[1]), clean.shape[1]))
    tallies = {kind: Tally() for kind in KINDS}
    for kind, (lengths, _) in KINDS.items():
        # every other week, so that one fault is not detected by the windows that still hold the last
        for hours, turn, _ in itertools.product(lengths, (weeks[::2], weeks[1::2]), range(rounds)):
            changed, *faults = inject(past, kind, hours, turn, rng)
            score = scorer.scores(changed)[kind == "rush"]
            threshold = at_high if kind == "rush" else at_low
            tallies[kind].add(hits(past, clean, score > threshold, hours=hours, faults=faults, per_thousand=per_thousand))
    return Measured(path.name.removesuffix(".gz").removesuffix(".csv"), at_low, at_high, told, past, tallies)


def hits(
    past: monitor.Replay, clean: np.ndarray, alarm: np.ndarray, *, hours: int, faults: list[np.ndarray],
    per_thousand: float,
) -> Tally:
    """Say of each fault in an otherwise clean week whether it was detected, and whether any test could."""
    tally = Tally()
    width = alarm.shape[1] // (past.counts.shape[1] // 4)
    for a, b, stake in zip(*faults, strict=True):
        if not clean[a, b // BINS_A_WEEK]:
            continue
        first = b * width // 4
        loud = alarm[a, first: first + (hours + 1) * width]
        week = b // BINS_A_WEEK * BINS_A_WEEK
        day = past.usual[a, week: week + BINS_A_WEEK].sum() / 7
        needed = math.log((1 + day) * 1000 / per_thousand)
        tally.stakes.append(float(stake))
        tally.detected.append(bool(loud.any()))
        tally.limit.append(math.exp(-max(0.0, needed - stake)))
        if loud.any() and stake >= 12:
            at = b + (int(np.argmax(loud)) + 1) * 4 // width
            tally.missed.append(float(past.usual[a, b: at].sum() - needed))
    return tally


def audited(past: monitor.Replay, per_thousand: float, seed: int) -> Tally:
    """Return what the audit's own silence screen detects at as many false alarms."""
    clean = clean_weeks(past)
    rng = np.random.default_rng(seed)
    weeks = list(range(first_test(clean.shape[1]), clean.shape[1]))
    false: list[float] = []
    tally, best = Tally(), []
    for week in weeks:
        false += [t.score for t in _screened.screen(past.counts, week, seed) if clean[t.account, week]]
        for hours, turn in itertools.product(SILENCES, range(_screened.EVERY)):
            if turn == 0:
                changed, *faults = inject(past, "silence", hours, [week], rng)
            own = np.arange(len(changed)) % _screened.EVERY == turn
            told = _screened.screen(np.where(own[:, None], changed, past.counts), week, seed)
            for a, b, stake in zip(*faults, strict=True):
                # what goes on beyond the window is of the next one
                if not own[a] or not clean[a, week] or b + hours * 4 > (week + 1) * BINS_A_WEEK:
                    continue
                best.append(max((t.score for t in told if t.account == a and t.first < b + hours * 4 and b < t.last),
                                default=0.0))
                day = past.usual[a, week * BINS_A_WEEK: (week + 1) * BINS_A_WEEK].sum() / 7
                tally.stakes.append(float(stake))
                tally.limit.append(math.exp(-max(0.0, math.log((1 + day) * 1000 / per_thousand) - stake)))
    allowed = int(per_thousand * clean.sum() * 7 / 1000)
    false.sort(reverse=True)
    threshold = false[allowed] if len(false) > allowed else 0.0
    tally.detected = [b > threshold for b in best]
    return tally


def table(kind: str, rows: list[tuple[str, Tally]], columns: tuple[float, ...]) -> str:
    """Return the share detected by calls at stake, as a table in Markdown."""
    pairs = list(itertools.pairwise(columns))
    names = [f"{low:g}-{high:g}" if math.isfinite(high) else f"over {low:g}" for low, high in pairs] + ["all"]

    def line(name: str, values: list[float], stakes: np.ndarray, *, number: bool) -> str:
        cells = []
        for low, high in [*pairs, (0.0, math.inf)]:
            inside = (stakes >= low) & (stakes < high)
            many = f" ({inside.sum()})" if number else ""
            cells.append(f"{100 * np.asarray(values)[inside].mean():.1f}{many}" if inside.any() else "-")
        return f"| {name} | " + " | ".join(cells) + " |"

    lines = [f"| {kind} | " + " | ".join(names) + " |", "| --- " * (len(names) + 1) + "|"]
    for name, tally in rows:
        stakes = np.array(tally.stakes)
        lines.append(line(name, [float(d) for d in tally.detected], stakes, number=True))
        if kind == "silence":
            lines.append(line(f"{name}, limit", tally.limit, stakes, number=False))
    return "\n".join(lines)


def files(places: list[Path]) -> list[Path]:
    """Return the files given, and those of the folders given."""
    found = [f for p in places for f in (sorted(p.glob("*.csv*")) if p.is_dir() else [p])]
    if not found:
        raise SystemExit(f"no CSV file in {', '.join(map(str, places))}")
    return found


def main() -> None:
    """Measure every file, and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("places", type=Path, nargs="*", metavar="FILE_OR_FOLDER")
    parser.add_argument("--arrivals", type=Path, action="append", default=[], help="the same, by name")
    parser.add_argument("--per-thousand", type=float, default=1.0, help="false episodes allowed per 1,000 account-days")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1, help="how often faults are injected, for steadier figures")
    parser.add_argument("--audit", action="store_true", help="also what the audit's own silence screen detects")
    chosen = parser.parse_args()
    if not chosen.places + chosen.arrivals:
        parser.error("name a file or a folder of arrivals")
    found: list[Measured] = []
    for path in files(chosen.places + chosen.arrivals):
        one = measure(path, chosen.per_thousand, chosen.seed, chosen.rounds)
        found.append(one)
        print(f"{one.name}: {'; '.join(one.told[:1])}")
        for line in one.told[1:]:
            print(f"  {line}")
        print(f"  threshold for {chosen.per_thousand:g} false episodes per 1,000 account-days:"
              f" low {one.low:.2f}, high {one.high:.2f}")
        silence = one.tallies["silence"]
        print(f"  silences: {100 * np.mean(silence.detected) / np.mean(silence.limit):.0f} % of the limit;"
              f" calls missed at the alarm beyond the limit's, median {np.median(silence.missed or [math.nan]):+.1f}",
              flush=True)
    for kind in KINDS:
        show(kind, TITLES[kind], [(one.name, one.tallies[kind]) for one in found], chosen.per_thousand)
    if chosen.audit:
        rows = [(one.name, audited(one.past, chosen.per_thousand, chosen.seed)) for one in found]
        show("silence", TITLES["silence"] + ", by the audit's own screen", rows, chosen.per_thousand)


def show(kind: str, title: str, rows: list[tuple[str, Tally]], per_thousand: float) -> None:
    """Print one table, its last row of all sets together."""
    pooled = Tally()
    for _, tally in rows:
        pooled.add(tally)
    everything = rows + [("all sets", pooled)] * (len(rows) > 1)
    print(f"\n{title}, at {per_thousand:g} false episodes per 1,000 account-days\n")
    print(table(kind, everything, KINDS[kind][1]), flush=True)


if __name__ == "__main__":
    main()
