"""Rows of one trunk group that the switch counted and the records lack: nobody's fault but the export's."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from audit.quiet import WINDOW, Span, service
from calltrace.diagnosis.audit import audit_case
from calltrace.diagnosis.checks import _group_counts
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.weigh import strongest
from calltrace.tables.case import Case
from support import at, scene, table

GONE = (at(29, 9), at(29, 16))


def counted(logs: Case, of: Case | None = None, *, late: float = 0.0, scopes: tuple[str, ...] = ("A", "B")) -> Case:
    """The switch's counts of every call in ``of`` (of the logs themselves by default), so many minutes late."""
    calls = (logs if of is None else of).calls
    every = pd.date_range(at(0), at(35), freq="15min", inclusive="left")
    rows = []
    for scope in ("platform", *scopes):
        own = calls if scope == "platform" else calls[calls["trunk_group"] == scope]
        began = (own["offered_at"] + pd.Timedelta(minutes=late)).dt.floor("15min").value_counts().reindex(every, fill_value=0)
        rows += [{"interval_start": t, "scope": scope, "offered": int(n)} for t, n in began.items()]
    return replace(logs, tables=logs.tables | {"kpi": table("kpi", rows)}, cache={})


def silent(*accounts: str, gone: Span = GONE) -> Case:
    return service({who: [gone] for who in accounts})


def _alone(logs: Case, who: str = "2", group: str = "C") -> Case:
    """The case with an account on a trunk group of its own."""
    moved = {name: frame.assign(trunk_group=frame["trunk_group"].mask(frame["account"] == who, group))
             for name, frame in logs.tables.items() if name in {"calls", "accounts"}}
    return replace(logs, tables=logs.tables | moved, cache={})


def asked(logs: Case, who: str, start: pd.Timestamp = GONE[0], end: pd.Timestamp = GONE[1]) -> Diagnosis:
    return diagnose(logs, scene(logs, who, start, end).question)


def test_a_groups_calls_that_the_switch_counted_are_missing_from_the_records_and_the_carrier_is_not_blamed() -> None:
    logs = counted(silent("3", "4"), service())
    (found,) = audit_case(logs, start=WINDOW[0], end=WINDOW[1]).findings
    assert (found.account, found.trunk_group, found.cause) == (None, "B", "records-missing")
    assert {h.account for h in found.also_affected} == {"3", "4"}
    assert "offered calls on trunk group B" in found.summary
    assert found.lost == len(service().calls) - len(logs.calls)  # what the switch counted, and not what was to be expected
    answer = asked(logs, "4")
    assert (answer.ranked[0].cause, answer.wording) == ("records-missing", "confirmed")
    assert [h.account for h in answer.also_affected] == ["3"]


@pytest.mark.parametrize(
    "logs",
    [
        counted(silent("3", "4")),  # it counted none
        counted(silent("3", "4"), late=90),  # the clock of the counts goes wrong: the silence is elsewhere in them
    ],
    ids=["none-counted", "another-clock"],
)
def test_a_silence_whose_calls_nobody_counted_is_the_carriers(logs: Case) -> None:
    (found,) = audit_case(logs, start=WINDOW[0], end=WINDOW[1]).findings
    assert (found.trunk_group, found.cause) == ("B", "carrier-outage")


def test_another_groups_lost_records_are_not_an_accounts_own() -> None:
    """Half of everybody's calls have no row, and all of those on the account's group have theirs."""
    answer = asked(counted(silent("3", "4"), service()), "2")
    piece = strongest(answer.evidence)["kpi-counts-calls"]
    assert (piece.outcome, answer.ranked[0].cause) == (Outcome.CLEAR, "within-normal")
    assert "on trunk group A" in piece.says


def test_calls_that_are_on_record_under_another_groups_name_are_not_missing() -> None:
    """The log writes another name for some hours, and the counts do not."""
    logs = service()
    calls = logs.calls
    there = (calls["trunk_group"] == "B") & (calls["offered_at"] >= GONE[0]) & (calls["offered_at"] < GONE[1])
    renamed = calls.assign(trunk_group=calls["trunk_group"].mask(there, "B2"))
    other = counted(replace(logs, tables=logs.tables | {"calls": renamed}, cache={}), logs)
    assert strongest(asked(other, "3").evidence)["kpi-counts-calls"].outcome is Outcome.CLEAR
    assert audit_case(other, start=WINDOW[0], end=WINDOW[1]).findings == ()


def test_an_account_alone_on_its_group_is_told_that_its_records_are_missing() -> None:
    logs, everything = (_alone(service(gone)) for gone in ({"2": [GONE]}, None))
    (found,) = audit_case(counted(logs, everything, scopes=("A", "B", "C")), start=WINDOW[0], end=WINDOW[1]).findings
    assert (found.account, found.cause) == ("2", "records-missing")


def test_a_groups_counts_are_added_up_once_for_all_its_accounts() -> None:
    logs = counted(silent("1"))
    one, other = (_group_counts._counts(scene(logs, who, *GONE), ("A",)) for who in ("1", "2"))
    assert one is not None
    assert one is other
    both = _group_counts._counts(scene(logs, "1", *GONE), ("A", "B"))
    assert both is not None
    assert both["offered"].sum() > one["offered"].sum()
    assert _group_counts._counts(scene(logs, "1", *GONE), ("A", "nowhere")) is None
