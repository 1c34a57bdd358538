"""Was the switch itself down, or only its call records lost?

When nobody's calls are on record, the switch's own interval counts tell the two apart: a switch that was down counted
nothing (its intervals are missing or zero), cut the calls it had and lost its agents; a switch that lost only its
records went on counting offered calls. Where one trunk group's rows are lost, its own counts tell it. Without the
interval counts, calls cut at the start of the gap and agents thrown out at once speak for the switch, and so does its
own log where it says that the switch started anew as the gap ended.
"""

from __future__ import annotations

import pandas as pd

from calltrace.diagnosis import words, worked
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._group_counts import FEW, of_group
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked
from calltrace.diagnosis.gaps import gaps
from calltrace.diagnosis.scene import Scene, within
from calltrace.intake import quality

EDGE = pd.Timedelta(minutes=4)
"""How near the edge of a gap a cut call or a mass logout must be to belong to it."""


def run(scene: Scene) -> list[Evidence]:
    """Compare the switch's own counts with the rows, and look at what its calls and agents did at the gap's edges."""
    counts = _of_its_own(scene, _intervals(scene))
    unwritten = any(e.facet == "kpi-stopped" and e.outcome is Outcome.FOUND and not e.observed for e in counts)
    return [*counts, _cut(scene), _agents(scene, unwritten=unwritten)]


def _platform_gap(scene: Scene) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    gap = gaps(scene).platform
    if gap is None or not gap.shared:
        return None
    return gap.start, gap.end


def _intervals(scene: Scene) -> list[Evidence]:
    names = ("kpi-counts-calls", "kpi-stopped")
    kpi = scene.case.table("kpi")
    whole = kpi[(kpi["scope"] == "platform").fillna(value=False)].sort_values("interval_start")
    if whole.empty or not whole["offered"].notna().any():
        return [unasked(n, "there are no interval counts of the whole platform", "kpi") for n in names]
    starts = whole["interval_start"]
    step = pd.Timedelta(starts.diff().median()) if len(starts) > 2 else pd.Timedelta(minutes=15)
    gap = _platform_gap(scene)
    start, end = gap or (scene.question.start, scene.question.end)
    if starts.iloc[0] > start or starts.iloc[-1] + step < min(end, scene.question.end):
        return [unasked(n, "the interval counts do not reach over this time", "kpi of this time") for n in names]
    return [_counted(scene, whole, step, start, end), _stopped(scene, whole, step, start, end)]


def _of_its_own(scene: Scene, counts: list[Evidence]) -> list[Evidence]:
    """Return what the interval counts say, of the account's own trunk groups where they tell and not everybody was silent.

    Theirs may be too few to show among everybody's; and another group's lost records are not the account's.
    """
    own = of_group(scene) if _platform_gap(scene) is None else None
    return counts if own is None else [own if e.facet == own.facet else e for e in counts]


def _counted(scene: Scene, whole: pd.DataFrame, step: pd.Timedelta, start: pd.Timestamp, end: pd.Timestamp) -> Evidence:
    """Compare offered calls with rows, interval by interval, over all intervals that touch [start, end)."""
    inside = whole[(whole["interval_start"] + step > start) & (whole["interval_start"] < end)]
    edges = inside["interval_start"]
    times = scene.case.calls["offered_at"].to_numpy("datetime64[us]")
    lows = times.searchsorted(edges.to_numpy("datetime64[us]"))
    highs = times.searchsorted((edges + step).to_numpy("datetime64[us]"))
    rows = highs - lows
    offered = inside["offered"].fillna(0).to_numpy("int64")
    lost = int((offered - rows).clip(min=0).sum())
    total = int(offered.sum())
    found = lost >= FEW and lost > 0.25 * max(1, total)
    zone = scene.account.zone
    first, last = (edges.iloc[0], edges.iloc[-1] + step) if len(edges) else (start, end)
    when = words.span(first, last, zone)  # what was summed, as the switch's own report has it, and not the gap within it
    says = (f"the switch counted {words.count(total, 'offered call')} {when}; {words.count(lost, 'of them')[:-1]}"
            f" {'have' if lost != 1 else 'has'} no row in the call records"
            if lost else f"every offered call the switch counted {when} ({total}) has its row")
    return Evidence(
        "kpi-counts-calls", Outcome.FOUND if found else Outcome.CLEAR, says,
        strength=min(1.0, lost / 8) if found else 1.0, observed=float(rows.sum()), expected=float(total),
        unit="calls", start=start, end=end, examples=examples_of(inside, "scope"), data={"without_row": lost})


def _stopped(scene: Scene, whole: pd.DataFrame, step: pd.Timedelta, start: pd.Timestamp, end: pd.Timestamp) -> Evidence:
    """Say whether the switch's interval counts themselves are missing or zero throughout."""
    first = start.ceil(step)
    grid = pd.date_range(first, end - step, freq=step) if end - step >= first else pd.DatetimeIndex([])
    here = whole[whole["interval_start"].isin(grid)]
    missing = len(grid) - len(here)
    zone = scene.account.zone
    if grid.empty:
        return unasked("kpi-stopped", "no whole interval lies in this time")
    if missing and quality.leaves_out_empty(scene.case):
        return unasked("kpi-stopped", "the interval counts leave out intervals without a call", "kpi of all intervals")
    zero = int((here["offered"].fillna(0) == 0).sum())
    found = missing > 0
    says = (
        f"{missing} of the {len(grid)} interval counts {words.span(start, end, zone)} are missing: the switch did not write them"
        if found else f"all {len(grid)} interval counts of this time were written, {zero} of them with no call")
    return Evidence(
        "kpi-stopped", Outcome.FOUND if found else Outcome.CLEAR, says,
        strength=min(1.0, missing / max(1, len(grid)) * 1.5) if found else 1.0,
        observed=float(len(here)), expected=float(len(grid)), unit="intervals", start=start, end=end,
        data=_written(grid, here) if found else {})


