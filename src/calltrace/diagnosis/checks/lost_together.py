"""Were everybody's calls lost as they came in, or everybody's on one trunk group?

An account whose every call is cut, refused, left in an announcement or given up within seconds has a trouble of its own only
where the others' calls were answered. Where theirs were lost as well it is one trouble of all of them: the service's own, or of
what carries their calls. Calls that the switch itself cut, on all its trunk groups, show that it was not working, and whose
doing anything else was the records don't tell: a tone or a recording that everybody got may be a setting of the switch, and what
one trunk group's callers all ran into may be its carrier's or the gateway's that it ends at. Where the switch's own counts say
that most of those calls were answered, it is the records that are doubtful.

What looks the same: a service that is closed, and says so to all who call. Hours at which it answers nobody on any such day are
left out, and so is what was announced as a closure or a holiday of the whole service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis import words
from calltrace.diagnosis.accounts import known
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._cut_short import groups_by_call
from calltrace.diagnosis.checks._everybody import MOST, announced, everybodys, lost_at_once
from calltrace.diagnosis.checks._load import load, rows
from calltrace.diagnosis.checks.silence import MEANT
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked
from calltrace.diagnosis.gaps import gaps

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._everybody import Lost
    from calltrace.diagnosis.checks._load import Load
    from calltrace.diagnosis.scene import Scene
    from calltrace.tables.case import Case

TOGETHER, CUT = "lost-together", "everybody-cut"

OWN = 3
"""The account's own calls lost at once, below which the others' are not asked."""


def run(scene: Scene) -> list[Evidence]:
    """Look at the others' calls where most of the account's own were lost as they came in."""
    unanswered = int((scene.window["outcome"] != "answered").fillna(value=False).sum())
    if unanswered < OWN:  # before all the calls are looked at
        return _clear("hardly a call of the account was lost", 1.0)
    view, soon = load(scene), scene.profile.value("hung_up_soon_s", scene.account.account)
    near = view.places(view.first, view.last)
    own = int((lost_at_once(view.calls, soon, near) & view.mine[near]).sum())
    if own < OWN:
        return _clear(f"{own or 'none'} of the account's calls {'was' if own == 1 else 'were'} lost as they came in", 1.0)
    its = [one for one in everybodys(view, soon) if _is_of(view, one, soon, max(OWN, MOST * unanswered))]
    if not its:
        return _clear("other accounts' calls were not lost as this account's were, or too few to tell", 0.5)
    one = max(its, key=lambda s: s.lost)
    start, end = view.span(one.first, one.last)
    if _stopped(scene, own):
        says = "the account's calls had stopped: what became of the others' that came in does not explain it"
        return [unasked(facet, says) for facet in (TOGETHER, CUT)]
    why = doubted(scene.case, view, one)
    work = "maintenance" in announced(scene.case, start, end)
    mine = view.mine & lost_at_once(view.calls, soon, slice(None)) & view.inside(one.first, one.last)
    names = known(scene.case)
    data: dict[str, object] = {
        "own": int(mine.sum()), "lines": one.lines, "trunk_group": one.group, "way": one.way, "announced": work,
        "doubted": bool(why), "settled_by": COMPARE if why else _step(one),
        "soon": one.soon,
        "others": _others(view, one, soon, names, scene.account.account)}
    says = told(view, one, scene.account.zone) + (f"; {why}" if why else "")
    together = Evidence(
        TOGETHER, Outcome.FOUND, says, strength=1.0, observed=one.lost, expected=one.usual * one.calls, unit="calls",
        start=start, end=end, examples=examples_of(rows(scene, mine), "call_id"), data=data)
    if one.way == "failed" and one.alike:
        says = f"the calls were cut {one.soon}, all after the same time: something that answers them hangs up, or a timer does"
        return [together, Evidence(CUT, Outcome.CLEAR, says)]
    if one.way != "failed" or one.group or why:
        return [together, Evidence(CUT, Outcome.CLEAR, "the switch did not cut everybody's calls, or its records are doubtful")]
    return [together, Evidence(
        CUT, Outcome.FOUND, f"the switch cut {one.ways[0][1]} of {words.count(one.calls, 'call')} on the platform"
        f" {words.span(start, end, scene.account.zone)}, {one.usual:.0%} are usual", strength=1.0, observed=one.lost,
        expected=one.usual * one.calls, unit="calls", start=start, end=end, data=data)]


COMPARE = "Compare the call records of that time with the switch's own counts: which of them has it right?"
STEP = "Look at the switch and at the lines into it for that time: what did all these calls have in common?"
ENDS_THEM = (
    "Call one of the numbers and hear what ends the call after so long: an announcement or a menu that hangs up, or a timer of"
    " the switch.")
STEPS = {
    "announcement": "Look up what sent everybody's calls to the announcement: a schedule, a holiday that was set, or no agents.",
    "busy": "Look up which limit refused everybody's calls: the lines, the licences, or the queue they were sent to.",
    "left": "Call one of the numbers, and hear what those callers heard: nothing at all, or a recording of another?",
    "failed": "Find the switch's own log for that time, and the cause it noted for one of these calls.",
}
"""What settles why everybody's calls were lost, by how they were."""


