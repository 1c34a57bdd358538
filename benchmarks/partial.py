"""Measure whether a loss of part of an account's calls could be told by their number: why the audit has no such screen.

    python benchmarks/partial.py [--worlds 12] [--first 850000] [--false 0.3]

A forwarding that works half the time, a trunk group of two that is down: a share of an account's calls is gone, none of
its numbers is silent. In simulated services on which nothing is wrong, each account's calls of a day and of three days are
thinned by a share, and the chance of so few is worked out as the audit's own rhythm has it. The window tested is the very
one that lost its calls, and only two lengths are looked at, so that no screen can do better by volume. What counts as an
alarm is taken from the same windows unthinned, at so many false alarms per 1,000 account-days.
"""

from __future__ import annotations

import argparse
import itertools
from collections import defaultdict

import numpy as np
import pandas as pd
from audit_recall import DAYS, build

from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.profile import Profile
from calltrace.normal.intervals import DAY, HOUR, to_us

HOURS = (24, 72)

SHARES = (0.3, 0.5, 0.7)

STEP = 6
"""Hours from the beginning of one window to that of the next."""

LEAST = 8.0
"""Calls to be expected of a window."""

LOST = (5.0, 10.0, 20.0, 40.0, 80.0, np.inf)
"""Edges of the classes of expected calls lost."""


def windows(seed: int) -> tuple[pd.DataFrame, float]:
    """Return the last ten days' windows of a clean service, and its account-days.

    One row a window: ``account, hours, day, expected`` and −log10 of the chance of so few calls where none, ``0.3``, … of
    them are lost.
    """
    rng = np.random.default_rng(seed)
    world = build(seed, "clean")
    end = pd.Timestamp(world.end, unit="s", tz="UTC").as_unit("us")
    ground = Ground(world.case(), end - pd.Timedelta(days=DAYS), end, Profile())
    # what empties a day and is no trouble: an office that is closed, a holiday
    closed = [(t["account"], *(to_us(pd.Timestamp(t[edge]).tz_convert("UTC")) for edge in ("start", "end")))
              for t in world.faults]
    frames = []
    for places, series in ground.baseline.all("account", ground.names_in_order).silences(to_us(ground.start), to_us(end)):
        for hours in HOURS:
            begins = np.arange(to_us(ground.start), to_us(end) - hours * HOUR + 1, STEP * HOUR)
            row, start = np.repeat(np.arange(len(places)), len(begins)), np.tile(begins, len(places))
            expected = series.between(row, start, start + hours * HOUR, platform=True)
            enough = expected >= LEAST
            for who, begun, over in closed:
                its = np.array([who in {None, ground.names_in_order[k]} for k in places.tolist()])
                enough &= ~(its[row] & (start < over) & (begun < start + hours * HOUR))
            row, start, expected = row[enough], start[enough], expected[enough]
            finish = start + hours * HOUR
            seen = series.counts(row, start, finish)
            frames.append(pd.DataFrame({
                "account": [f"{seed}/{places[k]}" for k in row.tolist()], "hours": hours, "day": start // DAY,
                "expected": expected,
                **{str(share): -series.log_tail(row, start, finish, rng.binomial(seen, 1.0 - share), expected, side="low")
                   for share in (0.0, *SHARES)}}))
    return pd.concat(frames, ignore_index=True), float(DAYS * len(ground.names_in_order))


def main() -> None:
    """Measure, and print as a table in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=12)
    parser.add_argument("--first", type=int, default=850_000, help="first seed")
    parser.add_argument("--false", type=float, default=0.3, help="false alarms per 1,000 account-days")
    chosen = parser.parse_args()
    found = [windows(chosen.first + k) for k in range(chosen.worlds)]
    days, table = sum(d for _, d in found), pd.concat([t for t, _ in found], ignore_index=True)
    loudest = np.sort(table.groupby(["account", "day"])["0.0"].max().to_numpy())[::-1]
    limit = loudest[int(chosen.false * days / 1000)]
    print(f"{days:,.0f} account-days, {len(table):,} windows; an alarm from a score of {limit:.2f}")
    classes = [f"{low:.0f} to {high:.0f}" for low, high in itertools.pairwise(LOST)]
    print(f"| hours | share lost | {' | '.join(f'{c} calls lost' for c in classes)} |")
    print(f"| --- | --- |{' --- |' * len(classes)}")
    told: dict[tuple[int, float], list[str]] = defaultdict(list)
    for (hours, some), share in itertools.product(table.groupby("hours"), SHARES):
        alarm, lost = some[str(share)].to_numpy() > limit, some["expected"].to_numpy() * share
        for low, high in itertools.pairwise(LOST):
            inside = (lost >= low) & (lost < high)
            told[int(str(hours)), share].append(f"{alarm[inside].mean():.0%} of {inside.sum()}" if inside.sum() >= 20 else "–")
    for (hours, share), cells in told.items():
        print(f"| {hours} | {share:.0%} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
