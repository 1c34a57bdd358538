"""Numbers dialled that a log writes by their last digits are the accounts table's where one alone ends so, and that is said."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from calltrace.config import cases
from calltrace.config.reader import read as read_config
from calltrace.desk.find import Wanted, find
from calltrace.desk.of_store import case_of
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.scene import Question
from calltrace.intake import last_digits, strangers
from calltrace.intake.load import gather, load
from calltrace.intake.store import Store
from calltrace.tables.case import Case
from calltrace.tables.masking import Masker
from support import account, at, case, steady

NUMBERS = {"1": "+15855550142", "2": "+17165550167"}
TABLE = pd.DataFrame({"account": [*NUMBERS], "numbers": [*NUMBERS.values()]}, dtype="string")


def log(digits: int) -> Case:
    """Two clients' calls, each under its number's last digits."""
    short = {who: number[-digits:] for who, number in NUMBERS.items()}
    rows = [
        call | {"account": short[who], "dnis": short[who], "outcome": "abandoned" if n % 9 == 0 else "answered"}
        for who in NUMBERS for n, call in enumerate(steady(who, every_min=60))]
    return case(rows, accounts=[account(who, numbers=NUMBERS[who]) for who in NUMBERS])


@pytest.mark.parametrize("digits", [4, 5, 6, 7])
def test_calls_are_the_clients_whose_number_alone_ends_so(digits: int) -> None:
    found = last_digits.settled(log(digits))
    assert {*zip(found.calls["account"], found.calls["dnis"], strict=True)} == {*NUMBERS.items()}
    assert found.short_of == {n: n[-digits:] for n in NUMBERS.values()}
    (told,) = found.problems
    assert (told.kind, told.rows) == ("last-digits", 0)
    assert told.saw.startswith("1,344 of 1,344 calls have the number dialled by its last digits alone")
    assert f"{NUMBERS['1'][-digits:]} as +15855550142 of account 1" in told.saw
    assert Masker().learn(found).text(told.saw) == told.saw, "the clients' own numbers are no callers'"
    assert not strangers.told(log(digits).calls, TABLE)
    assert last_digits.settled(found) is found


@pytest.mark.parametrize(("dialled", "joined"), [
    (["5550142", "5550199", "2101", "+15855550167"], {"5550142"}),  # seven digits say it, whatever else there is
    (["+15550142"], {"+15550142"}),  # as stores once had it
    (["5550142", "+12125550142"], set()),  # another whole number that ends so: which of the two?
    (["5550142", "+15855550142"], {"5550142"}),  # a second trunk hands it over whole
    (["0142", "0167"], {"0142", "0167"}),
    (["0142", "0167", "2101"], set()),  # of another range, or extensions
    (["0142", "0167", "15", "17"], set()),
    (["142", "167"], set()),  # so short, anybody's
])
def test_what_may_be_another_number_stays_as_it_is(dialled: list[str], joined: set[str]) -> None:
    short = last_digits.candidates(dialled, TABLE)
    assert {*last_digits.meant(short, Counter(dialled), TABLE)} == joined


def test_counts_of_calls_weigh_as_the_calls_do() -> None:
    """A few queues that ring seldom are many rows of a store's counts, and few calls."""
    queues = [f"2{n:03d}" for n in range(30)]
    counts = pd.DataFrame({"account": ["0142", "0167", *queues], "offered": [900, 800, *[1] * 30]}).assign(
        dnis=lambda rows: rows["account"])
    calls = counts.loc[counts.index.repeat(counts["offered"])].drop(columns="offered")
    assert last_digits.of_calls(counts, TABLE) == last_digits.of_calls(calls, TABLE) == {n[-4:]: n for n in NUMBERS.values()}
    assert last_digits.of_calls(counts.assign(offered=1), TABLE) == {}


