"""Measure what `calltrace daily` tells of simulated troubles, morning by morning, and what where nothing is wrong.

    python benchmarks/daily_recall.py [--worlds 10] [--first 830000] [--few | --clean] [--days 14] [--without kpi,agents]
        [--jobs 1] [--verbose]

Every world is an answering service of six weeks; its last ten days hold one trouble of nearly every cause, with --few
two or three troubles, with --clean none. The last fourteen days are audited one by one, each at 06:30 of the next
morning and with no record of later than that; every morning is held against what the mornings before have told, as
`calltrace daily` does. Nobody acknowledges anything.

A trouble is told on a morning when a finding at its account (of many, for one of many) overlaps it, and rightly when the
finding has its cause, or leaves the cause open and names it among the first three. A finding that touches no trouble is a
false one (a limit that was too low from the beginning is there on all mornings, though asked about in the last days alone);
single messages that went astray are facts and not counted. A trouble flaps when it was said to have ended while it lasted,
and told as new afterwards. Bills are asked of five days and more, so that their drifts are listed and not counted.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from audit_recall import build, calibration_error, reliability, same

from calltrace import simulate
from calltrace.desk.acks import Memory
from calltrace.desk.daily import Daily, daily_case
from calltrace.desk.troubles import Stand
from calltrace.diagnosis.audit.findings import Finding
from calltrace.diagnosis.audit.severity import DISPATCH
from calltrace.simulate.demand import expected
from calltrace.simulate.plan import Fault
from calltrace.tables import times

MORNING = pd.Timedelta(hours=6, minutes=30)

LINES = frozenset({
    "lines-not-forwarded", "some-lines-not-forwarded", "lines-forwarded-late", "lines-released-early", "number-down"})
"""Silences of a client's lines: what they cost decides whether anything can be told from chance."""

COSTS = (0.0, 8.0, 12.0, 20.0, 1e9)
"""Edges of the classes of calls lost."""

BILLS = frozenset({"more-calls", "longer-calls", "more-delivery-attempts"})
"""Drifts over days, which no audit of one day is asked about."""

SHARED = frozenset({"carrier-outage", "platform-outage", "planned-shutdown", "records-missing"})
"""Troubles of many by which an account falls silent."""

FIRST_CAUSES = 3
"""Of a finding whose cause is not settled, so many are named in the report."""


@dataclass
class Trouble:
    """One trouble that was put in, and what the mornings said of it."""

    cause: str
    whose: str
    start: pd.Timestamp
    end: pd.Timestamp
    first_day: date
    told: list[tuple[date, Finding, Stand, bool]] = field(default_factory=list)
    flapped: bool = False
    ended_early: bool = False
    cost: tuple[float, float] | None = None
    """Of a silence of a client's lines, the calls usual in what its first day has of it, and in all of it."""
    ends: int = 0

    def by(self, mornings: int) -> bool:
        """Say whether it was told by so many mornings after its first day."""
        return any(day < self.first_day + timedelta(days=mornings) for day, *_ in self.told)

    @property
    def news(self) -> int:
        """On how many mornings its cause was told as new: one, if each held it against the morning before."""
        return len({day for day, f, s, _ in self.told if s.state == "new" and f.cause == self.cause})

    @property
    def named(self) -> bool:
        """Whether any morning had its cause, or left it open with its cause among those named."""
        return any(right for *_, right in self.told)

    @property
    def last_right(self) -> bool:
        """Whether the last morning that told it had its cause, or left it open."""
        return bool(self.told) and any(right for day, *_, right in self.told if day == self.told[-1][0])


@dataclass
class Tally:
    """What one world's mornings gave."""

    seed: int
    troubles: list[Trouble] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    new_alarms: int = 0
    beside: int = 0
    mornings: int = 0
    findings: int = 0
    quiet: int = 0
    account_days: float = 0.0
    dark: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    twice_ended: int = 0
    sure: list[tuple[float, bool]] = field(default_factory=list)
    """Of each finding told, the stated confidence and whether its cause was right."""
    lost: list[tuple[float, bool]] = field(default_factory=list)
    """Of each silence told, how sure it was said to be that calls were lost, and whether its account had any trouble then."""
    seconds: float = 0.0


