"""A service on which nothing is wrong unless a test says so: six accounts, two trunk groups, five weeks."""

from __future__ import annotations

import pandas as pd

from calltrace.tables.case import Case
from support import account, at, case, steady

NIGHTS = "Mo-Su 18:00-24:00,00:00-08:00"
WINDOW = (at(28), at(31))
Span = tuple[pd.Timestamp, pd.Timestamp]


def service(silent: dict[str, list[Span]] | None = None, kpi: tuple[Span, ...] | None = None, **more: object) -> Case:
    """Account 1 nights only; 2 to 5 around the clock; one caller in ten leaves; 9 is in the accounts table alone.

    ``silent`` are spans without call rows by account, or '' for all; ``kpi`` gives the switch's counts of every call
    that was offered, with the intervals of these spans missing.
    """
    quiet = silent or {}
    everywhere = quiet.get("", [])
    days = [(at(d, 8), at(d, 18)) for d in range(35)]
    specs = (("2", 14, "A", 3), ("3", 17, "B", 7), ("4", 19, "B", 11), ("5", 23, "A", 5))

    def rows(hidden: list[Span]) -> list[dict[str, object]]:
        made: list[dict[str, object]] = []
        for who, every, group, minutes in specs:
            made += steady(who, every_min=every, days=35, trunk_group=group, offset_min=minutes,
                           silent=[*quiet.get(who, []), *hidden])
        made += steady("1", every_min=12, days=35, offset_min=1, silent=[*days, *quiet.get("1", []), *hidden])
        for i, row in enumerate(made):
            row["ani"] = f"+1212555{i % 97:04d}"
            if i % 10 == 0:
                row |= {"outcome": "abandoned", "agent": None, "ring_s": 8.0, "talk_s": 0.0}
        return made

    tables: dict[str, list[dict[str, object]]] = {"accounts": [
        account("1", coverage=NIGHTS), account("2"), account("3", trunk_group="B"), account("4", trunk_group="B"),
        account("5"), account("9")]}
    if kpi is not None:
        offered = pd.Series(1, index=pd.DatetimeIndex([r["offered_at"] for r in rows([])])).resample("15min").sum()
        every = offered.reindex(pd.date_range(at(0), at(35), freq="15min", inclusive="left"), fill_value=0)
        counted = zip(every.index, every, strict=True)
        tables["kpi"] = [{"interval_start": t, "scope": "platform", "offered": int(n)} for t, n in counted
                         if not any(a <= t < b for a, b in kpi)]
    tables |= more  # type: ignore[arg-type]
    return case(rows(everywhere), **tables)
