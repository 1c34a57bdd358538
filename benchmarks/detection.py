"""Measure how soon a silence, a loss or a rush of calls is told from chance, on real arrivals.

    python benchmarks/detection.py --arrivals DIR [--per-thousand 1] [--seed 1]

DIR holds CSV files of real arrivals with nothing wrong on purpose: `account, interval_start, offered`, counts
by 15 minutes of naive local time, intervals with none left out. For each file the past is replayed as it
would have been watched (:mod:`calltrace.normal.monitor`), the threshold set so that the untouched weeks raise
a given number of false episodes per 1,000 account-days and direction, and faults injected: total silences of
2 to 48 h, thinning to 40 % for 24 and 72 h, crowds of three times the calls for 1 to 3 h. A fault is detected
when the score passes the threshold within it or the hour after. An account-week that in hindsight holds a
silence worth 20 expected calls, or less than 40 % or more than 250 % of its expected calls, is not counted as
untouched.
"""

from __future__ import annotations

import argparse
import itertools
import math
import time
from pathlib import Path

import numpy as np
import pandas as pd

from calltrace.normal import monitor
from calltrace.normal.intervals import HOURS_A_WEEK
from calltrace.normal.monitor import BINS_A_WEEK

FIRST_TEST_WEEK = 8
SILENCES = (2, 4, 8, 16, 48)
THINNINGS = (24, 72)
RUSHES = (1, 2, 3)
LOST = (0, 3, 6, 9, 12, 20, 40, math.inf)
EXTRA = (0, 3, 6, 12, 24, 60, math.inf)


