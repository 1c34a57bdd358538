"""Calls that name their client otherwise than the accounts table does are the client's, and told where nothing settles it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from calltrace.diagnosis.accounts import resolve
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.scene import Question
from calltrace.intake import strangers
from calltrace.intake.load import gather, load
from calltrace.intake.store import Store, stretches
from calltrace.tables import known_as
from calltrace.tables.case import Case
from support import account, at, case, steady, table

CODES = ("1590", "1612")
NAMES = {"1590": "Thornton Appliance", "1612": "Tidewater Clinic"}
NUMBERS = {"1590": "+12125550101", "1612": "+12125550102"}
ACCOUNTS = pd.DataFrame({"account": CODES, "name": [*NAMES.values()], "numbers": [*NUMBERS.values()]}, dtype="string")
ZONES = {"1590": "America/New_York", "1612": "America/Denver"}

WRITTEN = {
    "name": [*NAMES.values()], "capitals": ["THORNTON appliance", "Tidewater  clinic"], "figure": ["1590.0", "1612.0"],
    "zeros": ["001590", "001612"], "letters": ["ACCT-1590", "ACCT-1612"],
    "both": ["1590 - Thornton Appliance", "Tidewater Clinic (1612)"], "otherwise": ["K7", "K8"],
}


def folder(where: Path, *logs: list[str], dnis: bool = True, accounts: bool = True) -> Path:
    """One file of calls for each list of names that the two clients go by, six calls of each client, times without offset."""
    where.mkdir(exist_ok=True)
    if accounts:
        rows = [f"{a},{NAMES[a]},{NUMBERS[a]},{ZONES[a]}" for a in CODES]
        (where / "accounts.csv").write_text("account,name,numbers,timezone\n" + "\n".join(rows) + "\n", encoding="utf-8")
    for place, names in enumerate(logs):
        rows = [f"{place}{who}{n},{names[who]},{NUMBERS[CODES[who]] if dnis else ''},2026-06-0{n + 1}T09:00:00,answered"
                for n in range(6) for who in range(2)]
        head = "call_id,account,dnis,offered_at,outcome\n"
        (where / f"calls{place}.csv").write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    return where


def counted(found: Case) -> dict[str, int]:
    return {str(k): int(n) for k, n in found.calls["account"].value_counts().items()}


@pytest.mark.parametrize("way", WRITTEN)
def test_a_client_named_otherwise_is_the_tables(way: str, tmp_path: Path) -> None:
    found = load(folder(tmp_path, WRITTEN[way]))
    assert counted(found) == {"1590": 6, "1612": 6}
    own = found.calls[found.calls["account"] == "1612"]
    assert set(own["offered_at"].dt.hour) == {15}  # nine o'clock of its own zone
    (notes,) = [s.notes for s in found.sources if s.table == "calls"]
    assert any(n.startswith("2 accounts are named otherwise than in the accounts table") for n in notes)
    assert not found.problems


@pytest.mark.parametrize(("way", "known"), [
    ("name", True), ("figure", True), ("letters", True), ("both", True), ("otherwise", False)])
def test_without_the_number_dialled_the_name_alone_tells(way: str, known: bool, tmp_path: Path) -> None:
    found = load(folder(tmp_path, WRITTEN[way], dnis=False))
    assert (set(counted(found)) == set(CODES)) == known
    told = [p.saw for p in found.problems if p.kind == "unlisted-account"]
    assert told == [] if known else told[0] == (
        "12 of 12 calls stand under accounts K7, K8 that no row of the accounts table has, and accounts 1590, 1612 of the"
        " table have no call")


def test_two_exports_that_name_the_clients_in_two_ways_are_of_the_same_calls(tmp_path: Path) -> None:
    folder(tmp_path, [*CODES])
    text = (tmp_path / "calls0.csv").read_text(encoding="utf-8")
    for code in CODES:
        text = text.replace(f",{code},", f",{NAMES[code]},")
    (tmp_path / "again.csv").write_text(text, encoding="utf-8")
    assert counted(load(tmp_path)) == {"1590": 6, "1612": 6}


@pytest.mark.parametrize(("written", "dialled"), [
    (["1590", "B-1590"], {}),  # the log has the code itself
    (["A-1590", "B-1590"], {"A-1590": "", "B-1590": ""}),  # which of the two?
    (["B-1590", "B-1612"], {"B-1590": "1612"}),  # its calls went to the other's number
    (["01590"], {"01590": "1612"}),
    (["K7", "1612"], {"K7": "1590"}),  # a log that names the others as the table does has a client more
    (["K7", "K8"], {"K7": "1590", "K8": "1590"}),  # both of them dialled one client's number
])
def test_what_may_be_another_client_stays_as_it_is(written: list[str], dialled: dict[str, str]) -> None:
    said = {name: Counter({whose: 9}) for name, whose in dialled.items()}
    assert known_as.meant(ACCOUNTS, written, said) == {}


def test_a_store_knows_the_names_when_the_accounts_come_later(tmp_path: Path) -> None:
    kept = Store.open(tmp_path / "store", create=True)
    kept.import_([folder(tmp_path / "a", WRITTEN["name"], accounts=False)], tz="America/New_York")
    kept.import_([folder(tmp_path / "b") / "accounts.csv"])
    assert set(gather([tmp_path / "store"]).calls["account"]) == set(CODES)


def test_an_account_is_found_as_a_log_writes_it() -> None:
    found = Case({"calls": table("calls", steady("1590", every_min=60, days=1)), "accounts": ACCOUNTS}, zone="UTC")
    assert {resolve(found, way) for way in ("1590.0", "001590", "1590 - Thornton Appliance", "thornton")} == {"1590"}


def test_nobody_is_named_for_an_account_whose_calls_may_stand_under_another_name() -> None:
    others = [call | {"account": f"K{call['account']}"} for who in ("2", "3") for call in steady(
        who, every_min=20, silent=[(at(20), at(21))])]
    found = case(others, accounts=[account("2", numbers=None), account("3", numbers=None)])
    told = diagnose(found, Question("2", "missed-calls", at(20), at(21)))
    assert (told.ranked, told.wording) == ((), "inconclusive")
    assert "stand under accounts K2, K3 that no row of the accounts table has" in told.summary
    assert told.next_steps[0].startswith("Write the accounts alike")


def test_a_large_file_read_in_stretches_knows_the_names_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "AT_LEAST_BYTES", 1)
    monkeypatch.setattr(stretches, "PACKED_BYTES", 1)
    kept = Store.open(tmp_path / "store", create=True)
    kept.import_([folder(tmp_path / "a", WRITTEN["figure"])])
    found = kept.read().calls
    assert set(found["account"]) == set(CODES)
    assert set(found.loc[found["account"] == "1612", "offered_at"].dt.hour) == {15}


@pytest.mark.parametrize("local", [("5550101", "5550102"), ("+15550101", "+15550102")])  # as logged, and as stores once had it
def test_numbers_dialled_without_their_area_code_are_told_where_they_match_no_account(local: tuple[str, str]) -> None:
    rows = [call | {"account": local[who]} for who in range(2) for call in steady(str(who), every_min=60, days=2)]
    told = strangers.told(table("calls", rows), ACCOUNTS)
    assert f"stand under accounts {local[0]}, {local[1]} that no row of the accounts table has" in told[0].saw
    whole = [call | {"account": f"+1716{call['account'][-7:]}"} for call in rows]
    assert strangers.told(table("calls", whole), ACCOUNTS)[0].fix.startswith("Look up whose numbers these are")