def mornings(world: simulate.World, days: int, without: tuple[str, ...] = ()) -> list[Daily]:
    """Make the mornings of the last days of a world, one after the other, as `calltrace daily` would have."""
    case = world.case().without(*without)
    end = pd.Timestamp(world.end, unit="s", tz="UTC").as_unit("us")
    last = times.local(end - pd.Timedelta(hours=1), world.zone).date()
    made = []
    with tempfile.TemporaryDirectory() as folder:
        memory = Memory(Path(folder) / "mornings.sqlite")
        for back in range(days - 1, -1, -1):
            day = last - timedelta(days=back)
            midnight = pd.Timestamp(day + timedelta(days=1)).tz_localize(world.zone).tz_convert("UTC").as_unit("us")
            one = daily_case(case, memory, day=day.isoformat(), now=min(midnight + MORNING, end))
            memory.keep(one.morning)
            made.append(one)
    return made


def measure(seed: int, kind: str = "full", days: int = 14, without: tuple[str, ...] = ()) -> Tally:
    """Make one world's mornings and hold them against its truth."""
    world = build(seed, kind)
    began = time.perf_counter()
    made = mornings(world, days, without)
    tally = Tally(seed, mornings=len(made), seconds=time.perf_counter() - began)
    labels = [(f, *_shown(world, fault)) for f, fault in zip(world.faults, world.plan.faults, strict=True)]
    counted = [x for x in labels if _counts(x[0])]
    there = [(f, min(start, _begun(world, p)), end) for (f, start, end), p in zip(labels, world.plan.faults, strict=True)]
    tally.troubles = [
        Trouble(f["cause"], f["account"] or f["trunk"] or "all", start, end, times.local(start, world.zone).date())
        for f, start, end in counted]
    for trouble, fault in zip(tally.troubles, (p for p, (f, _, _) in zip(world.plan.faults, labels, strict=True)
                                               if _counts(f)), strict=True):
        trouble.cost = _cost(world, fault, trouble.first_day) if fault.cause in LINES else None
    for one in made:
        told = _told(one)
        tally.account_days += one.audit.account_days
        tally.findings += len(told)
        tally.quiet += not told
        tally.dark += [f"{one.day}: {why}" for why in one.dark]
        tally.states.update(stand.state for _, stand in told)
        for finding, stand in told:
            near = [f for f, start, end in there if _meets(finding, start, end)]
            tally.sure.append((finding.confidence, any(same(finding, f) for f in near)))
            if finding.real is not None:
                tally.lost.append((finding.real, any(_silences(f, finding) for f in near)))
            if not any(f["account"] in {None, finding.account} or f["source"] == finding.account for f in near):
                tally.new_alarms += stand.state == "new"
                tally.alarms.append(f"{one.day} {_said(finding, stand)}")
            elif not any(_right(finding, f) for f in near):
                tally.beside += 1
        for trouble, (label, start, end) in zip(tally.troubles, counted, strict=True):
            trouble.told += [
                (one.day, finding, stand, _right(finding, label)) for finding, stand in told
                if _meets(finding, start, end) and _about(finding, label)]
    ended = Counter(t.chain for one in made for t in one.morning.news)
    tally.twice_ended = sum(n > 1 for n in ended.values())
    for trouble in tally.troubles:
        _followed(trouble, made)
    return tally


def _counts(label: dict[str, Any]) -> bool:
    """Say whether a trouble is one that an audit could tell: the records bear its mark, and it is of calls."""
    return bool(label["scored"]) and not label["cause"].startswith("_") and label["cause"] not in DISPATCH


def _cost(world: simulate.World, fault: Fault, first_day: date) -> tuple[float, float]:
    """Return the calls usual in what a silence has of its first day, and in all of it."""
    client = next(c for c in world.clients if c.account == fault.account)
    begun = times.local(pd.Timestamp(world.begin, unit="s", tz="UTC"), world.zone).date()
    days = round((world.end - world.begin) / 86_400)
    share = sum(s for n, s in zip(client.numbers, client.shares.tolist(), strict=True) if n in (fault.numbers or client.numbers))
    midnight = pd.Timestamp(first_day + timedelta(days=1)).tz_localize(world.zone).timestamp()
    start, end = fault.window
    covered = [(max(a, start), min(b, end)) for a, b in client.coverage.spans(begun - timedelta(days=1), days + 2, client.zone)
               if a < end and start < b]
    first = [(a, min(b, midnight)) for a, b in covered if a < midnight]
    return expected(client, first, begun, days, share=share), expected(client, covered, begun, days, share=share)


