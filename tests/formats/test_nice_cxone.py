"""NICE CXone's contacts: those of one master are one call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reading import golden, known, only_source, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "nice_cxone" / "call-detail.csv", update=update_golden)
    source = only_source(case)
    assert (source.format, source.rows, source.left_out, source.calls, source.answered) == ("nice-cxone", 7, 0, 5, 2)
    assert case.calls["outcome"].tolist() == ["answered", "abandoned", "announcement", "answered", "voicemail"]
    handed = case.calls.iloc[3]
    assert (handed["agent"], handed["transferred_to"], handed["queue_s"], handed["talk_s"], handed["hold_s"]) == (
        "Bea Ray", "Cal Dow", 20, 130, 10)


CONTACT = {
    "contactId": "1", "masterContactId": "1", "contactStart": "2026-04-16T04:05:57.443Z", "fromAddr": "5855550117",
    "toAddr": "8005550178", "preQueueSeconds": "5", "inQueueSeconds": "13", "agentSeconds": "277", "holdSeconds": "7",
    "postQueueSeconds": "0", "abandoned": "False", "isOutbound": "False", "isActive": "False", "mediaTypeName": "Call",
    "skillName": "Desk", "firstName": "Bea", "lastName": "Ray", "agentId": "101", "lastUpdateTime": "2026-04-16T04:12:00Z",
}  # fmt: skip


@pytest.mark.parametrize("around", ["resultSet", ""])
@pytest.mark.parametrize(
    ("said", "outcome", "agent", "talk_s"),
    [
        ({}, "answered", "Bea Ray", 270),
        ({"agentSeconds": "0", "abandoned": "True"}, "abandoned", None, None),
        ({"agentSeconds": "0", "inQueueSeconds": "0"}, "announcement", None, None),
    ],
)
def test_what_the_api_answers(  # noqa: PLR0917 -- a table
    tmp_path: Path, around: str, said: dict[str, Any], outcome: str, agent: str | None, talk_s: float | None
) -> None:
    answer: dict[str, Any] = {"completedContacts": [CONTACT | said, CONTACT | {"isOutbound": "True", "contactId": "2",
                                                                                "masterContactId": "2"}]}  # fmt: skip
    case = written(tmp_path, "a.json", json.dumps({around: answer} if around else answer))
    (call,) = case.calls.to_dict("records")
    assert (call["outcome"], known(call["agent"]), known(call["talk_s"])) == (outcome, agent, talk_s)
    assert (call["dnis"], call["offered_at"].isoformat()) == ("+18005550178", "2026-04-16T04:05:57.443000+00:00")


def test_a_contact_exported_again_later_replaces_the_one_before(tmp_path: Path) -> None:
    early = CONTACT | {"agentSeconds": "0", "abandoned": "True", "lastUpdateTime": "2026-04-16T04:07:00Z"}
    case = written(tmp_path, "a.json", json.dumps({"completedContacts": [CONTACT, early]}))
    assert case.calls["outcome"].tolist() == ["answered"]
