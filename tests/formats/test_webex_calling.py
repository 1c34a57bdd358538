"""Webex Calling's legs: those of one correlation, and of the consultations out of it, are one caller's attempt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reading import golden, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "webex_calling" / "cdr.csv", update=update_golden)
    source = only_source(case)
    assert source.format == "webex-calling"
    assert (source.rows, source.left_out, source.calls, source.answered, source.zone) == (22, 2, 9, 3, "UTC")
    assert source.notes[0] == (
        "20 rows: 9 callers' attempts and 8 further rows of the same calls; "
        "3 set aside, which are no caller's (2 internal, 1 outbound)"
    )
    (rang,) = case.table("agents").to_dict("records")
    assert (rang["event"], rang["agent"], rang["at"].isoformat()) == (
        "ring_no_answer", "Ann Lee", "2026-04-16T04:06:18.200000+00:00")


LEG = {
    "Start time": "2026-04-16T04:05:57.120Z", "Answer time": "", "Duration": 0, "Calling number": "+15855550117",
    "Called number": "+15855550178", "User": "Bea Ray", "Correlation ID": "4c1f", "Direction": "TERMINATING",
    "Call type": "SIP_INBOUND", "User type": "User", "Answered": "false", "Answer indicator": "No", "Releasing party": "Local",
    "Call outcome": "Success", "Call outcome reason": "NoAnswer", "Ring duration": "24", "Local call ID": "1:0",
    "Release time": "2026-04-16T04:06:21.120Z", "Report ID": "r1", "Report time": "2026-04-16T04:06:21.200Z",
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "outcome", "ring_s"),
    [
        ({}, "no_answer", 24),
        ({"Releasing party": "Remote"}, "abandoned", 24),
        ({"Call outcome reason": "UserBusy"}, "busy", 24),
        ({"Call outcome": "Refusal", "Call outcome reason": "AdminCallBlock"}, "failed", 24),
        ({"Call outcome": "Refusal", "Call outcome reason": "SIP408"}, "no_answer", 24),
        ({"User type": "CallCenterPremium", "Releasing party": "Remote"}, "abandoned", 24),
        ({"User type": "HuntGroup"}, "no_answer", 24),
        ({"Answered": "true", "Answer indicator": "Yes", "Answer time": "2026-04-16T04:06:01.120Z"}, "answered", 4),
        ({"Answered": "true", "Answer time": "2026-04-16T04:06:01.120Z", "User type": "CallCenterPremium"}, "announcement", 4),
        ({"Answered": "true", "Answer time": "2026-04-16T04:06:01.120Z", "User type": "VoiceMailGroup"}, "voicemail", 4),
    ],
)
def test_how_a_leg_ended(tmp_path: Path, said: dict[str, str], outcome: str, ring_s: float) -> None:
    text = json.dumps({"items": [LEG | said]})
    assert recognised_by(text) == ["webex_calling"]
    (call,) = written(tmp_path, "cdr.json", text).calls.to_dict("records")
    assert (call["outcome"], call["ring_s"]) == (outcome, ring_s)


def test_a_hunt_group_picks_nobody_up(tmp_path: Path) -> None:
    """The group's own leg is answered as soon as one of its phones is: the caller heard it ring until then."""
    up = {"Answered": "true", "Answer indicator": "Yes", "Call outcome reason": "Normal"}
    up |= {"Release time": "2026-04-16T04:07:00.120Z"}
    group = LEG | up | {"User type": "HuntGroup", "User": "Desk", "Answer time": "2026-04-16T04:05:57.900Z"}
    phone = LEG | up | {"Call type": "SIP_ENTERPRISE", "Answer time": "2026-04-16T04:06:09.120Z", "Report ID": "r2"}
    phone |= {"Local call ID": "2:0", "Start time": "2026-04-16T04:05:57.200Z"}
    other = LEG | {"User": "Cal Dow", "Call type": "SIP_ENTERPRISE", "Report ID": "r3", "Local call ID": "3:0"}
    other |= {"Release time": "2026-04-16T04:06:09.300Z"}
    case = written(tmp_path, "cdr.json", json.dumps({"items": [group, phone, other]}))
    (call,) = case.calls.to_dict("records")
    assert [call[n] for n in ("outcome", "agent", "queue", "ring_s", "talk_s")] == ["answered", "Bea Ray", "Desk", 12, 51]
    assert not len(case.table("agents"))  # rang together with the one who took it


def test_a_record_delivered_again_later_replaces_the_one_before(tmp_path: Path) -> None:
    later = LEG | {"Report time": "2026-04-16T04:30:00.000Z", "Releasing party": "Remote"}
    case = written(tmp_path, "cdr.json", json.dumps({"items": [LEG]}) + json.dumps({"items": [later]}))
    assert case.calls["outcome"].tolist() == ["abandoned"]
