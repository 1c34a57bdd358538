from __future__ import annotations

import json
import math
from dataclasses import replace

import pandas as pd
import pytest

from calltrace.diagnosis.diagnosis import Hit
from calltrace.report.making import quality_of, report_of
from calltrace.report.report import Report
from calltrace.report.values import finite, finite_each, instant, json_text, zone_named
from calltrace.tables.problems import Problem
from report import story


@pytest.fixture
def report() -> Report:
    return report_of(story.diagnosis(), command="investigate")


def test_the_contract_s_keys_and_values(report: Report) -> None:
    told = report.to_dict()
    assert told["schema"] == "calltrace.report/1"
    assert told["command"] == "investigate"
    assert told["verdict"] == {
        "cause": "lines-not-forwarded",
        "title": "the client did not forward its lines",
        "party": "client",
        "confidence": 0.9712,
        "wording": "confirmed",
        "summary": story.diagnosis().summary,
    }
    assert told["window"] == {"start": "2026-06-05T18:00:00-04:00", "end": "2026-06-08T08:00:00-04:00"}
    assert told["asked"] == {"start": "2026-06-05T17:00:00-04:00", "end": "2026-06-08T09:00:00-04:00"}
    assert [c["cause"] for c in told["causes"]] == [r.cause for r in story.ranked()]  # type: ignore[attr-defined]
    first = told["causes"][0]  # type: ignore[index]
    assert list(first) == ["cause", "title", "party", "probability", "supports", "refutes", "missing"]
    assert first["supports"][0]["facet"] == "account-silent"
    for key in (
        "also_affected",
        "next_steps",
        "inputs",
        "data_quality",
        "ruled_out",
        "not_ruled_out",
        "evidence",
    ):
        assert isinstance(told[key], list)


def test_json_is_laid_out_as_python_s_own() -> None:
    document = {
        "none": None, "texts": ["é", 'a\n"b'], "empty": [[], {}, ()], "deep": {"of": [1, [2.5, [True, None]], {"k": {}}]},
        "plain": {"a": 1, "b": "x"}, "numbers": (0.1, 1e300, -3), "text": "\u2028",
    }
    assert json_text(document) == json.dumps(document, indent=1) + "\n"


@pytest.mark.parametrize("bad", [math.nan, [1.0, math.inf], {"deep": [{"a": 1, "b": [math.nan]}]}])
def test_json_refuses_what_it_can_t_hold(bad: object) -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_text({"figure": bad})


def test_many_numbers_are_as_finite_as_each() -> None:
    assert finite_each([1.5, math.nan, math.inf, 2.0]) == (1.5, None, None, 2.0)


def test_nothing_is_rounded_and_unknown_is_null() -> None:
    odd = replace(
        story.diagnosis(),
        also_affected=(Hit("1", "1", 1 / 3, float("nan"), ""),),
        chart=pd.DataFrame(
            {
                "start": [story.at("2026-06-05 18:00")],
                "expected": [math.inf],
                "low": [pd.NA],
                "high": [2.0],
                "arrived": [None],
            }
        ),
    )
    told = report_of(odd, command="investigate").to_dict()
    assert told["also_affected"] == [
        {"account": "1", "name": "1", "expected": 1 / 3, "observed": None, "says": ""}
    ]
    assert told["chart"] == [
        {"start": "2026-06-05T18:00:00-04:00", "expected": None, "low": None, "high": 2.0, "arrived": None}
    ]
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_a_report_without_a_cause() -> None:
    told = report_of(replace(story.diagnosis(), ranked=()), command="investigate").to_dict()
    verdict = told["verdict"]
    assert isinstance(verdict, dict)
    assert (verdict["cause"], verdict["party"], verdict["confidence"]) == (None, None, None)
    assert told["causes"] == []


def test_listed_calls_keep_their_place_and_lose_empty_columns() -> None:
    calls = pd.DataFrame(
        {
            "call_id": pd.array(["c1", "c2"], dtype="string"),
            "offered_at": pd.DatetimeIndex([story.at("2026-06-05 18:00"), pd.NaT]).as_unit("us"),
            "talk_s": pd.array([31.5, pd.NA], dtype="Float64"),
            "recording": pd.array([pd.NA, pd.NA], dtype="string"),
            "source_file": pd.Series(["calls.csv", "calls.csv"], dtype="category"),
            "source_line": pd.array([7, pd.NA], dtype="Int64"),
        }
    )
    told = report_of(replace(story.diagnosis(), calls_listed=calls), command="investigate").to_dict()
    assert told["calls"] == [
        {
            "call_id": "c1",
            "offered_at": "2026-06-05T18:00:00-04:00",
            "talk_s": 31.5,
            "file": "calls.csv",
            "line": 7,
        },
        {"call_id": "c2", "offered_at": None, "talk_s": None, "file": "calls.csv", "line": None},
    ]


def test_problems_are_gathered_by_file_and_kind_and_all_counted(report: Report) -> None:
    first = story.case().problems[0]
    assert isinstance(first, Problem)
    many = [replace(first, saw=str(n)) for n in range(500)]
    (one,) = quality_of(many)
    assert (one.rows, len(one.flaws), one.flaws[0].line) == (500, 20, 218)
    assert [(q.kind, q.effect, q.rows) for q in report.data_quality] == [
        ("bad-time", "left-out", 1),
        ("duplicate", "left-out", 1),
        ("bad-value", "repaired", 1),
    ]


def test_the_zone_is_the_account_s_where_the_accounts_table_gives_one(report: Report) -> None:
    assert (report.zone, report.zone_from) == ("America/New_York", "accounts")
    assert zone_named("../../etc/passwd").key == "UTC"
    assert zone_named("").key == "UTC"


@pytest.mark.parametrize(
    ("given", "told"),
    [(None, None), (float("nan"), None), (float("-inf"), None), (pd.NA, None), (2, 2.0), (0.25, 0.25)],
)
def test_only_finite_numbers_are_told(given: float | None, told: float | None) -> None:
    assert finite(given) == told


def test_instants_lose_no_microsecond_and_nanoseconds_do_not_warn() -> None:
    plain = instant(pd.Timestamp("2026-06-05T18:00:00.123456789", tz="UTC"))
    assert plain is not None
    assert plain.isoformat() == "2026-06-05T18:00:00.123456+00:00"
    assert instant(pd.NaT) is None
