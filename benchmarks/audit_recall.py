"""Measure what the audit finds of simulated troubles, and what it finds where there are none.

    python benchmarks/audit_recall.py [--worlds 10] [--first 800000] [--few | --clean] [--without kpi,agents] [--fdr 0.1]
        [--jobs 1] [--verbose]

Every world is an answering service no weight was fitted on; its last ten days hold one trouble of nearly every cause,
with --few two or three troubles, with --clean none.
A trouble is found when a finding of its cause at its account (any account for one of many) overlaps it. A finding at an
account and time that no trouble touches is a false alarm; single messages that went astray are facts and not counted.
"""

from __future__ import annotations

import argparse
import itertools
import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import pandas as pd

from calltrace import simulate
from calltrace.diagnosis.audit import audit_case
from calltrace.diagnosis.audit.findings import Audit, Finding
from calltrace.diagnosis.audit.severity import DISPATCH
from calltrace.simulate.plan import ONE_ACCOUNT, PLATFORM_WIDE

DAYS = 10

FEW = 3
"""Troubles that a service with few of them is given; for some there may be no room."""

STATED = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.01)
"""Edges of the classes of stated confidence."""


@dataclass
class Tally:
    """What one world gave."""

    seed: int
    found: Counter[str] = field(default_factory=Counter)
    there: Counter[str] = field(default_factory=Counter)
    alarms: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    days: float = 0.0
    calls: int = 0
    seconds: float = 0.0
    sure: list[tuple[float, bool]] = field(default_factory=list)


def build(seed: int, kind: str) -> simulate.World:
    """Return the service of a seed with its ``full`` set of troubles, with a ``few`` of them, or ``clean`` of any."""
    if kind == "full":
        return simulate.world(seed)
    chosen = random.Random(seed).sample((*PLATFORM_WIDE, *ONE_ACCOUNT), FEW)
    return simulate.build(simulate.Spec(seed=seed, causes=tuple(chosen) if kind == "few" else (), many_questions=False))


def audited(
    seed: int, without: tuple[str, ...] = (), fdr: float = 0.1, *, kind: str = "full",
) -> tuple[simulate.World, Audit, list[tuple[Finding, bool, bool]], float]:
    """Audit the last ten days of one world.

    Returns
    -------
    (world, audit, findings, seconds)
        Each finding with whether it is right and whether any trouble touches it; those of single messages left out.
    """
    world = build(seed, kind)
    case = world.case().without(*without)
    end = pd.Timestamp(world.end, unit="s", tz="UTC").as_unit("us")
    began = time.perf_counter()
    audit = audit_case(case, start=end - pd.Timedelta(days=DAYS), end=end, fdr=fdr)
    took = time.perf_counter() - began
    judged = []
    for f in audit.findings:
        near = [t for t in world.faults if pd.Timestamp(t["start"]) < f.end and f.start < pd.Timestamp(t["end"])]
        if f.cause not in DISPATCH:
            touched = any(t["account"] in {None, f.account} or t["source"] == f.account for t in near)
            judged.append((f, any(same(f, t) for t in near), touched))
    return world, audit, judged, took


def measure(seed: int, without: tuple[str, ...] = (), fdr: float = 0.1, kind: str = "full") -> Tally:
    """Audit the last ten days of one world and hold the findings against its truth."""
    world, audit, judged, took = audited(seed, without, fdr, kind=kind)
    tally = Tally(seed, days=audit.account_days, calls=len(audit.case.calls), seconds=took)
    for fault in world.faults:
        cause, first, last = fault["cause"], pd.Timestamp(fault["start"]), pd.Timestamp(fault["end"])
        if cause.startswith("_") or not fault["scored"] or cause in DISPATCH:
            continue
        tally.there[cause] += 1
        near = [f for f in audit.findings if fault["account"] in (None, f.account) and f.start < last and first < f.end]
        hit = any(f.cause == cause for f in near)
        tally.found[cause] += hit
        if not hit:
            said = [f"{f.cause} {f.confidence:.2f}" for f in near if f.check != "dispatch"]
            whose = fault["account"] or fault["trunk"] or "all"
            tally.missed.append(f"{cause} at {whose} {first:%m-%d %H:%M} to {last:%m-%d %H:%M};"
                                f" said {', '.join(said) or 'nothing'}")
    for f, right, touched in judged:
        tally.sure.append((f.confidence, right))
        if not right:
            (tally.beside if touched else tally.alarms).append(
                f"{f.cause} {f.confidence:.2f} at {f.account or f.trunk_group or 'all'} {f.start:%m-%d %H:%M} to"
                f" {f.end:%m-%d %H:%M}, score {f.score:.1f}, {f.lost:.0f}+{f.harmed:.0f} calls")
    return tally