def load(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the counts (accounts, quarter hours from a midnight) and the hour of the week of each hour."""
    frame = pd.read_csv(path, dtype={"account": "string"}, parse_dates=["interval_start"])
    start = frame["interval_start"].min().normalize()
    bins = ((frame["interval_start"] - start) // pd.Timedelta(minutes=15)).to_numpy()
    codes, names = pd.factorize(frame["account"], sort=True)
    weeks = (int(bins.max()) + 1) // BINS_A_WEEK
    counts = np.zeros((len(names), (weeks + 1) * BINS_A_WEEK))
    np.add.at(counts, (codes, bins), frame["offered"].to_numpy())
    hours = pd.date_range(start, periods=weeks * HOURS_A_WEEK, freq="h")
    slot = np.asarray(hours.day_of_week) * 24 + np.asarray(hours.hour)
    return counts[:, : weeks * BINS_A_WEEK], np.broadcast_to(slot, (len(names), len(slot))).copy()


def meanings(raw: np.ndarray, weeks: int, first_week: int) -> list[monitor.Meaning | None]:
    """Return, per week, what raw scores mean by the weeks before it."""
    by_day = raw.reshape(len(raw), weeks * 7, -1).max(axis=2)
    found: list[monitor.Meaning | None] = []
    for week in range(weeks):
        since = max(first_week, week - 12)
        past = by_day[:, since * 7: week * 7]
        found.append(monitor.learn_meaning(past.ravel()) if week - since >= 2 else None)
    return found


def calibrated(raw: np.ndarray, by_week: list[monitor.Meaning | None]) -> np.ndarray:
    """Return raw scores as −log10 of false alarms per account-day; −9 where nothing was known yet."""
    width = raw.shape[1] // len(by_week)
    result = np.full(raw.shape, -9.0)
    for week, meaning in enumerate(by_week):
        if meaning is not None:
            here = slice(week * width, (week + 1) * width)
            result[:, here] = meaning.score(raw[:, here])
    return result


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
    clean[:, :FIRST_TEST_WEEK] = False
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


def scores(past: monitor.Replay, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return raw low and high scores of other counts held against the same expectations."""
    begin = past.first_week
    gap = monitor.gap_scores(counts[:, begin * BINS_A_WEEK:], past.mu[:, begin * BINS_A_WEEK:],
                             past.dispersion[begin:], past.tails[begin:], past.level[begin:])
    windows = monitor.window_scores(counts[:, begin * BINS_A_WEEK:], past.mu[:, begin * BINS_A_WEEK:],
                                    past.dispersion[begin:])
    low = np.full(counts.shape, -9.0)
    low[:, begin * BINS_A_WEEK:] = gap
    hourly = low[:, begin * BINS_A_WEEK:][:, 3::4]
    low[:, begin * BINS_A_WEEK:][:, 3::4] = np.maximum(hourly, windows[0] - monitor.WINDOW_LOOKS)
    high = np.full((len(counts), counts.shape[1] // 4), -9.0)
    high[:, begin * HOURS_A_WEEK:] = windows[1]
    return low, high


def power(detected: np.ndarray, stakes: np.ndarray, edges: tuple[float, ...]) -> str:
    """Return the share detected, by calls at stake."""
    cells = []
    for low, high in itertools.pairwise(edges):
        inside = (stakes >= low) & (stakes < high)
        name = f"{low:g}-{high:g}" if math.isfinite(high) else f">{low:g}"
        share = f"{100 * detected[inside].mean():.1f} ({inside.sum()})" if inside.any() else "-"
        cells.append(f"{name}: {share}")
    return ", ".join(cells) + f"; all {100 * detected.mean():.1f} ({len(detected)})"


def measure(path: Path, per_thousand: float, seed: int) -> None:
    """Print the figures of one set."""
    counts, slot = load(path)
    began = time.perf_counter()
    past = monitor.replay(counts, slot)
    took = time.perf_counter() - began
    clean = clean_weeks(past)
    days = int(clean.sum()) * 7
    print(f"\n{path.name}: {len(counts)} accounts, {counts.sum():,.0f} calls, {days:,} clean account-days")
    print(f"  replay {took:.1f} s, {took / counts.sum() * 1e6:.0f} s a million calls")
    meaning = {side: meanings(raw, clean.shape[1], past.first_week)
               for side, raw in (("low", past.low), ("high", past.high))}
    low, high = calibrated(past.low, meaning["low"]), calibrated(past.high, meaning["high"])
    for name, score in (("low", low), ("high", high)):
        by_day = score.reshape(len(score), clean.shape[1], 7, -1).max(axis=3)[clean]
        told = ", ".join(f"{s:g}: {1000 * (by_day > s).mean():.2f} (nominal {1000 * 10**-s:.2f})"
                         for s in (1.5, 2, 2.5, 3))
        print(f"  account-days per 1,000 above a {name} score of {told}")
    at_low, at_high = threshold_for(low, clean, per_thousand), threshold_for(high, clean, per_thousand)
    print(f"  threshold for {per_thousand:g} false episodes per 1,000 account-days: "
          f"low {at_low:.2f}, high {at_high:.2f}")
    rng = np.random.default_rng(seed)
    weeks = list(range(FIRST_TEST_WEEK, clean.shape[1]))
    kinds = {"silence": SILENCES, "thinned": THINNINGS, "rush": RUSHES}
    for kind, lengths in kinds.items():
        detected, stakes, missed, limit = [], [], [], []
        for hours in lengths:
            # every other week, so that one fault is not detected by the windows that still hold the last
            for turn in (weeks[::2], weeks[1::2]):
                changed, row, begin, stake = inject(past, kind, hours, turn, rng)
                raw_low, raw_high = scores(past, changed)
                rush = kind == "rush"
                score = calibrated(raw_high if rush else raw_low, meaning["high" if rush else "low"])
                width, threshold = (1, at_high) if rush else (4, at_low)
                kept = clean[row, begin // BINS_A_WEEK]
                for a, b, s, good in zip(row, begin, stake, kept, strict=True):
                    if not good:
                        continue
                    first = b * width // 4
                    loud = score[a, first: first + (hours + 1) * width] > threshold
                    detected.append(bool(loud.any()))
                    stakes.append(s)
                    if kind == "silence":
                        week = b // BINS_A_WEEK * BINS_A_WEEK
                        day = past.usual[a, week: week + BINS_A_WEEK].sum() / 7
                        needed = math.log((1 + day) * 1000 / per_thousand)
                        limit.append(math.exp(-max(0.0, needed - s)))
                        if loud.any() and s >= 12:
                            missed.append(past.usual[a, b: b + int(np.argmax(loud)) + 1].sum() - needed)
        edges = EXTRA if kind == "rush" else LOST
        print(f"  {kind}, % detected by calls {'added' if kind == 'rush' else 'lost'}: "
              + power(np.array(detected), np.array(stakes), edges))
        if kind == "silence":
            limits = np.array(limit)
            print(f"    limit of any test with rates known: {power(limits, np.array(stakes), edges)}")
            print(f"    share of the limit {100 * np.mean(detected) / limits.mean():.0f} %; calls missed at "
                  f"the alarm beyond the limit's, median {np.median(missed):+.1f}")


def main() -> None:
    """Measure every set of the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--arrivals", type=Path, required=True)
    parser.add_argument("--per-thousand", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    for path in sorted(chosen.arrivals.glob("*.csv*")):
        measure(path, chosen.per_thousand, chosen.seed)


if __name__ == "__main__":
    main()
