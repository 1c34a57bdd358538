"""Fit the diagnosis on simulated services, and measure it on others.

    python tools/calibrate.py fit  --worlds 240     # writes src/calltrace/diagnosis/weights.json and the page
    python tools/calibrate.py test --worlds 60      # measures the committed weights on seeds no fit has seen
    python tools/calibrate.py add --causes NAME …   # fits new causes alone, the others' weights as they are

Every service is simulated once; its questions are asked of all its tables, of calls and accounts alone, of a random
part of them, and of two weeks of that part, so that the weights know what a missing table and a short log are worth.
Seeds below 500,000 are for fitting (every fifth is held out for the temperatures), those above for the test.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calltrace.tables.case import Case

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = ROOT / "src" / "calltrace" / "diagnosis" / "weights.json"
PAGE = ROOT / "docs" / "explanation" / "calibration.md"
PICTURE = ROOT / "docs" / "explanation" / "reliability.svg"

FIT_SEED = 100_000
TEST_SEED = 500_000
HELD_OUT = 5
ASKED_EVERY = 12
"""One service in so many has a trouble that is never drawn (:data:`calltrace.simulate.plan.ASKED_FOR`)."""
SIDE = ("kpi", "agents", "events", "line_tests", "messages", "dispatch", "oncall")
WITH = {"all tables": (), "calls and accounts alone": SIDE}
SOME = "some tables"
SHORT = "some tables, two weeks"


def collect(seed: int, cause: str = "") -> list[dict[str, object]]:
    """Simulate one service and return the evidence of each of its questions, with all, some and no side tables.

    The service is one that shows ``cause``, where one is named.
    """
    import pandas as pd

    from calltrace import simulate
    from calltrace.diagnosis import complaints
    from calltrace.diagnosis.diagnose import ask, gather
    from calltrace.diagnosis.profile import Profile
    from calltrace.diagnosis.scene import Scene
    from calltrace.diagnosis.weigh import lacking, strongest
    from calltrace.errors import InputError
    from calltrace.simulate.plan import ASKED_FOR

    # what is never drawn is asked for now and then
    never = (ASKED_FOR[seed // ASKED_EVERY % len(ASKED_FOR)],) if seed % ASKED_EVERY == 0 else None
    world = simulate.scenario(cause, seed) if cause else simulate.world(seed, faults=never)
    chance = random.Random(seed)
    some = tuple(t for t in SIDE if chance.random() < 0.4) + (("accounts",) if chance.random() < 0.4 else ())
    less = tuple(t for t in SIDE if chance.random() < 0.5) + (("accounts",) if chance.random() < 0.5 else ())
    whole = world.case()
    cases = {kind: whole.without(*gone) for kind, gone in WITH.items()}
    cases[SOME] = whole.without(*some)
    cases[SHORT] = _since(whole.without(*less), chance.uniform(11, 20))
    if chance.random() < 0.3:  # many a switch does not log holds
        cases[SHORT].calls["hold_s"] = pd.Series(pd.NA, index=cases[SHORT].calls.index, dtype="Float64")
    found: list[dict[str, object]] = []
    for kind, case in cases.items():
        for asked in world.questions:
            truth = world.answers[asked["id"]]["cause"]
            if truth is None or not complaints.get(asked["complaint"]).names_cause:
                continue
            if kind not in WITH and chance.random() < 0.4:
                continue
            try:
                question = ask(case, account=asked["account"], complaint=asked["complaint"], start=asked["from"],
                               end=asked["to"], caller=asked.get("caller", ""), claim=asked.get("claim", ""))
            except InputError:
                continue  # the short history holds no call of the account, or none before the window
            pieces = strongest(gather(Scene(case, question, Profile())))
            found.append({
                "id": asked["id"], "seed": seed, "tables": kind, "complaint": asked["complaint"], "truth": truth,
                "whole": not lacking(pieces),
                "evidence": {f: [e.outcome.value, round(e.strength, 4)] for f, e in pieces.items()}})
    return found


def _since(case: Case, days: float) -> Case:
    """Return the case as a log kept for only so many days would be."""
    import pandas as pd

    first = case.calls["offered_at"].iloc[-1] - pd.Timedelta(days=days)
    times = {"calls": "offered_at", "kpi": "interval_start", "agents": "at", "line_tests": "tested_at",
             "messages": "taken_at", "dispatch": "attempted_at"}
    tables = {n: f[f[times[n]] >= first].reset_index(drop=True) if n in times else f for n, f in case.tables.items()}
    return replace(case, tables=tables, cache={})


def gather_all(first: int, worlds: int, jobs: int, cause: str = "") -> list[dict[str, object]]:
    """Collect the evidence of many services, the progress on standard error."""
    rows: list[dict[str, object]] = []
    began = time.time()
    with ProcessPoolExecutor(jobs) as pool:
        for n, made in enumerate(pool.map(collect, range(first, first + worlds), [cause] * worlds), 1):
            rows += made
            if sys.stderr.isatty() or n % 20 == 0:
                print(f"{n}/{worlds} services, {len(rows)} questions, {time.time() - began:.0f} s", file=sys.stderr)
    return rows


def judge(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Weigh each row's evidence with the committed weights; return verdict, confidence and whether it is right."""
    from calltrace.diagnosis import causes
    from calltrace.diagnosis.evidence import Evidence, Outcome
    from calltrace.diagnosis.weigh import weigh

    judged = []
    for row in rows:
        gone = () if row["whole"] else ("kpi",)  # any table will do: what matters is that one was missing
        evidence = [
            Evidence(f, Outcome(o), "", strength=s, missing=gone if o == "not-run" else ())
            for f, (o, s) in row["evidence"].items()]  # type: ignore[attr-defined]
        top = weigh(str(row["complaint"]), evidence)[0]
        truth = str(row["truth"])
        judged.append({
            "tables": row["tables"], "complaint": row["complaint"], "truth": truth, "verdict": top.cause, "id": row["id"],
            "confidence": top.probability, "right": top.cause == truth,
            "party": truth in causes.NAMES and causes.get(truth).party == top.party})
    return judged


