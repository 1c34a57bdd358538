"""A client who forwarded late one evening and lost an outage's calls the next morning had both: each is told with its hours."""

from __future__ import annotations

import pytest

from audit.quiet import Span, service
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.diagnosis.scene import Question
from calltrace.diagnosis.second import OF_IT
from calltrace.report.letter import letter
from calltrace.report.making import report_of
from support import at

LATE = (at(29, 18), at(30))  # the first hours of account 1's coverage
OUTAGE = (at(30, 2), at(30, 6))
OF_GROUP = ("1", "2", "5")  # all of trunk group A


def asked(outage: Span, hit: tuple[str, ...], own: tuple[Span, ...] = (LATE,)) -> Diagnosis:
    silent: dict[str, list[Span]] = {a: [outage] for a in hit}
    silent["1"] = [*own, *silent.get("1", [])]
    return diagnose(service(silent), Question("1", "missed-calls", at(29, 18), at(30, 8)))


def test_an_outage_at_another_hour_is_told_beside_what_is_named() -> None:
    answer = asked(OUTAGE, OF_GROUP)
    assert answer.ranked[0].cause == "lines-forwarded-late"
    assert "second trouble: no call to any other account on trunk group A Wed 1 Jul 01:" in answer.summary
    assert not [b for b in answer.ranked[0].refutes if b.facet == "trunk-silent"]  # of another hour: it speaks against nothing
    assert {h.account for h in answer.also_affected} == {"2", "5"}
    assert all("Wed 1 Jul 01:" in h.says for h in answer.also_affected)
    assert answer.next_steps[-1] == OF_IT
    told = " ".join(letter(report_of(answer, command="investigate")).paper.as_text.split())
    assert "trouble in that time, on Wednesday, July 1 between 1:59 am and 6:01 am: no call came in for any client" in told
    assert "That was not your doing." in told


@pytest.mark.parametrize(("hit", "own"), [(("2", "5"), (LATE,)), (OF_GROUP, ())])
def test_who_had_calls_in_it_or_had_no_other_trouble_is_told_of_one(hit: tuple[str, ...], own: tuple[Span, ...]) -> None:
    answer = asked(OUTAGE, hit, own)
    assert "second trouble" not in answer.summary
    assert OF_IT not in answer.next_steps
    assert "not your doing" not in letter(report_of(answer, command="investigate")).paper.as_text