def _step(one: Lost) -> str:
    """Return what settles why those calls were lost."""
    return ENDS_THEM if one.alike and one.way == "failed" else STEPS.get(one.way, STEP)


def told(view: Load, one: Lost, zone: str) -> str:
    """Say how many calls of how many accounts were lost, where, when and how."""
    where = f"on trunk group {one.group}" if one.group else "on the platform"
    when = words.span(*view.span(one.first, one.last), zone)
    return (f"{one.lost:.0f} of {words.count(one.calls, 'call')} {where} {when} were lost {one.soon}"
            f" ({one.lost / one.calls:.0%}, usually {one.usual:.0%}), of {len(one.accounts)} accounts: {one.how()}")


def doubted(case: Case, view: Load, one: Lost) -> str:
    """Say that the switch's own counts have most of these calls answered; '' where they do not, or there are none."""
    kpi = case.table("kpi")
    kpi = kpi[(kpi["scope"] == "platform").fillna(value=False) & kpi["answered"].notna()]
    start, end = (view.grid.at(quarter) for quarter in (one.first, one.last))
    counted = float(kpi.loc[(kpi["interval_start"] >= start) & (kpi["interval_start"] < end), "answered"].sum())
    answered = float((view.calls.answered & view.inside(one.first, one.last)).sum())
    if counted - answered < MOST * one.lost:
        return ""
    return f"but the switch's own counts have {counted:.0f} calls answered in that time, so that the records may be wrong"


def _is_of(view: Load, one: Lost, soon: float, least: float) -> bool:
    """Say whether most of the account's own calls in a stretch were lost, and so many: what else it lost is another matter."""
    near = view.places(one.first, one.last)
    inside = view.mine[near] & (view.bin[near] >= one.first) & (view.bin[near] < one.last)
    if one.group:
        group, groups = groups_by_call(view.scene.case)
        inside &= group[near] == groups.index(one.group)
    lost = int((lost_at_once(view.calls, soon, near) & inside).sum())
    return lost >= max(least, MOST * int(inside.sum()))


def _stopped(scene: Scene, lost: int) -> bool:
    """Say whether it is rather a silence of the account's that is asked about: more of its calls are missing than came."""
    if scene.question.complaint not in {"", "missed-calls"}:
        return False
    gap = gaps(scene).focus
    return gap is not None and gap.strength >= MEANT and gap.expected > lost


def _others(view: Load, one: Lost, soon: float, names: dict[str, str], without: str) -> list[dict[str, object]]:
    """Return the other accounts that lost calls, those with most first, as a piece of evidence lists them."""
    calls, inside = view.calls, view.inside(one.first, one.last) & view.calls.owned
    if one.group:
        group, groups = groups_by_call(view.scene.case)
        inside &= group == groups.index(one.group)
    bad = lost_at_once(calls, soon, slice(None))
    k, n = (np.bincount(calls.account[which], minlength=len(calls.accounts)) for which in (inside & bad, inside))
    order = sorted(np.flatnonzero(k).tolist(), key=lambda i: (-k[i], calls.accounts[i]))
    return [
        {"account": calls.accounts[i], "name": names.get(calls.accounts[i], calls.accounts[i]), "expected": None,
         "observed": float(k[i]), "says": f"{k[i]} of {n[i]} calls lost {one.soon}"}
        for i in order if calls.accounts[i] != without]


def _clear(says: str, strength: float) -> list[Evidence]:
    return [Evidence(facet, Outcome.CLEAR, says, strength=strength) for facet in (TOGETHER, CUT)]


CHECK = Check(
    title="Were everybody's calls lost?",
    facets=(
        Facet(TOGETHER, "Were everybody's calls lost as they came in, or everybody's on the trunk group?", "platform outcomes"),
        Facet(CUT, "Did the switch cut everybody's calls?", "platform calls cut"),
    ),
    needs=("calls.outcome", "calls.account"),
    complaints=("missed-calls", "abandoned", "busy"),
    run=run,
)
