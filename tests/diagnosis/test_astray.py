"""A client that forwards its lines to another client's number for two days. Four weeks."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.tables.case import Case
from support import account, at, case, scene, steady

SILENT = (at(22), at(24))
OTHERS = "+12125550002"
NIGHTS = "Mo-Su 18:00-24:00,00:00-08:00"


def service(*, arrives: float = 1.0, common: bool = False, coverage: str = "24/7") -> Case:
    """Account 1 an hour's call, but for the silence; 2 one every ninety minutes of its coverage; 3 and 4 as ever.

    Of account 1's calls in the silence ``arrives`` come in on 2's number. Everybody has thirty callers of their own, or all
    have the same (``common``).
    """
    nights = [(at(d, 8), at(d, 18)) for d in range(28)] if coverage == NIGHTS else []
    specs = (("1", 60, ()), ("2", 90, nights), ("3", 40, ()), ("4", 50, ()))
    rows = []
    for who, every, none in specs:
        for place, row in enumerate(steady(who, every_min=every, days=28, offset_min=int(who), silent=none)):
            row["ani"] = f"+1312555{0 if common else int(who):02d}{place * 7 % 30:02d}"
            if who == "1" and SILENT[0] <= row["offered_at"] < SILENT[1]:  # type: ignore[operator]
                if place % 10 >= arrives * 10:
                    continue
                row |= {"account": "2", "dnis": OTHERS}
            if place % 10 == 0:
                row |= {"outcome": "abandoned", "agent": None}
            rows.append(row)
    return case(rows, accounts=[account("1"), account("2", coverage=coverage), account("3"), account("4")])


def ask(found: Case, who: str, complaint: str, start: pd.Timestamp, end: pd.Timestamp) -> Diagnosis:
    return diagnose(found, scene(found, who, start, end, complaint).question)


def test_whose_callers_rang_anothers_number_is_not_said_to_have_kept_its_lines() -> None:
    answer = ask(service(), "1", "missed-calls", *SILENT)
    assert answer.ranked == ()
    assert answer.summary == (
        "Client 1: its lines seem to have been forwarded to another client's number. Its callers came in on +12125550002, a"
        " number of account 2: 80 calls Tue 23 Jun 00:01 to Wed 24 Jun 23:01, where 32 are usual, 48 of them by people who had"
        " called 1 and never that number, 32 by people who had called that number.")
    assert answer.next_steps[0].startswith("Ask 1 which number its lines were forwarded to, and who gave it to them;")


@pytest.mark.parametrize("found", [service(arrives=0.2), service(common=True)])
def test_a_few_calls_astray_or_callers_of_everybody_clear_nobody(found: Case) -> None:
    assert ask(found, "1", "missed-calls", *SILENT).ranked[0].cause == "number-down"


def test_the_bill_of_whom_they_rang_rose_by_no_doing_of_its_own() -> None:
    answer = ask(service(coverage=NIGHTS), "2", "high-bill", at(21), at(25))
    assert answer.ranked == ()
    assert answer.summary.startswith(
        "Client 2: the bill rose by another client's calls, as it seems. On +12125550002 callers of account 1 came in, which"
        " had no call in that time:")
    alone = ask(service(arrives=0.0, coverage=NIGHTS), "2", "high-bill", at(21), at(25))
    assert alone.ranked[0].cause == "within-normal"


def test_an_audit_tells_it_once_and_accuses_neither() -> None:
    found = audit_case(service(coverage=NIGHTS), start=at(22), end=at(24), now=at(24), charts=False)
    assert [(f.account, f.cause, f.party) for f in found.findings] == [("1", "lost-unexplained", "nobody")]
    assert "Its callers came in on +12125550002, a number of account 2" in found.findings[0].summary
