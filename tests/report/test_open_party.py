"""A verdict whose party is open says so wherever it is read, and comes back whole from its JSON."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calltrace.report.making import report_of
from calltrace.report.render import to_html, to_json, to_terminal
from calltrace.report.report import Report
from calltrace.report.saved import report_from
from report.story import diagnosis


@pytest.fixture
def report() -> Report:
    """The carrier's route is the likeliest single cause, the client's two together are likelier."""
    told = diagnosis()
    causes = [replace(r, probability=p) for r, p in zip(told.ranked, (0.3, 0.4, 0.02, 0.25, 0.02, 0.01), strict=True)]
    causes[3] = replace(causes[3], cause="lines-forwarded-late", title="the client forwarded its lines late", party="client")
    causes.sort(key=lambda r: -r.probability)
    summary = "North: the records do not settle it; perhaps the client's doing (55 %) or the carrier's (40 %). Nearest is …"
    return report_of(replace(told, ranked=tuple(causes), wording="inconclusive", summary=summary), command="investigate")


def test_no_page_lays_it_at_the_door_of_the_likeliest_causes_party(report: Report) -> None:
    page = to_terminal.render(report)
    assert "Party: open (the client 55" in page
    assert "Party: the carrier" not in page
    assert "<dd>open (the client 55" in to_html.render(report)


def test_the_shares_are_in_the_document_and_read_back(report: Report) -> None:
    document = report.to_dict()
    assert [s["party"] for s in document["verdict"]["parties"]] == ["client", "carrier"]  # type: ignore[index]
    assert report_from(document).verdict == report.verdict
    assert '"parties"' in to_json.render(report)
