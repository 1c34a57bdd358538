"""A service that is given a name keeps its mornings and what was acknowledged; another service does not get them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from calltrace.desk.acks import Memory
from calltrace.desk.renamed import names_of
from calltrace.desk.troubles import Morning, followed
from calltrace.diagnosis.audit.findings import Finding, Severity
from support import account, case, steady

DAY = date(2026, 6, 8)
NEXT = DAY + timedelta(days=1)
NAMES = {str(n): f"Client {n}" for n in range(1021, 1031)}


def finding() -> Finding:
    start = pd.Timestamp(DAY.isoformat(), tz="UTC")
    return Finding(
        key="1021/number-down/2026-06-08", account="1021", name="Client 1021", trunk_group=None, cause="number-down",
        title="its number was down", party="carrier", confidence=0.97, wording="confirmed", severity=Severity.HIGH,
        check="silence", start=start, end=start + pd.Timedelta(hours=9), zone="UTC", lost=20.0, harmed=0.0, score=6.0,
        summary="Nothing came.", ongoing=True)


def morning(memory: Memory, day: date, names: dict[str, str]) -> Morning:
    """A morning on which the same is found of the same client, as a service of these accounts keeps it."""
    made = replace(followed(memory.left(day), [finding()], judged=list(names), whole=True), accounts=names)
    memory.keep(made)
    return made


@pytest.fixture
def nameless(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "mornings.sqlite")


def test_a_service_that_is_given_a_name_keeps_its_mornings_and_acknowledgements(nameless: Memory) -> None:
    morning(nameless, DAY, NAMES)
    nameless.ack("1021", now=datetime(2026, 6, 9, 7, tzinfo=UTC))
    named = Memory(nameless.path, service="Keystone Answering")
    a_client_more = {**NAMES, "1031": "Client 1031"}
    assert named.taken_along(NEXT, a_client_more) == (
        "The mornings up to Mon 8 Jun were made without a name: they are of the same accounts, so what they told and what is"
        ' acknowledged goes on under the name "Keystone Answering"')
    assert named.taken_along(NEXT, a_client_more) == ""  # said once
    (stand,) = morning(named, NEXT, a_client_more).stands
    assert stand.state == "going-on"
    assert stand.ack is not None
    assert [t.chain for t in nameless.troubles()] == ["1021/number-down/2026-06-08"]  # which nothing was taken from


@pytest.mark.parametrize(
    "names", [{n: f"Other {n}" for n in NAMES}, {str(n): f"Client {n}" for n in range(2000, 2010)}, {}],
    ids=["other names", "other ids", "none"])
def test_another_service_gets_no_mornings_of_this_one(names: dict[str, str], nameless: Memory) -> None:
    morning(nameless, DAY, NAMES)
    other = Memory(nameless.path, service="Harbor Answering")
    said = other.taken_along(NEXT, names)
    assert ("goes on" in said, other.left(NEXT).last) == (False, None)


def test_ids_alone_are_no_proof_that_it_is_the_same_service(nameless: Memory) -> None:
    ids = {n: n for n in NAMES}
    morning(nameless, DAY, ids)
    named = Memory(nameless.path, service="Keystone Answering")
    assert "if they are of this service, all that was told and acknowledged is unknown until [service] name" in (
        named.taken_along(NEXT, ids))
    assert named.left(NEXT).last is None


def test_a_name_that_was_used_long_ago_or_has_mornings_of_its_own_is_left_alone(nameless: Memory) -> None:
    morning(nameless, DAY, NAMES)
    named = Memory(nameless.path, service="Keystone Answering")
    assert named.taken_along(DAY + timedelta(days=40), NAMES) == ""
    morning(named, NEXT, NAMES)
    assert named.taken_along(NEXT + timedelta(days=1), NAMES) == ""


def test_the_names_are_those_of_the_accounts_table_and_ids_of_all_that_have_calls() -> None:
    told = names_of(case([*steady("1", every_min=600, days=2), *steady("2", every_min=600, days=2)], accounts=[account("2")]))
    assert told == {"1": "1", "2": "Client 2"}