def test_an_end_that_two_numbers_of_the_table_have_is_nobodys_and_told() -> None:
    both = pd.concat([TABLE, pd.DataFrame({"account": ["3"], "numbers": ["+12125550142"]}, dtype="string")], ignore_index=True)
    found = last_digits.settled(replace(log(7), tables={**log(7).tables, "accounts": both}))
    assert {*found.calls["account"]} == {"5550142", "2"}
    assert "stand under account 5550142 that no row" in strangers.told(found.calls, both)[0].saw
    once = pd.DataFrame({"account": ["1", "2"], "numbers": ["+15855550142", "+15855550142"]}, dtype="string")
    assert last_digits.meant(["5550142"], Counter(["5550142"]), once) == {}  # one number, of two clients


def test_no_absence_is_confirmed_of_a_number_known_by_its_last_digits() -> None:
    found = last_digits.settled(log(7))
    asked = Question("1", "caller-claim", at(20), at(21), caller="716 555 0144")
    sure, said = diagnose(replace(found, short_of={}), asked), diagnose(found, asked)
    assert sure.ranked[0].cause == said.ranked[0].cause == "no-record-of-call"
    assert (sure.wording, said.wording) == ("confirmed", "likely")
    assert "by its last digits alone (5550142): a call written otherwise would not be among its own" in said.summary
    assert "last digits" not in sure.summary
    present = Question("1", "caller-claim", at(20), at(21), caller="212 555 0100")
    assert diagnose(found, present).wording == diagnose(replace(found, short_of={}), present).wording == "confirmed"


def folder(where: Path, *, accounts: bool = True) -> Path:
    where.mkdir()
    rows = [f"{who}{n},{NUMBERS[who][-7:]},2026-06-0{n + 1}T09:00:00-04:00,answered" for n in range(6) for who in NUMBERS]
    (where / "calls.csv").write_text("call_id,dnis,offered_at,outcome\n" + "\n".join(rows) + "\n", encoding="utf-8")
    if accounts:
        (where / "accounts.csv").write_text("account,name,numbers\n1,Polar,+15855550142\n2,Bay,+17165550167\n", encoding="utf-8")
    return where


def test_inspect_says_so_of_the_file(tmp_path: Path) -> None:
    found = load(folder(tmp_path / "a"))
    assert {*found.calls["account"]} == {*NUMBERS}
    (source,) = [s for s in found.sources if s.table == "calls"]
    assert [p.kind for p in source.problems] == ["last-digits"]


def test_a_store_keeps_numbers_as_logged_and_reads_them_as_the_tables(tmp_path: Path) -> None:
    kept = Store.open(tmp_path / "store", create=True)
    kept.import_([folder(tmp_path / "a", accounts=False)])
    kept.import_([folder(tmp_path / "b")])  # the same calls once more, and whose the numbers are
    assert {*kept.read().calls["dnis"]} == {"5550142", "5550167"}
    found = gather([tmp_path / "store"])
    assert {*zip(found.calls["account"], found.calls["dnis"], strict=True)} == {*NUMBERS.items()}
    assert len(found.calls) == 12
    assert [p.kind for p in found.problems if p.kind in {"last-digits", "unlisted-account"}] == ["last-digits"]


def test_a_lookup_in_a_store_finds_the_clients_calls_by_them(tmp_path: Path) -> None:
    kept = Store.open(tmp_path / "store", create=True)
    kept.import_([folder(tmp_path / "a")])
    wanted = Wanted(account="Polar")
    found = find(case_of(kept, wanted), wanted)
    assert {*zip(found.calls["account"], found.calls["dnis"], strict=True)} == {("1", NUMBERS["1"])}
    assert len(found.calls) == 6


def test_the_configurations_numbers_are_known_too(tmp_path: Path) -> None:
    config = tmp_path / "calltrace.toml"
    config.write_text('[accounts.1]\nnumbers = ["+15855550142"]\n[accounts.2]\nnumbers = ["+17165550167"]\n', encoding="utf-8")
    found = cases.load([folder(tmp_path / "a", accounts=False)], read_config(config))
    assert {*found.calls["account"]} == {*NUMBERS}
    assert [p.kind for p in found.problems] == ["last-digits"]