def page(judged: list[dict[str, object]], worlds: int) -> str:
    """Return the page of docs: figures, reliability, confusion, by cause."""
    from calltrace.diagnosis.fit import calibration_error, reliability

    lines = [
        "# How sure it is", "",
        "<!-- Written by tools/calibrate.py; run `make calibrate` to fit and measure anew. -->", "",
        "A confidence of 0.9 should mean: of the verdicts given with 0.9, nine in ten are right. The weights of the signs",
        "are fitted on simulated answering services with known troubles; this page measures them on",
        f"{worlds} services the fit has not seen (`python tools/calibrate.py test`).", "",
        "| tables at hand | questions | cause right | party right | calibration error |", "|---|---:|---:|---:|---:|"]
    kinds = list(dict.fromkeys(str(j["tables"]) for j in judged))
    for kind in kinds:
        mine = [j for j in judged if j["tables"] == kind]
        pairs = [(float(j["confidence"]), bool(j["right"])) for j in mine]  # type: ignore[arg-type]
        lines.append(
            f"| {kind} | {len(mine)} | {sum(ok for _, ok in pairs) / len(mine):.1%} |"
            f" {sum(bool(j['party']) for j in mine) / len(mine):.1%} | {calibration_error(pairs):.3f} |")
    lines += ["", "Calibration error is the mean gap, over ten bins of confidence, between the mean confidence and the share",
              "right, weighted by verdicts.", "", "![Reliability diagram](reliability.svg)", "",
              "| tables at hand | confidence | verdicts | mean confidence | share right |", "|---|---|---:|---:|---:|"]
    for kind in kinds:
        pairs = [(float(j["confidence"]), bool(j["right"])) for j in judged if j["tables"] == kind]  # type: ignore[arg-type]
        for mean, right, count in reliability(pairs):
            low = min(9, int(mean * 10)) / 10
            lines.append(f"| {kind} | {low:.1f} to {low + 0.1:.1f} | {count} | {mean:.2f} | {right:.2f} |")
    whole = [j for j in judged if j["tables"] == "all tables"]
    bare = [j for j in judged if j["tables"] == "calls and accounts alone"]
    lines += ["", "## By cause", "",
              "| cause | questions | right, all tables | right, calls and accounts alone | taken for (all tables) |",
              "|---|---:|---:|---:|---|"]
    for cause in sorted({str(j["truth"]) for j in whole}):
        mine = [j for j in whole if j["truth"] == cause]
        thin = [j for j in bare if j["truth"] == cause]
        wrong = Counter(str(j["verdict"]) for j in mine if not j["right"])
        taken = ", ".join(f"{c} {n}" for c, n in wrong.most_common(3)) or "–"
        lines.append(f"| {cause} | {len(mine)} | {sum(bool(j['right']) for j in mine)} |"
                     f" {sum(bool(j['right']) for j in thin)} | {taken} |")
    return "\n".join([*lines, "", *confusion(whole)]) + "\n"


