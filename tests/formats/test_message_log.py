"""Message logs: what became of a message, by the platform's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reading import gathered, golden, known, written

if TYPE_CHECKING:
    from pathlib import Path


def log(*activities: str, labels: str = "Account: 1021\n") -> str:
    lines = "".join(f"  03/13/2026 09:2{n}:00 AM  {a}\n" for n, a in enumerate(activities))
    return (
        "=" * 40
        + f"\n{labels}Taken By: BR   Msg ID: 501\nMessage History:\n  03/13/2026 09:16:10 AM  TAKEN  BR\n"
        + lines
    )


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    path = repo_root / "sample_logs" / "message_log" / "messages.txt"
    case = golden(path, update=update_golden, table="messages")
    assert {(s.table, s.rows, s.left_out) for s in case.sources} == {("messages", 3, 1), ("dispatch", 3, 1)}
    assert [known(s) for s in case.table("dispatch")["status"]] == [
        None,
        "delivered",
        "failed",
        None,
        "acknowledged",
    ]


@pytest.mark.parametrize(
    ("activity", "method", "status"),
    [
        ("EM OK ann@example.com", "email", "delivered"),
        ("EM FAIL ann@example.com", "email", "failed"),
        ("SM Submit Success", "sms", None),
        ("SM SUBMIT FAIL", "sms", "failed"),
        ("SMS Ok", "sms", "delivered"),
        ("SMG Secure Submit : OK", "secure message", None),
        ("SMG Viewed from phone", "secure message", "acknowledged"),
        ("TP FAX OK", "fax", "delivered"),
        ("DIAL 5855550130", "call", None),
    ],
)
def test_what_an_activity_says(tmp_path: Path, activity: str, method: str, status: str | None) -> None:
    dispatch = written(tmp_path, "m.txt", log(activity)).table("dispatch")
    assert dispatch["method"].tolist() == [method]
    assert known(dispatch["status"].iloc[0]) == status


def test_edits_and_scripts_are_no_deliveries(tmp_path: Path) -> None:
    case = written(tmp_path, "m.txt", log("EDIT BR", "Auto Script"))
    assert not case.has("dispatch")
    assert case.sources[0].notes[1] == "activities that are no delivery: TAKEN BR 1, EDIT BR 1, AUTO SCRIPT 1"


def test_the_files_name_gives_account_and_time_where_the_text_does_not(tmp_path: Path) -> None:
    path = tmp_path / "MSG 1047 03132026 091610.txt"
    path.write_text("Taken By: BR   Msg ID: 501\nACD ANI: 5855550117\n")
    messages = gathered(path).table("messages")
    assert messages["account"].tolist() == ["1047"]
    assert messages["taken_at"].dt.strftime("%Y-%m-%d %H:%M").tolist() == ["2026-03-13 13:16"]
