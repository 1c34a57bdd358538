"""Demand: the account's own surge, another account's, and everybody's."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.words import usual
from checks.floor import TROUBLE, Row, ask, burst, during, floor
from support import case, steady


def outcomes(found: dict) -> dict[str, Outcome]:  # type: ignore[type-arg]
    return {name: e.outcome for name, e in found.items()}


def test_the_accounts_own_surge_is_its_own() -> None:
    found = ask("demand", floor(extra=burst("1", 2)))
    own = found["own-surge"]
    assert own.outcome is Outcome.FOUND
    assert (own.start, own.end) == TROUBLE
    assert own.observed == 66  # 60 extra and the 6 of every Monday
    assert own.expected == pytest.approx(6, abs=0.5)
    assert "nothing of the kind was announced" in own.says
    assert found["other-surge"].outcome is Outcome.CLEAR
    assert found["wide-surge"].outcome is Outcome.CLEAR


def test_second_tries_are_told_beside_the_callers_and_not_counted_as_such() -> None:
    came = burst("1", 2)
    again = [r | {"call_id": f"{r['call_id']}-2", "offered_at": r["offered_at"] + pd.Timedelta(minutes=1)} for r in came[::6]]
    lost = [r | {"outcome": "abandoned", "agent": None} if i % 6 == 0 else r for i, r in enumerate(came)]
    own = ask("demand", floor(extra=[*lost, *again]))["own-surge"]
    assert own.says.startswith("76 calls (66 without second tries) came in to the account Mon ")
    assert (own.observed, own.data["calls"]) == (66, 76)


def test_a_promotion_the_client_announced_is_named() -> None:
    event = {
        "starts_at": TROUBLE[0],
        "ends_at": TROUBLE[1],
        "kind": "promotion",
        "scope": "account",
        "target": "1",
        "note": "radio spot",
    }
    own = ask("demand", floor(extra=burst("1", 2)), events=[event])["own-surge"]
    assert own.data["announced"] == "radio spot"
    assert "announced: radio spot" in own.says


def test_another_accounts_surge_is_named_and_is_not_everybodys() -> None:
    found = ask("demand", floor(extra=burst("3", 1)))
    assert outcomes(found) == {
        "own-surge": Outcome.CLEAR,
        "other-surge": Outcome.FOUND,
        "wide-surge": Outcome.CLEAR,
    }
    assert found["other-surge"].data["account"] == "3"
    assert "Client 3" in found["other-surge"].says


@pytest.mark.parametrize(
    ("calls", "which", "said"),
    [(1.0, "", "1 call is usual"), (2.8, "", "2.8 calls are usual"), (0, "", "0 calls are usual"),
     (1, " of the kind", "1 call of the kind is usual")])
def test_one_call_is_usual_and_two_are(calls: float, which: str, said: str) -> None:
    assert usual(calls, which) == said


def test_another_client_s_crowd_explains_no_surge_of_the_accounts_own_callers() -> None:
    alone = ask("demand", floor(extra=burst("1", 5)))["own-surge"]
    beside = ask("demand", floor(extra=[*burst("1", 5), *burst("3", 0.25)]))["own-surge"]
    assert beside.outcome is alone.outcome is Outcome.FOUND
    assert beside.data["everybody"] == pytest.approx(alone.data["everybody"], abs=0.05)


def waiting(rows: list[Row]) -> list[Row]:
    """Everybody waits for over a minute in the trouble."""
    return [r | {"queue_s": 80.0} if during(r) else r for r in rows]


def test_where_everybody_waited_the_larger_crowd_took_the_agents() -> None:
    """Fourteen extra callers of the account beside 480 of another client; and the other way round."""
    small = ask("demand", waiting(floor(extra=[*burst("1", 8), *burst("3", 0.25)])), "abandoned")
    assert small["other-surge"].outcome is Outcome.FOUND
    assert small["own-surge"].strength < 0.1 < small["other-surge"].strength
    large = ask("demand", waiting(floor(extra=[*burst("1", 0.25), *burst("3", 3)])), "abandoned")
    assert large["own-surge"].outcome is Outcome.FOUND
    assert large["own-surge"].strength > 0.9
    assert large["other-surge"].outcome is Outcome.CLEAR
    assert large["other-surge"].data["share_of_extra"] < 0.1


@pytest.mark.parametrize("clients", ["13", "123"])
def test_of_two_or_three_clients_that_rose_together_none_took_the_agents(clients: str) -> None:
    """Each has four or five times its calls; then, beside ordinary ones, account 3 alone has."""
    together = [burst("1", 5.2), burst("2", 2.9), burst("3", 3)]
    few = [r for r in waiting(floor(extra=[r for rows in together for r in rows])) if str(r["account"]) in clients]
    found = ask("demand", case(few), "abandoned")
    assert (found["other-surge"].outcome, found["wide-surge"].outcome) == (Outcome.CLEAR, Outcome.FOUND)
    assert found["own-surge"].outcome is Outcome.CLEAR or found["own-surge"].strength < found["wide-surge"].strength
    alone = ask("demand", case([r for r in waiting(floor(extra=together[2])) if str(r["account"]) in clients]), "abandoned")
    assert (alone["other-surge"].outcome, alone["wide-surge"].outcome) == (Outcome.FOUND, Outcome.CLEAR)


def test_many_accounts_up_together_are_nobodys_own_surge() -> None:
    more = [r for who in range(5, 13) for r in steady(str(who), every_min=30, offset_min=who)]
    extra = [r for who in ("2", "3", "4") for r in burst(who, 8)]
    extra += [r for who in range(5, 13) for r in burst(str(who), 15)]
    found = ask("demand", case(floor(extra=[*more, *extra])))
    assert outcomes(found) == {
        "own-surge": Outcome.CLEAR,
        "other-surge": Outcome.CLEAR,
        "wide-surge": Outcome.FOUND,
    }


def test_ordinary_volume_is_clear_with_its_figures() -> None:
    found = ask("demand", floor())
    assert set(outcomes(found).values()) == {Outcome.CLEAR}
    assert "12 calls in the window" in found["own-surge"].says


def test_second_tries_are_not_more_callers() -> None:
    again = [r | {"ani": "+19175550001", "outcome": "abandoned", "agent": None} for r in burst("1", 4)]
    assert ask("demand", floor(extra=again))["own-surge"].outcome is Outcome.CLEAR


def test_one_account_alone_says_nothing_of_others() -> None:
    rows = [r for r in floor() if r["account"] == "1"]
    found = ask("demand", rows)
    assert found["other-surge"].outcome is Outcome.NOT_RUN
    assert found["wide-surge"].missing == ("calls of other accounts",)