def confusion(judged: list[dict[str, object]]) -> list[str]:
    """Return the confusion matrices, one a complaint: rows are the truth, columns the verdict."""
    lines = ["## Confusion matrices (all tables)", "", "Rows are the truth, columns the verdict."]
    by: dict[str, list[dict[str, object]]] = defaultdict(list)
    for one in judged:
        by[str(one["complaint"])].append(one)
    for complaint in sorted(by):
        truths = sorted({str(j["truth"]) for j in by[complaint]})
        verdicts = sorted({str(j["verdict"]) for j in by[complaint]} | set(truths))
        counts = Counter((str(j["truth"]), str(j["verdict"])) for j in by[complaint])
        short = {v: str(i) for i, v in enumerate(verdicts, 1)}
        lines += ["", f"### {complaint}", "", "| truth | " + " | ".join(short[v] for v in verdicts) + " |",
                  "|---|" + "---:|" * len(verdicts)]
        for truth in verdicts:
            cells = [str(counts[truth, v]) if counts[truth, v] else "·" for v in verdicts]
            lines.append(f"| {short[truth]} {truth} | " + " | ".join(cells) + " |")
    return lines


def picture(judged: list[dict[str, object]]) -> None:
    """Draw the reliability diagram."""
    import altair as alt
    import pandas as pd

    from calltrace.diagnosis.fit import reliability

    rows = []
    for kind in dict.fromkeys(str(j["tables"]) for j in judged):
        pairs = [(float(j["confidence"]), bool(j["right"])) for j in judged if j["tables"] == kind]  # type: ignore[arg-type]
        rows += [{"tables": kind, "confidence": c, "share right": r, "verdicts": n} for c, r, n in reliability(pairs)]
    line = alt.Chart(pd.DataFrame({"confidence": [0.0, 1.0], "share right": [0.0, 1.0]})).mark_line(
        strokeDash=[4, 4], color="#888").encode(x="confidence:Q", y="share right:Q")
    dots = alt.Chart(pd.DataFrame(rows)).mark_circle(opacity=0.85).encode(
        x=alt.X("confidence:Q", scale=alt.Scale(domain=[0, 1])), y=alt.Y("share right:Q", scale=alt.Scale(domain=[0, 1])),
        size=alt.Size("verdicts:Q", scale=alt.Scale(range=[20, 500])), color="tables:N")
    (line + dots).properties(width=420, height=320, title="Of the verdicts given with this confidence, so many were right").save(
        PICTURE, format="svg")


def main() -> None:
    """Fit, or test."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["fit", "test", "page", "add"])
    parser.add_argument("--worlds", type=int, default=None)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=None, help="the first seed")
    parser.add_argument("--keep", type=Path, help="keep the evidence in this file, or read it from there if it exists")
    parser.add_argument("--wrong", action="store_true", help="list the wrong verdicts")
    parser.add_argument("--causes", nargs="+", default=[], help="what add fits")
    args = parser.parse_args()
    from calltrace.diagnosis.fit import Sample, fit, fit_only
    from calltrace.diagnosis.weigh import fitted

    fitting = args.what in {"fit", "add"}
    worlds = args.worlds or (240 if fitting else 60)
    first = args.seed if args.seed is not None else (FIT_SEED if fitting else TEST_SEED)
    if args.keep and args.keep.exists():
        rows = json.loads(args.keep.read_text())
    else:
        rows = gather_all(first, worlds, args.jobs)
        for cause in args.causes:
            rows += gather_all(first, worlds, args.jobs, cause)
        if args.keep:
            args.keep.write_text(json.dumps(rows))
    if fitting:
        samples = [Sample(str(r["complaint"]), {f: (o, s) for f, (o, s) in r["evidence"].items()}, str(r["truth"]),
                          str(r["seed"]), bool(r["whole"])) for r in rows]
        train = [s for s in samples if int(s.source) % HELD_OUT]
        held = [s for s in samples if not int(s.source) % HELD_OUT]
        weights = fit_only(samples, args.causes, fitted()) if args.what == "add" else fit(train, held)
        data = {"signs": weights.signs, "priors": weights.priors, "temperature": weights.temperature}
        WEIGHTS.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n")
        print(f"fitted on {len(train)} questions, temperatures on {len(held)}: {WEIGHTS.relative_to(ROOT)}")
        return
    judged = judge(rows)
    text = page(judged, len({r["seed"] for r in rows}))
    if args.what == "page":
        PAGE.write_text(text)
        picture(judged)
    if args.wrong:
        for one in judged:
            if not one["right"]:
                print(one["id"], one["tables"], one["complaint"], one["truth"], "->", one["verdict"], f"{one['confidence']:.2f}")
    print(text)


if __name__ == "__main__":
    main()
