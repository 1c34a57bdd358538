"""A small floor: four accounts, three agents, four weeks of steady calls, and what a test changes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from calltrace.tables.case import Case
from support import account, at, case, scene, steady

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.diagnosis.evidence import Evidence

AGENTS = ("A1", "A2", "A3")
TROUBLE = (at(21, 10), at(21, 12))  # a Monday morning, the fourth week
WINDOW = (at(21, 9), at(21, 13))  # what people remember of it

Row = dict[str, object]
Change = Callable[[Row], Row]


def during(row: Row, span: tuple[pd.Timestamp, pd.Timestamp] = TROUBLE) -> bool:
    """Say whether a call was offered in the trouble."""
    return bool(span[0] <= row["offered_at"] < span[1])  # type: ignore[operator]


@cache
def quiet_floor() -> tuple[Row, ...]:
    """Accounts 1 to 4 with a call every 20, 10, 12 and 15 minutes, answered within 8 s, handled in 60 s."""
    rows: list[Row] = []
    for who, every, minutes in (("1", 20, 1), ("2", 10, 3), ("3", 12, 5), ("4", 15, 7)):
        rows += steady(who, every_min=every, offset_min=minutes)
    rows.sort(key=lambda r: (r["offered_at"], r["call_id"]))
    for i, row in enumerate(rows):
        row |= {"agent": AGENTS[i * 7 // 5 % 3], "queue_s": 4.0, "ani": f"+1212556{i % 5000:04d}"}
        if i % 25 == 0:
            row |= {"outcome": "abandoned", "agent": None, "talk_s": 0.0, "queue_s": 10.0}
    return tuple(rows)


def floor(change: Change | None = None, extra: Iterable[Row] = ()) -> list[Row]:
    """The quiet floor with each call of the trouble changed, and further calls."""
    rows = [dict(r) for r in quiet_floor()]
    if change is not None:
        rows = [change(r) if during(r) else r for r in rows]
    return [*rows, *extra]


def burst(who: str, every_min: float, **values: Any) -> list[Row]:
    """Extra calls of one account in the trouble, from callers of their own."""
    rows = steady(who, every_min=every_min, days=22, hours=(10, 12), offset_min=0.5, **values)
    return [
        r | {"call_id": f"x-{r['call_id']}", "ani": f"+1917555{i:04d}", "queue_s": 4.0} | values
        for i, r in enumerate(rows)
        if during(r)
    ]


def sessions(days: int = 28, away: dict[str, tuple[pd.Timestamp, pd.Timestamp]] | None = None) -> list[Row]:
    """Logins and logouts: all three agents in every day from 06:00 to 22:00, but for who is away."""
    rows: list[Row] = []
    for name in AGENTS:
        for day in range(days):
            spans = [(at(day, 6), at(day, 22))]
            gone = (away or {}).get(name)
            if gone and spans[0][0] < gone[0] < spans[0][1]:
                spans = [(at(day, 6), gone[0]), (gone[1], at(day, 22))]
            for start, end in spans:
                rows += [
                    {"at": start, "agent": name, "event": "login"},
                    {"at": end, "agent": name, "event": "logout"},
                ]
    return sorted(rows, key=lambda r: (r["at"], r["agent"]))


def accounts(**of_one: object) -> list[Row]:
    return [account("1", **of_one), account("2"), account("3"), account("4")]


def ask(
    check: str,
    rows: Iterable[Row] | Case,
    complaint: str = "long-ring",
    who: str = "1",
    window: tuple[pd.Timestamp, pd.Timestamp] = WINDOW,
    **tables: Iterable[Row],
) -> dict[str, Evidence]:
    """The evidence of one check, by facet, for a complaint of account 1 about the window."""
    from calltrace.diagnosis import checks  # noqa: PLC0415  (a test of one check imports one check)

    found = rows if isinstance(rows, Case) else case(rows, **{"accounts": accounts(), **tables})
    return {e.facet: e for e in checks.get(check).run(scene(found, who, *window, complaint=complaint))}