def _shown(world: simulate.World, fault: Fault) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return from when to when the records can show a trouble.

    Lines are forwarded minutes before they have to be; a limit shows when it first refuses a call, lines left forwarded
    from the first time the office is open.
    """
    start, end = fault.window
    if fault.cause == "path-limit":
        refused = [c.t for c in world.record.calls if c.outcome == "busy" and start <= c.t < end
                   and world.clients[c.account].account == fault.account]
        start = min(refused, default=start)
    elif gaps := fault.extra.get("gaps"):
        start, end = gaps[0][0], gaps[-1][1]
    return pd.Timestamp(start, unit="s", tz="UTC"), pd.Timestamp(end, unit="s", tz="UTC")


def _begun(world: simulate.World, fault: Fault) -> pd.Timestamp:
    """Return when a trouble began: a limit may have been too low before the last days, which alone are asked about."""
    limits = world.plan.limits if fault.cause == "path-limit" else []
    since = [start for account, start, _, _ in limits if account == fault.account]
    return pd.Timestamp(min([fault.window[0], *since]), unit="s", tz="UTC")


def _told(one: Daily) -> list[tuple[Finding, Stand]]:
    """Return the findings of a morning with their stands, those of single messages and of the records left out."""
    pairs = zip(one.audit.findings, one.morning.stands, strict=True)
    return [(f, s) for f, s in pairs if f.cause not in DISPATCH and f.check not in {"feed", "dispatch"}]


def _meets(finding: Finding, start: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Say whether a finding, all of a silence of which the day has a part, has any time in common with a trouble."""
    begun, over = finding.counted
    return bool(start < max(over, finding.end) and min(begun, finding.start) < end)


def _right(finding: Finding, label: dict[str, Any]) -> bool:
    """Say whether a finding has a trouble's cause, or leaves it open with that among those it names."""
    if same(finding, label):
        return True
    if finding.wording != "inconclusive" or finding.diagnosis is None:
        return False
    if label["account"] not in {None, finding.account}:
        return False
    return label["cause"] in [r.cause for r in finding.diagnosis.ranked[:FIRST_CAUSES]]


def _silences(label: dict[str, Any], finding: Finding) -> bool:
    """Say whether a trouble may have silenced a finding's account: its own, or one by which all fall silent."""
    if label["account"] is None:
        return label["cause"] in SHARED
    return bool(label["account"] == finding.account) and not label["cause"].startswith("_")


def _about(finding: Finding, label: dict[str, Any]) -> bool:
    """Say whether a finding is about whose trouble it is: a trouble of many is told by one of many, or by its cause."""
    if label["account"] is None:
        return finding.account is None or _right(finding, label)
    of_range = "range" in finding.data and label["account"] in {h.account for h in finding.also_affected}
    return label["account"] == finding.account or of_range


def _followed(trouble: Trouble, made: list[Daily]) -> None:
    """See whether a trouble was said to have ended while it lasted and told as new later, and how often it was ended."""
    chains = {stand.trouble.chain for _, _, stand, _ in trouble.told}
    broken = False
    for one in made:
        gone = {t.chain for t in one.morning.ended} & chains
        trouble.ends += len({t.chain for t in one.morning.news} & chains)
        if gone and one.end < trouble.end:
            broken = True
            trouble.ended_early |= any(t.chain in gone for t in one.morning.news)
        if broken and any(day == one.day and stand.state == "new" for day, _, stand, _ in trouble.told):
            trouble.flapped = True


def _said(f: Finding, stand: Stand) -> str:
    goes_on = ", going on" if f.ongoing else ""
    return (f"{stand.state} {f.cause} {f.confidence:.2f} {f.wording} at {f.account or f.trunk_group or 'all'}"
            f" {f.start:%m-%d %H:%M} to {f.end:%m-%d %H:%M}{goes_on}, score {f.score:.1f}, chance {f.chance:.2f},"
            f" {f.lost:.0f}+{f.harmed:.0f} calls")


def _missed(t: Trouble) -> str:
    said = "; ".join(f"{day:%m-%d} {f.cause} {f.confidence:.2f} {f.wording} {s.state}" for day, f, s, _ in t.told)
    return f"{t.cause} at {t.whose} {t.start:%m-%d %H:%M} to {t.end:%m-%d %H:%M}; said {said or 'nothing'}"


def _share(some: list[bool]) -> str:
    return f"{sum(some)}/{len(some)} = {sum(some) / max(1, len(some)):.3f}"


def _one(job: tuple[int, str, int, tuple[str, ...]]) -> Tally:
    return measure(*job)