def _written(grid: pd.DatetimeIndex, here: pd.DataFrame) -> dict[str, object]:
    """Return when the last interval began that the switch wrote before the first it did not: it still worked then."""
    missing = int((~grid.isin(here["interval_start"])).argmax())
    return {worked.WORKED: grid[missing - 1].isoformat()} if missing else {}


def _cut(scene: Scene) -> Evidence:
    """Look for calls the switch cut at the start of the platform's gap."""
    gap = _platform_gap(scene)
    name = "calls-cut"
    if gap is None:
        return unasked(name, "the platform had no gap")
    start, end = gap
    calls = scene.case.calls
    zone = scene.account.zone
    before = within(calls, start - pd.Timedelta(minutes=30), start + EDGE)
    failed = before[(before["outcome"] == "failed").fillna(value=False)]
    usual = float((calls["outcome"] == "failed").mean())
    expected = usual * len(before)
    found = len(failed) >= 2 and len(failed) > 4 * expected
    if before.empty:
        return unasked(name, "no call was up when the gap began")
    few = "" if found or failed.empty else "only "
    return Evidence(
        name, Outcome.FOUND if found else Outcome.CLEAR,
        f"{few}{words.count(len(failed), 'call')} cut by the switch in the half hour up to {words.clock(start, zone)},"
        f" {expected:.1f} are usual",
        strength=min(1.0, len(failed) / 3) if found else min(1.0, len(before) / 10),
        observed=float(len(failed)), expected=expected, unit="calls", start=start, end=end,
        examples=examples_of(failed, "call_id"))


def _agents(scene: Scene, *, unwritten: bool) -> Evidence:
    """Look for agents thrown out together at the start of the platform's gap.

    Where the switch wrote no interval counts in it at all (``unwritten``), that agents stayed logged in speaks for no switch
    that was up: what keeps their sessions is another system.
    """
    name = "agents-dropped"
    gap = _platform_gap(scene)
    if gap is None:
        return unasked(name, "the platform had no gap")
    events = scene.case.table("agents")
    if events.empty or not scene.case.logs_sessions:
        return unasked(name, "there is no log of agents' logins", "agents")
    start, end = gap
    zone = scene.account.zone
    started = _starts(scene)
    anew = [at for at in started or () if start < at <= end + EDGE]
    if anew:
        return Evidence(
            name, Outcome.FOUND,
            f"the switch's own log says that it started {words.clock(anew[-1], zone)}, as the gap ended",
            strength=1.0, observed=float(len(anew)), unit="starts", start=start, end=end)
    # the gap begins with the last call before it: the switch may have gone down some minutes later
    near = within(events, start - EDGE, start + max(EDGE, (end - start) / 2), "at")
    out = near[(near["event"] == "logout").fillna(value=False)].sort_values("at")
    together = 0
    if len(out):
        at = out["at"].to_numpy("datetime64[us]")
        together = int((at.searchsorted(at + pd.Timedelta(minutes=1).to_numpy(), side="right") - range(len(at))).max())
    back = within(events, end - max(EDGE, (end - start) / 2), end + EDGE, "at")
    returned = int((back["event"] == "login").sum())
    found = together >= 2 and returned >= 1
    if not found and started is not None:
        return unasked(name, "this switch keeps its agents logged in while it is down")
    if not found and unwritten:
        return unasked(
            name, "agents stayed logged in, but the switch wrote no interval counts: their sessions are kept elsewhere")
    return Evidence(
        name, Outcome.FOUND if found else Outcome.CLEAR,
        f"{words.count(together, 'agent')} logged out within one minute as the gap began, {returned} logged in as it ended"
        if found else f"agents did not log out together when the gap began ({words.clock(start, zone)})",
        strength=min(1.0, together / 3) if found else 1.0, observed=float(together), unit="agents", start=start,
        end=end, examples=examples_of(out, "agent"))


def _starts(scene: Scene) -> list[pd.Timestamp] | None:
    """Return when the switch started, in order, None where no log tells."""
    told = [s.starts for s in scene.case.sources if s.starts is not None]
    return sorted(pd.Timestamp(at) for starts in told for at in starts) if told else None


CHECK = Check(
    title="Was the switch down, or only its records lost?",
    facets=(
        Facet("kpi-counts-calls", "Did the switch count calls that have no record?", "kpi offered"),
        Facet("kpi-stopped", "Did the switch stop writing its interval counts?", "kpi intervals"),
        Facet("calls-cut", "Were calls cut when the gap began?", "cut calls"),
        Facet("agents-dropped", "Were agents thrown out when the gap began, or did the switch start anew as it ended?",
              "agent sessions"),
    ),
    needs=("calls",),
    complaints=("missed-calls", "caller-claim"),
    run=run,
)
