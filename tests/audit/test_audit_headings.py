"""The time above a finding is the one its sentence names."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from audit.test_audit_judge import told
from calltrace.diagnosis.audit.findings import Finding
from calltrace.diagnosis.audit.headings import headed
from calltrace.diagnosis.audit.joining import WINDOWS
from calltrace.diagnosis.diagnosis import Ranked
from calltrace.diagnosis.evidence import Evidence, Outcome
from support import at

SCREENED = at(5, 7.25)
SAYS = "36 calls came in to the account then."


def surge(since: float, until: float, summary: str = f"Client: its callers came. {SAYS}", **more: object) -> Finding:
    """A surge of two hours that the screen found, whose investigation found it to have lasted from one hour to another."""
    lasted = Evidence("own-surge", Outcome.FOUND, SAYS, start=at(5, since), end=at(5, until))
    refused = Evidence("refused-busy", Outcome.FOUND, "two calls were refused", start=at(5, 9), end=at(5, 9.25))
    ranked = (Ranked("own-surge", "", "client", 0.99, (), (), ()),)
    diagnosis = SimpleNamespace(ranked=ranked, evidence=[refused, lasted])
    return told("own-surge", SCREENED, 2, summary=summary, diagnosis=diagnosis, **more)


def span(one: Finding) -> tuple[pd.Timestamp, pd.Timestamp]:
    return one.start, one.end


def test_a_finding_has_the_time_its_sentence_names() -> None:
    one = surge(7.75, 9.25)
    assert span(headed(one)) == (at(5, 7.75), at(5, 9.25))
    assert headed(one).key == one.key


@pytest.mark.parametrize(
    "one",
    [
        surge(8.75, 9.25),  # the sentence tells of a part of it
        surge(7.25, 15.0),
        surge(7.75, 9.25, "Client: its callers came. Two calls were refused."),
        surge(7.75, 9.25, ongoing=True),
        surge(7.75, 9.25, data={WINDOWS: [(SCREENED, at(5, 9.25))]}),
        told("lost-unexplained", SCREENED, 2),
    ],
)
def test_where_they_are_not_of_one_trouble_that_is_over_it_stands_as_it_was_found(one: Finding) -> None:
    assert span(headed(one)) == (one.start, one.end)