def main() -> None:
    """Measure, and print by cause."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=10)
    parser.add_argument("--first", type=int, default=830_000, help="first seed; no fit has seen those from 500,000 on")
    parser.add_argument("--days", type=int, default=14, help="mornings of each world")
    parser.add_argument("--without", default="", help="tables to take away: kpi,agents,…")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--few", dest="kind", action="store_const", const="few", default="full",
                        help="worlds with two or three troubles each")
    parser.add_argument("--clean", dest="kind", action="store_const", const="clean",
                        help="worlds without any trouble: every finding is false")
    parser.add_argument("--verbose", action="store_true", help="every miss and every false finding")
    chosen = parser.parse_args()
    gone = tuple(t for t in chosen.without.split(",") if t)
    jobs = [(chosen.first + i, chosen.kind, chosen.days, gone) for i in range(chosen.worlds)]
    tallies: list[Tally] = []
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for tally in pool.map(_one, jobs) if chosen.jobs > 1 else map(_one, jobs):
            tallies.append(tally)
            asked = [t for t in tally.troubles if t.cause not in BILLS]
            print(f"world {tally.seed}: {sum(bool(t.told) for t in asked)} of {len(asked)} told,"
                  f" {len(tally.alarms)} false, {tally.mornings} mornings in {tally.seconds:.1f} s", flush=True)
            if chosen.verbose:
                for t in asked:
                    word = "missed" if not t.told else "unnamed" if not t.last_right else "late" if not t.by(1) else "flapped"
                    if word != "flapped" or t.flapped:
                        print(f"  {word:7}", _missed(t))
                for line in tally.alarms:
                    print("  false  ", line)
                for line in tally.dark:
                    print("  dark   ", line)
    report(tallies)


def report(tallies: list[Tally]) -> None:
    """Print what all worlds together gave."""
    every = [t for tally in tallies for t in tally.troubles]
    asked = [t for t in every if t.cause not in BILLS]
    print(f"  {'cause':28} {'troubles':>8} {'1st':>5} {'2nd':>5} {'ever':>5} {'named':>5} {'flap':>5}")
    for cause in sorted({t.cause for t in every}):
        some = [t for t in every if t.cause == cause]
        print(f"  {cause:28} {len(some):8} {sum(t.by(1) for t in some):5} {sum(t.by(2) for t in some):5}"
              f" {sum(bool(t.told) for t in some):5} {sum(t.last_right for t in some):5} {sum(t.flapped for t in some):5}")
    print(f"told by the morning after their first day {_share([t.by(1) for t in asked])};"
          f" by the second {_share([t.by(2) for t in asked])}; ever {_share([bool(t.told) for t in asked])}")
    print(f"named rightly or left open on the last morning that told them {_share([t.last_right for t in asked])};"
          f" ever {_share([t.named for t in asked])}; said to have ended while they lasted"
          f" {sum(t.ended_early for t in asked)}, flapping {sum(t.flapped for t in asked)}, new on two mornings"
          f" {sum(t.news > 1 for t in asked)};"
          f" ended more than once {sum(t.twice_ended for t in tallies)}")
    lines = [t for t in every if t.cost is not None]
    for low, high in itertools.pairwise(COSTS):
        first = [t.by(1) for t in lines if t.cost and low <= t.cost[0] < high]
        ever = [bool(t.told) for t in lines if t.cost and low <= t.cost[1] < high]
        upto = f"to {high:.0f}" if high < COSTS[-1] else "and more"
        print(f"silent lines that cost {low:.0f} {upto} calls: on their first day {_share(first)} told the next morning;"
              f" in all {_share(ever)} ever")
    alarms, days = sum(len(t.alarms) for t in tallies), sum(t.account_days for t in tallies)
    kinds = Counter(a.split()[2] for t in tallies for a in t.alarms)
    print(f"false findings {alarms} ({sum(t.new_alarms for t in tallies)} of them new) in {days:,.0f} account-days ="
          f" {1000 * alarms / max(days, 1e-9):.2f} per 1,000 {dict(kinds)}; beside a trouble {sum(t.beside for t in tallies)}")
    many, found = sum(t.mornings for t in tallies), sum(t.findings for t in tallies)
    print(f"findings a morning {found / max(1, many):.2f}; mornings without any {sum(t.quiet for t in tallies)} of {many};"
          f" in the dark {sum(len(t.dark) for t in tallies)}; {dict(sum((t.states for t in tallies), Counter()))};"
          f" {sum(t.seconds for t in tallies) / max(1, many):.2f} s a morning")
    for said, pairs in (("the cause", [s for t in tallies for s in t.sure]),
                        ("that calls were lost at all, of silences", [s for t in tallies for s in t.lost])):
        if pairs:
            print(f"how sure {said}: stated {sum(c for c, _ in pairs) / len(pairs):.3f}, right"
                  f" {sum(ok for _, ok in pairs) / len(pairs):.3f} of {len(pairs)}, calibration error"
                  f" {calibration_error(pairs):.3f}")
            print(reliability(pairs))


if __name__ == "__main__":
    main()
