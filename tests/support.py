"""Small cases built in a test: calls at a steady pace, with the silences and the side tables a test asks for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import product

import numpy as np
import pandas as pd

from calltrace.diagnosis.profile import Profile
from calltrace.diagnosis.scene import Question, Scene
from calltrace.tables.case import Case
from calltrace.tables.schema import TABLES, conform

DAY0 = pd.Timestamp("2026-06-01", tz="UTC")  # a Monday

ZONES = (
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Asia/Kolkata",
    "America/Santiago",
    "Africa/Cairo",
    "UTC",
)
"""Zones with clock changes of an hour, of half an hour, at midnight, none, and offsets that are no whole hours."""


def at(day: float, hour: float = 0.0) -> pd.Timestamp:
    """The instant so many days and hours after DAY0."""
    return DAY0 + pd.Timedelta(days=day, hours=hour)


def table(name: str, rows: Iterable[dict[str, object]]) -> pd.DataFrame:
    """A typed frame of one of the contract's tables, its lines numbered from 2."""
    frame = pd.DataFrame(list(rows))
    for column in TABLES[name].columns:
        if column.kind == "instant" and column.name in frame:
            frame[column.name] = pd.to_datetime(frame[column.name], utc=True).astype("datetime64[us, UTC]")
    frame["source_file"] = f"{name}.csv"
    frame["source_line"] = range(2, len(frame) + 2)
    return conform(frame, TABLES[name])


def steady(
    account: str,
    *,
    every_min: float,
    days: float = 28,
    silent: Iterable[tuple[pd.Timestamp, pd.Timestamp]] = (),
    hours: tuple[float, float] = (0, 24),
    offset_min: float = 0,
    **values: object,
) -> list[dict[str, object]]:
    """Calls of one account every so many minutes, within the hours of the day, except in the silences."""
    step, first = pd.Timedelta(minutes=every_min), DAY0 + pd.Timedelta(minutes=offset_min)
    instants = first + pd.TimedeltaIndex(step * np.arange(max(0, math.ceil((at(days) - first) / step))))
    hour = (instants - instants.normalize()) / pd.Timedelta(hours=1)
    come = (hour >= hours[0]) & (hour < hours[1])
    for a, b in silent:
        come &= (instants < a) | (instants >= b)
    same = {
        "call_id": "", "account": account, "dnis": f"+1212555{int(account):04d}", "trunk_group": "A", "ani": "+12125550100",
        "agent": "A1", "offered_at": first, "ring_s": 4.0, "queue_s": 0.0, "hold_s": 0.0, "talk_s": 60.0,
        "outcome": "answered", "ended_by": "caller",
    }
    return [{**same, "call_id": f"{account}-{i}", "offered_at": instant, **values} for i, instant in enumerate(instants[come], 1)]


def case(calls: Iterable[dict[str, object]], **tables: Iterable[dict[str, object]]) -> Case:
    """A Case in UTC of these calls and side tables; one lost call a day keeps the log honest about unanswered ones."""
    frames = {"calls": table("calls", calls).sort_values("offered_at", ignore_index=True)}
    frames |= {name: table(name, rows) for name, rows in tables.items()}
    return Case(frames, zone="UTC")


def account(number: str, **values: object) -> dict[str, object]:
    """A row of the accounts table, its number as :func:`steady` makes it."""
    row: dict[str, object] = {
        "account": number, "name": f"Client {number}", "numbers": f"+1212555{int(number):04d}", "trunk_group": "A",
        "timezone": "UTC", "coverage": "24/7", "path_limit": 4, "dispatch_within_min": 15,
    }
    row.update(values)
    return row


def urgent(accounts: Iterable[str], *, days: int = 14) -> Iterator[tuple[dict[str, object], int, int]]:
    """Yield an urgent message of each account every four hours, a few minutes apart, with its day and hour.

    Messages are named account-day-hour; odd accounts' were taken by Ann, the others' by Bob.
    """
    for day, hour, who in product(range(days), range(0, 24, 4), accounts):
        yield {
            "message_id": f"{who}-{day}-{hour}", "account": who, "taken_at": at(day, hour) + pd.Timedelta(minutes=int(who)),
            "priority": "urgent", "agent": "Ann" if int(who) % 2 else "Bob",
        }, day, hour


def scene(
    case: Case, who: str, start: pd.Timestamp, end: pd.Timestamp, complaint: str = "missed-calls", **more: object
) -> Scene:
    """A Scene asking a complaint of an account."""
    return Scene(case, Question(who, complaint, start, end, **more), Profile())  # type: ignore[arg-type]