def same(f: Finding, trouble: dict[str, object]) -> bool:
    """Say whether a finding tells this trouble; another account's surge is that account's own, seen from the others."""
    if f.cause == trouble["cause"]:
        return trouble["account"] in {None, f.account}
    if f.cause == "own-surge":
        return trouble["source"] is not None and trouble["source"] == f.account
    surging = f.data.get("surging", [])
    return (f.cause == "other-account-surge" and trouble["cause"] == "own-surge" and isinstance(surging, list)
            and trouble["account"] in surging)


def calibration_error(sure: list[tuple[float, bool]]) -> float:
    """Return the expected calibration error: the mean gap between stated and right by class, weighted by findings."""
    classes = [[(c, ok) for c, ok in sure if low <= c < high] for low, high in itertools.pairwise(STATED)]
    return sum(abs(sum(c - ok for c, ok in inside)) for inside in classes) / max(1, len(sure))


def reliability(sure: list[tuple[float, bool]]) -> str:
    """Return how often findings of each stated confidence were right, as a table in Markdown."""
    lines = ["| stated | findings | mean stated | right |", "| --- | --- | --- | --- |"]
    for low, high in itertools.pairwise(STATED):
        inside = [(c, ok) for c, ok in sure if low <= c < high]
        if inside:
            many = len(inside)
            lines.append(f"| {low:.2f} to {min(high, 1.0):.2f} | {many} | {sum(c for c, _ in inside) / many:.3f} |"
                         f" {sum(ok for _, ok in inside) / many:.3f} |")
    return "\n".join(lines)


def _one(job: tuple[int, tuple[str, ...], float, str]) -> Tally:
    return measure(*job)


def main() -> None:
    """Measure, and print by cause."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=10)
    parser.add_argument("--first", type=int, default=800_000, help="first seed; no fit has seen those from 500,000 on")
    parser.add_argument("--without", default="", help="tables to take away: kpi,agents,…")
    parser.add_argument("--fdr", type=float, default=0.1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--few", dest="kind", action="store_const", const="few", default="full",
                        help="worlds with two or three troubles each")
    parser.add_argument("--clean", dest="kind", action="store_const", const="clean",
                        help="worlds without any trouble: every finding is false")
    parser.add_argument("--verbose", action="store_true", help="every miss and every false alarm")
    chosen = parser.parse_args()
    gone = tuple(t for t in chosen.without.split(",") if t)
    jobs = [(chosen.first + i, gone, chosen.fdr, chosen.kind) for i in range(chosen.worlds)]
    tallies: list[Tally] = []
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for tally in pool.map(_one, jobs) if chosen.jobs > 1 else map(_one, jobs):
            tallies.append(tally)
            print(f"world {tally.seed}: {sum(tally.found.values())} of {sum(tally.there.values())} found,"
                  f" {len(tally.alarms)} false, {tally.calls:,} calls in {tally.seconds:.1f} s", flush=True)
            if chosen.verbose:
                for line in tally.missed:
                    print("  missed", line)
                for line in tally.beside:
                    print("  beside", line)
                for line in tally.alarms:
                    print("  false ", line)
    found = sum((t.found for t in tallies), Counter())
    there = sum((t.there for t in tallies), Counter())
    for cause in sorted(there):
        print(f"  {cause:28} {found[cause]}/{there[cause]}")
    alarms, days = sum(len(t.alarms) for t in tallies), sum(t.days for t in tallies)
    sure = [s for t in tallies for s in t.sure]
    kinds = Counter(a.split()[0] for t in tallies for a in t.alarms)
    print(f"recall {sum(found.values())}/{sum(there.values())} = {sum(found.values()) / max(1, sum(there.values())):.3f};"
          f" false alarms {alarms} in {days:,.0f} account-days = {1000 * alarms / max(days, 1e-9):.2f} per 1,000 {dict(kinds)}")
    if sure:
        print(f"findings {len(sure)}: mean confidence {sum(c for c, _ in sure) / len(sure):.3f},"
              f" right {sum(ok for _, ok in sure) / len(sure):.3f}; expected calibration error {calibration_error(sure):.3f}")
        print(reliability(sure))


if __name__ == "__main__":
    main()
