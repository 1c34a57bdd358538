"""Dead end: calls that end in an announcement."""

from __future__ import annotations

import numpy as np

from calltrace.diagnosis.checks._beside import run_through
from calltrace.diagnosis.evidence import Outcome
from checks.floor import TROUBLE, Row, ask, floor
from support import DAY0, at, steady

RECORDING = {"outcome": "announcement", "agent": None, "talk_s": 0.0}


def test_an_account_whose_calls_end_in_the_recording_is_found_from_when_they_do() -> None:
    found = ask("dead-end", floor(lambda r: r | (RECORDING if r["account"] == "1" else {})))[
        "ends-in-announcement"
    ]
    assert found.outcome is Outcome.FOUND
    assert (found.observed, found.data["others_share"]) == (1.0, 0.0)
    assert found.start == TROUBLE[0]
    assert found.end == at(21, 11.75)  # the last of its calls came at 11:41
    assert len(found.examples) == 6


def test_a_recording_now_and_then_is_clear() -> None:
    def one(row: Row) -> Row:
        return row | (RECORDING if row["account"] == "1" and row["offered_at"] < at(21, 10.2) else {})  # type: ignore[operator]

    assert ask("dead-end", floor(one))["ends-in-announcement"].outcome is Outcome.CLEAR
    assert ask("dead-end", floor())["ends-in-announcement"].outcome is Outcome.CLEAR


def test_an_account_without_calls_in_the_window_is_not_run() -> None:
    rows = [r for r in floor() if r["account"] != "1" or r["offered_at"] < at(20)]  # type: ignore[operator]
    assert ask("dead-end", rows)["ends-in-announcement"].outcome is Outcome.NOT_RUN


def nights(since: float, until: float = 28, *, served: float | None = None) -> list[Row]:
    """A call of account 1 every five hours; from day to day those from 22:00 to 06:00 end in the recording, but one night's."""
    rows = [*steady("1", every_min=300, offset_min=7), *steady("2", every_min=30, offset_min=3)]
    for row in rows:
        day, hour = divmod((row["offered_at"] - DAY0).total_seconds() / 3600, 24)  # type: ignore[operator]
        night = row["account"] == "1" and (hour >= 22 or hour < 6)
        if night and since <= day + hour / 24 < until and not (served is not None and served <= day + hour / 24 < served + 0.5):
            row.update(RECORDING)
    return rows


ONE_NIGHT = (at(24, 20), at(25, 8))


def test_one_night_of_many_is_found_by_the_nights_beside_it() -> None:
    """Two calls of the night asked of; those of the week before it and of the days after it ended so as well, none earlier."""
    found = ask("dead-end", nights(20.9), "abandoned", window=ONE_NIGHT)["ends-in-announcement"]
    assert found.outcome is Outcome.FOUND
    assert found.strength > 0.9
    assert found.data["in_all"] > 8  # type: ignore[operator]
    assert found.data["window_announcements"] == found.data["announcements"] == 2
    assert "that came from 22:00 to 06:00" in found.says
    assert "none did" in found.says
    assert found.start is not None
    assert found.end is not None
    assert ONE_NIGHT[0] <= found.start < found.end <= ONE_NIGHT[1]


def test_nights_that_always_end_so_are_as_programmed() -> None:
    found = ask("dead-end", nights(0), "abandoned", window=ONE_NIGHT)["ends-in-announcement"]
    assert found.outcome is Outcome.CLEAR


def test_a_night_that_was_served_is_nothing_whatever_the_nights_beside_it() -> None:
    found = ask("dead-end", nights(20.9, served=24.9), "abandoned", window=ONE_NIGHT)["ends-in-announcement"]
    assert found.outcome is Outcome.CLEAR


def test_a_run_ends_at_a_call_that_was_served_and_takes_in_the_hours_beside() -> None:
    """Ten nights of a call at 23:00 and one at 01:00, and one at noon; the nights from the fourth on end in the recording."""
    hours = [day * 24 + hour for day in range(10) for hour in (1, 12, 23)]
    when = np.array([int(at(0, h).value // 1000) for h in hours])
    ended = np.array([h >= 72 and h % 24 != 12 for h in hours])
    window = np.array([143 <= h < 147 for h in hours])  # the night from the sixth day to the seventh
    run = run_through(when, ended, window, "UTC")
    assert run is not None
    assert (run.hours, run.calls, run.inside, run.others, run.others_ended) == ({1, 23}, 14, 2, 6, 0)
    ended[hours.index(97)] = False
    shorter = run_through(when, ended, window, "UTC")
    assert shorter is not None
    assert shorter.calls == 11
    assert run_through(when, ended & window, window, "UTC") is None


def test_it_is_told_from_the_first_call_that_ended_so_to_the_last() -> None:
    """A call every five hours, and in four days of a week each one ended in the recording."""
    rows = [*steady("1", every_min=300, offset_min=7), *steady("2", every_min=30, offset_min=3)]
    for row in rows:
        if row["account"] == "1" and at(20) <= row["offered_at"] < at(24):  # type: ignore[operator]
            row.update(RECORDING)
    ended = [r["offered_at"] for r in rows if r["outcome"] == "announcement"]
    found = ask("dead-end", rows, "abandoned", window=(at(19), at(26)))["ends-in-announcement"]
    assert (found.start, found.end) == (min(ended).floor("15min"), max(ended).ceil("15min"))  # type: ignore[type-var, union-attr]
