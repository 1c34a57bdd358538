"""Was a trunk group short of lines?

The switch's interval counts of every group: intervals in which it was all busy or calls were blocked, joined where they
lie near each other. All busy with as many trunks in use as ever is a crowd; with fewer, lines are gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._scan import ASKED, hardest_hit
from calltrace.diagnosis.checks._chance import after_looking, counts_tail, score
from calltrace.diagnosis.scene import within

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Floats

NEAR = pd.Timedelta(hours=2)
"""Full intervals less than this apart are one trouble."""

HIGHER = 3
"""Intervals at other times that must have had more trunks in use than the ceiling."""


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Look at every trunk group's full intervals."""
    kpi = ground.case.table("kpi")
    candidates = []
    for group in sorted(kpi["scope"].dropna().unique()):
        if group != "platform":
            candidates += _group(ground, str(group), kpi[(kpi["scope"] == group).fillna(value=False)])
    return candidates


def _figures(values: pd.Series) -> Floats:
    return np.asarray(np.nan_to_num(values.to_numpy(dtype="float64", na_value=np.nan)), dtype=np.float64)


def _group(ground: Ground, group: str, rows: pd.DataFrame) -> list[Candidate]:
    rows = rows.sort_values("interval_start")
    starts = rows["interval_start"]
    inside = ((starts >= ground.start) & (starts < ground.end)).to_numpy()
    blocked, busy = _figures(rows["blocked"]), _figures(rows["all_trunks_busy_s"])
    peak, offered = _figures(rows["peak_trunks_in_use"]), _figures(rows["offered"])
    full = ((blocked > 0) | (busy > 0)) & inside
    outside = ~inside
    if not full.any() or outside.sum() < 20:
        return []
    usual = (blocked[outside].sum() + 0.5) / max(1.0, float(outside.sum()))
    step = pd.Timedelta(starts.diff().median())
    codes = ground.columns.accounts
    of_group = np.isin(np.asarray(codes, dtype=object), ground.groups.get(group, ()))
    view = ground.view
    mine = (view.calls.account >= 0) & of_group[np.maximum(view.calls.account, 0)]
    candidates = []
    at = starts[full]
    cluster = (at.diff() > NEAR).cumsum().to_numpy()
    for one in np.unique(cluster):
        chosen = np.flatnonzero(full)[cluster == one]
        first, last = at[cluster == one].iloc[0], at[cluster == one].iloc[-1] + step
        ceiling = float(np.quantile(peak[chosen], 0.75))
        if int((peak[outside] > ceiling).sum()) < HIGHER or blocked[chosen].sum() < 2:
            continue
        span = max(1.0, (last - first) / step)
        chance = after_looking(counts_tail(float(blocked[chosen].sum()), usual * span, 0.3), pd.Timedelta("1D") / step)
        hits = hardest_hit(ground, mine, ground.quarter(first), ground.quarter(last) + 1, "calls came in")
        if not hits:
            continue
        candidates.append(Candidate(
            screen="trunks", account=None, trunk_group=group, asked=tuple(h.account for h in hits[:ASKED]),
            complaint="busy", start=max(first, ground.start), end=min(last, ground.end), score=score(chance),
            unit="trunk-day", causes=("trunk-group-degraded",), lost=float(blocked[chosen].sum()), hits=hits,
            data={"ceiling": ceiling, "most_before": float(peak[outside].max()),
                  "offered": float(offered[chosen].sum())}))
    return candidates


def short(ground: Ground) -> str:
    """Say that no trunk group's counts are of the window: the platform's alone tell of none."""
    rows = within(ground.case.table("kpi"), ground.start, ground.end, "interval_start")
    return "" if (rows["scope"].dropna() != "platform").any() else "kpi of trunk groups in the window"


SCREEN = Screen("Was a trunk group short of lines?", ("kpi.peak_trunks_in_use",), run, short)
