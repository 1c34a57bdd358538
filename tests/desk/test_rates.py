"""Rates: rounding, least, cap, what is included, the minimum; and what a wrong table says."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.desk.rates import MEANS, Rates, read_rates
from calltrace.errors import InputError
from calltrace.report.explain import explain
from support import at, table

if TYPE_CHECKING:
    from pathlib import Path


def calls(*talks: float | None, outcome: str = "answered", hold: float | None = None):
    return table(
        "calls",
        [
            {"call_id": str(n), "offered_at": at(0), "outcome": outcome, "talk_s": t, "hold_s": hold}
            for n, t in enumerate(talks)
        ],
    )


NONE = table("messages", [])


def test_rounding_least_and_cap_of_a_call() -> None:
    rates = Rates(rounding_s=6, least_s=30, cap_s=600)
    assert rates.billed_s(calls(61, 66, 3, 5000, None)).tolist() == [66, 66, 30, 600, 30]


def test_hold_counts_only_where_it_is_billed() -> None:
    held = calls(60, hold=30)
    assert Rates().billed_s(held).tolist() == [90]
    assert Rates(bill_hold=False).billed_s(held).tolist() == [60]


def test_unanswered_calls_cost_no_time() -> None:
    gone = calls(None, 20, outcome="abandoned")
    rates = Rates(per_call=1, per_minute=1, least_s=60)
    assert rates.amount(gone, NONE, NONE, 28) == 0
    assert Rates(per_call=1, bill_unanswered=True, least_s=60).amount(gone, NONE, NONE, 28) == 2


def test_a_bill_line_by_line() -> None:
    rates = Rates(
        base=40,
        per_call=0.5,
        per_minute=1,
        per_message=0.25,
        per_dial_out=0.1,
        included_calls=1,
        included_minutes=2,
    )
    lines = rates.lines(calls(60, 120, 180), calls(1, 1), calls(1, 1, 1, 1), 14)
    # half a period: base 20, half a call and one minute included
    assert [(w, n, pytest.approx(a)) for w, n, a in lines] == [
        ("base", 14, 20.0),
        ("calls", 3, 1.25),
        ("minutes", 6, 5.0),
        ("messages", 2, 0.5),
        ("dial-outs", 4, 0.4),
        ("minimum", 0, 0.0),
    ]


def test_the_minimum_adds_what_is_short() -> None:
    assert Rates(minimum=100, per_call=1).amount(calls(1, 1), NONE, NONE, 28) == 100
    assert Rates(minimum=100, per_call=1).lines(calls(1, 1), NONE, NONE, 28)[-1] == ("minimum", 0.0, 98.0)


@given(st.floats(0, 7200), st.sampled_from([0.0, 1.0, 6.0, 60.0]))
def test_rounding_never_bills_less_nor_a_whole_step_more(talk: float, step: float) -> None:
    billed = Rates(rounding_s=step).billed_s(calls(talk))[0]
    assert talk - 1e-6 <= billed <= talk + step + 1e-6


def test_toml_and_csv_say_the_same(tmp_path: Path) -> None:
    toml, csv = tmp_path / "rates.toml", tmp_path / "rates.csv"
    toml.write_text(
        'currency = "CAD"\nper_minute = 1.05\nbill_hold = false\n[accounts.7]\nper_minute = 0.9\n'
    )
    csv.write_text("account,item,value\n,currency,CAD\n,per_minute,1.05\n,bill_hold,no\n7,per_minute,0.9\n")
    assert read_rates(toml) == read_rates(csv)
    assert read_rates(toml).of("7").per_minute == 0.9
    assert read_rates(toml).of("8").per_minute == 1.05


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("r.toml", "per_minit = 1", "per_minit"),
        ("r.toml", "per_minute = -1", "0 or more"),
        ("r.toml", "per_minute = nan", "0 or more"),
        ("r.toml", "per_minute =", "no TOML"),
        ("r.toml", "accounts = 3", "no tables"),
        ("r.csv", "what,much\n", "account,item,value"),
        ("r.csv", "account,item,value\n,per_minute,cheap\n", "r.csv:2"),
    ],
)
def test_a_wrong_table_says_where_and_what(tmp_path: Path, name: str, text: str, says: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(InputError, match=says):
        read_rates(file)


def test_a_rate_table_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read"):
        read_rates(tmp_path / "none.toml")


def test_the_how_tos_examples_are_read_and_are_one_table(repo_root: Path, tmp_path: Path) -> None:
    page = (repo_root / "docs" / "how-to" / "check-a-bill.md").read_text()
    for suffix in ("toml", "csv"):
        text = page.partition(f"```{suffix}\n")[2].partition("```")[0]
        (tmp_path / f"rates.{suffix}").write_text(text)
    found = read_rates(tmp_path / "rates.toml")
    assert found == read_rates(tmp_path / "rates.csv")
    assert (found.per_minute, found.of("1004").per_minute, found.cap_s) == (1.05, 0.95, 900)
    assert found.billed_s(calls(61, 3, 3600)).tolist() == [66, 30, 900]  # as the page says


def test_every_item_is_explained_at_the_terminal_and_in_the_how_to(repo_root: Path) -> None:
    names = {f.name for f in fields(Rates)} - {"accounts"}
    assert set(MEANS) == names
    page = (repo_root / "docs" / "how-to" / "check-a-bill.md").read_text()
    told = explain("rates")
    for name in names:
        assert f"`{name}`" in page
        assert f"{name}: " in told


def test_a_bill_of_quantities_is_the_bill_of_its_calls() -> None:
    rates = Rates(base=28, per_call=0.5, per_minute=1, included_minutes=4, bill_unanswered=True)
    some = calls(60, 120)
    assert rates.billed_calls(some).tolist() == [True, True]
    assert rates.lines(some, NONE, NONE, 14) == rates.priced(2, 3, 0, 0, 14)
