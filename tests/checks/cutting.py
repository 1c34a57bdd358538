"""Seven clients on two trunk groups, four agents, and calls that are over within seconds: by agent, or by group."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from checks.floor import Row, during
from support import account, at, case, steady

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from calltrace.tables.case import Case

AGENTS = ("A1", "A2", "A3", "A4")
WINDOW = (at(24), at(26))
TROUBLE = (at(25, 9), at(25, 15))
GROUPS = {"1": "A", "2": "A", "3": "A", "4": "A", "5": "B", "6": "B", "7": "B"}


@cache
def quiet() -> tuple[Row, ...]:
    """Four clients on trunk group A, three on B, a call of each every 20 minutes by day, another caller each time."""
    rows: list[Row] = []
    for n, (who, group) in enumerate(GROUPS.items()):
        rows += steady(who, every_min=20, offset_min=3 * n, hours=(7, 19), trunk_group=group, talk_s=80.0)
    rows.sort(key=lambda r: (r["offered_at"], r["call_id"]))
    left: Row = {"outcome": "abandoned", "agent": None, "talk_s": 0.0}
    return tuple(
        r | {"agent": AGENTS[i * 7 // 5 % 4], "ani": f"+1212556{i % 9000:04d}"} | (left if i % 25 == 0 else {})
        for i, r in enumerate(rows))


def floor(change: Callable[[Row], Row] | None = None, extra: Iterable[Row] = ()) -> list[Row]:
    """The quiet floor with each call changed, and further calls."""
    return [*((change or dict)(r) for r in quiet()), *extra]


def cut_by(agent: str, seconds: float = 2.0, **more: object) -> Callable[[Row], Row]:
    """Have every call of an agent over after some seconds in the window."""
    return lambda r: r | {"talk_s": seconds, **more} if r["agent"] == agent and during(r, WINDOW) else dict(r)


def unheard(group: str = "A", seconds: float = 7.0) -> list[Row]:
    """A group's calls over at once in the trouble, each caller trying twice more."""
    rows = floor(
        lambda r: r | {"talk_s": seconds} if r["agent"] and r["trunk_group"] == group and during(r, TROUBLE) else dict(r))
    again = [
        r | {"call_id": f"{r['call_id']}-{k}", "offered_at": r["offered_at"] + (at(0, k / 40) - at(0)),
             "agent": AGENTS[(n + k) % 4]}
        for n, r in enumerate(rows) if r["talk_s"] == seconds and r["agent"] for k in (1, 2)]
    return [*rows, *again]


def records(rows: list[Row]) -> Case:
    return case(rows, accounts=[account(a, trunk_group=g) for a, g in GROUPS.items()])
