"""Did a few callers make many very short calls?

Very short calls by account and caller; callers with several of them on one day are a nuisance, and the stretch they
fill is held against the account's usual. Where the log has no length of the calls, it takes many of one caller.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._scan import rises_of_each
from calltrace.diagnosis.checks.nuisance import FLOOD, REPEATS, unmeasured, very_short


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Scan the very short calls of callers who repeat them."""
    calls, view = ground.columns, ground.view
    short = (very_short(ground.profile.value("hung_up_soon_s"), calls) | unmeasured(calls)) & calls.owned
    near = view.places(view.first // 96 * 96, (view.last // 96 + 1) * 96)
    day = view.bin[near] // 96
    known = np.flatnonzero(short[near] & (day >= view.first // 96) & (day <= view.last // 96))
    day, known = day[known], known + near.start
    ani = np.asarray(pd.factorize(calls.ani.iloc[known])[0], dtype=np.int64)
    known, day, ani = known[ani >= 0], day[ani >= 0], ani[ani >= 0]
    key = pd.DataFrame({"account": calls.account[known], "ani": ani, "day": day})
    times = key.groupby(["account", "ani", "day"])["day"].transform("size").to_numpy()
    again = np.zeros(len(short), dtype=bool)
    again[known[times >= np.where(unmeasured(calls, known), FLOOD, REPEATS)]] = True
    seen = ground.per_account(again, view.first, view.last)
    rate = np.maximum(ground.usual_rates(short), 1e-3)
    rows = np.flatnonzero(seen.sum(axis=1) >= 2 * REPEATS)
    accounts = calls.accounts
    return [
        Candidate(
            screen="nuisance", account=accounts[row], asked=(accounts[row],), complaint="abandoned",
            start=ground.at(rise.first), end=ground.at(rise.last), score=rise.score, causes=("nuisance-calls",),
            harmed=rise.seen)
        for row, rise in rises_of_each(rows, seen, rate[:, None], offset=view.first, dispersion=0.1)]


def short(ground: Ground) -> str:
    """Say that nothing tells how long answered calls were: then only callers who gave up at once are seen."""
    return "calls.talk_s" if np.isnan(ground.columns.talk).all() else ""


SCREEN = Screen("Were there nuisance calls?", ("calls.ani", "calls.account"), run, short)
