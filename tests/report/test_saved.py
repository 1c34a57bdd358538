from __future__ import annotations

import json
from pathlib import Path

import pytest

from calltrace.diagnosis import causes
from calltrace.errors import InputError
from calltrace.report.making import report_of
from calltrace.report.saved import read_report, report_from
from report import story
from report.answered import ANSWERS


def test_a_report_that_was_saved_reads_back_as_it_was() -> None:
    report = report_of(story.diagnosis(), command="investigate")
    saved = json.loads(json.dumps(report.to_dict()))
    again = report_from(saved)
    assert again.to_dict() == report.to_dict()
    assert again.window == report.window
    assert again.causes == report.causes


@pytest.mark.parametrize("cause", causes.NAMES)
def test_so_does_every_answer(cause: str) -> None:
    saved = json.loads((ANSWERS / f"{cause}.json").read_text(encoding="utf-8"))
    assert report_from(saved).to_dict() == saved


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": "other/1"}, "no report"),
        ({"command": "audit"}, "no report"),
        ({"verdict": None}, "not as it should be"),
        ({"window": {"start": "yesterday", "end": None}}, "not as it should be"),
        ({"window": {"start": "2026-06-05T18:00:00", "end": "2026-06-05T19:00:00"}}, "no offset"),
        ({"causes": [{"cause": "x"}]}, "title"),
        ({"calls": None}, "not as it should be"),
    ],
)
def test_what_is_no_report_is_refused_in_a_sentence(change: dict[str, object], says: str) -> None:
    saved = report_of(story.diagnosis(), command="investigate").to_dict()
    with pytest.raises(InputError, match=says):
        report_from(json.loads(json.dumps(saved | change)))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00", "[" * 100_000])
def test_a_file_that_is_none_names_itself(text: str, tmp_path: Path) -> None:
    file = tmp_path / "saved.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"saved\.json"):
        read_report(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.json"):
        read_report(tmp_path / "gone.json")


def test_a_part_that_lacks_is_named() -> None:
    saved = report_of(story.diagnosis(), command="investigate").to_dict()
    del saved["asked"]
    with pytest.raises(InputError, match="asked"):
        report_from(saved)
