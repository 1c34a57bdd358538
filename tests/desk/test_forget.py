from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pandas as pd
import pytest

from calltrace.desk.access import AccessLog
from calltrace.desk.forget import forget, known_in
from calltrace.desk.ledger import forget as in_ledger
from calltrace.desk.ledger.copy import copy
from calltrace.desk.ledger.ledger import Ledger
from calltrace.errors import UsageError
from calltrace.intake.store import Store
from calltrace.tables.written import Written
from desk.ledgers import NOW, report

ANN = "+17175550143"
OTHER = "+17175550199"
CALLS = [
    {"ani": ANN, "caller_name": "LEE ANN", "recording": "r/1.wav"},
    {"ani": OTHER, "caller_name": "LEE ANN", "recording": "r/2.wav"},
]


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "sqlite":
        with Ledger(str(tmp_path / "ledger.sqlite3")) as book:
            yield book
        return
    address = os.environ.get("CALLTRACE_TEST_POSTGRES")
    if not address:
        pytest.skip("no PostgreSQL server to try")
    schema = f"forget_{uuid.uuid4().hex[:12]}"
    with Ledger(f"{address}?schema={schema}") as book:
        yield book
        with book.database.writing():
            book.database.run(f'DROP SCHEMA "{schema}" CASCADE')


def filled(ledger: Ledger) -> None:
    ledger.open_case("1021", by="dana", now=NOW, name="Polar", complaint="caller-claim", caller=ANN,
                     claim="Ann Lee says 717-555-0143 rang", report=report(calls=CALLS, caller=ANN))  # fmt: skip
    ledger.note(1, "called her back at (717) 555-0143, Lee Ann was out", by="dana", now=NOW, told="Ann Lee")
    ledger.open_case("2000", by="eli", now=NOW, name="Lee Ann Fabrics", claim="nothing to do with it")
    # long enough that SQLite needs pages besides, which it frees when the text is rewritten
    ledger.note(2, "x" * 9000 + f" {ANN} " + "y" * 9000, by="eli", now=NOW)


def test_a_caller_is_gone_from_the_ledger_and_the_rest_is_as_it_was(ledger: Ledger) -> None:
    filled(ledger)
    dry = in_ledger.forget(ledger, Written(ANN, ["Ann Lee"]), by="dana", now=NOW, dry_run=True)
    assert dry.cases == (1, 2)
    assert ledger.case(1).caller == ANN  # nothing was changed
    done = in_ledger.forget(ledger, Written(ANN, ["Ann Lee"]), by="dana", now=NOW)
    assert (done.cases, done.places, done.left) == (dry.cases, dry.places, 0)
    assert done.names == ("LEE ANN",)
    first, second = ledger.cases()
    assert (first.caller, first.claim) == ("(forgotten)", "(forgotten) says (forgotten) rang")
    assert first.entries[2].text == "called her back at (forgotten), (forgotten) was out"
    assert first.entries[2].person == "(forgotten)"
    kept = ledger.report(1)
    assert kept["calls"] == [
        {"ani": "(forgotten)", "caller_name": "(forgotten)", "recording": "(forgotten)"},
        {"ani": OTHER, "caller_name": "(forgotten)", "recording": "r/2.wav"},  # the name is hers, as far as anyone knows
    ]
    assert kept["verdict"] == report()["verdict"]
    assert second.claim == "nothing to do with it"
    assert len(second.entries[1].text) == 18_000 + len(" (forgotten) ")
    assert [(what, cases) for _, _, what, cases in ledger.upkeep()] == [("a caller was forgotten", 2)]
    again = in_ledger.forget(ledger, Written(ANN), by="dana", now=NOW)
    assert (again.cases, again.places, again.left) == ((), 0, 0)


def test_in_the_callers_own_cases_the_number_without_its_area_goes_too(tmp_path: Path) -> None:
    with Ledger(str(tmp_path / "ledger.sqlite3")) as ledger:
        ledger.open_case("1021", by="dana", now=NOW, caller=ANN, claim="ring 555-0143 back, not 614-555-0143")
        ledger.open_case("2000", by="dana", now=NOW, claim="555-0143 is somebody else here, for all we know")
        assert in_ledger.forget(ledger, Written(ANN), by="dana", now=NOW).cases == (1,)
        assert ledger.case(1).claim == "ring (forgotten) back, not 614-555-0143"
        assert ledger.case(2).claim.startswith("555-0143 ")


def test_who_wrote_is_searched_and_a_colleague_of_the_same_name_stays(tmp_path: Path) -> None:
    with Ledger(str(tmp_path / "ledger.sqlite3")) as ledger:
        filled(ledger)
        ledger.note(2, "typed by the caller", by=f"web {ANN}", now=NOW)
        ledger.note(2, "typed by a colleague", by="Lee Ann", now=NOW)
        ledger.open_case("3000", by="dana", now=NOW, claim="ring 555-0143")
        done = in_ledger.forget(ledger, Written(ANN), by="dana", now=NOW)
        assert (done.left, done.where, done.local) == (0, (), (3,))
        assert [e.by for e in ledger.case(2).entries] == ["eli", "eli", "web (forgotten)", "Lee Ann"]


def test_the_very_column_is_named_that_still_has_the_caller(tmp_path: Path) -> None:
    with Ledger(str(tmp_path / "ledger.sqlite3")) as ledger:
        ledger.open_case(ANN, by="dana", now=NOW, name="Polar")  # an account by its number: the client's own
        (place,) = (p for p in forget(ANN, by="dana", now=NOW, ledger=ledger).places if p.name == "ledger")
        assert place.left > 0
        assert place.fix == "It still stands in cases.account."


def test_not_a_byte_of_it_is_left_in_the_files(tmp_path: Path) -> None:
    place = tmp_path / "ledger.sqlite3"
    with Ledger(str(place)) as ledger:
        filled(ledger)
        before = sum(p.read_bytes().count(b"5550143") for p in in_ledger.files_of(place))
        assert before > 0
        done = in_ledger.forget(ledger, Written(ANN, ["Ann Lee", "Lee Ann"]), by="dana", now=NOW)
        assert done.left == 0
        assert done.searched[-1] == "ledger.sqlite3-shm"
        for path in in_ledger.files_of(place):
            data = path.read_bytes()
            assert b"0143" not in data, path
            assert b"Ann Lee" not in data, path


def test_the_proof_sees_what_is_left(tmp_path: Path) -> None:
    """A proof that can't fail proves nothing: here SQLite is kept from writing its file anew."""
    place = tmp_path / "ledger.sqlite3"
    with Ledger(str(place)) as ledger:
        filled(ledger)
        ledger.database.rows("PRAGMA secure_delete = OFF")
        ledger.database.scrub = lambda: None  # type: ignore[method-assign]
        done = in_ledger.forget(ledger, Written(ANN), by="dana", now=NOW)
        assert done.left > 0


def test_forgetting_reaches_every_place_and_names_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLTRACE_STATE_DIR", str(tmp_path / "state"))
    logs = tmp_path / "calls.csv"
    rows = [
        {"call_id": f"c{i}", "account": "1021", "dnis": "+18005550100", "ani": ANN if i % 3 == 0 else OTHER,
         "caller_name": "LEE ANN" if i % 3 == 0 else "", "offered_at": f"2026-02-1{i % 5}T10:00:00Z",
         "outcome": "answered", "ring_s": 5}
        for i in range(12)
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(logs, index=False)
    store = Store.open(str(tmp_path / "state" / "store"), create=True)
    store.import_([str(logs)])
    log = AccessLog(tmp_path / "state" / "access.log")
    log.record("caller", ANN, "she asked", who="dana", now=NOW)
    mail = EmailMessage()
    mail.set_content(f"She rang from {ANN} — twice", cte="base64")
    (tmp_path / "state" / "mail").mkdir()
    (tmp_path / "state" / "mail" / "a.eml").write_bytes(mail.as_bytes())
    with Ledger(str(tmp_path / "state" / "ledger.sqlite3")) as ledger:
        filled(ledger)
        ledger.note(1, "LEE ANN again", by="dana", now=NOW)
        found = forget(ANN, by="dana", now=NOW, store=store, ledger=ledger, log=log, dry_run=True)
        assert [(p.name, p.changed) for p in found.places[:1]] == [("store", 4)]
        assert found.dry_run
        # the store lies in the folder that is searched: its files are nobody's to delete by hand
        assert [Path(p.where).name for p in found.places if p.name == "file"] == ["a.eml"]
        done = forget(ANN, by="dana", now=NOW, store=store, ledger=ledger, log=log)
        assert ledger.case(1).entries[3].text == "(forgotten) again"  # the name stood beside the number in the logs
    told = {p.name: (p.changed, p.left) for p in done.places}
    assert told["store"] == (4, 0)
    assert told["ledger"][1] == 0
    assert told["access log"] == (1, 0)
    assert told["file"][1] == 1  # the mail that waits, found through its base64
    assert done.left == 1
    calls = Store.open(str(tmp_path / "state" / "store")).read().calls
    assert len(calls) == 12
    assert calls["ani"].isna().sum() == 4
    assert json.dumps(done.to_dict()).count("0143") == 0
    assert [one.command for one in log.lookups()] == ["caller", "forget"]


def test_a_number_said_as_in_its_own_country_is_the_one_the_store_has(tmp_path: Path) -> None:
    callers = enumerate(("+61355547067", "+12125550142"))
    rows = [f"{n},+61255500109,{number},2026-02-1{n}T10:00:00Z,answered" for n, number in callers]
    rows.insert(0, "call_id,dnis,ani,offered_at,outcome")
    (tmp_path / "calls.csv").write_text("\n".join(rows), encoding="utf-8")
    store = Store.open(str(tmp_path / "store"), create=True)
    store.import_([str(tmp_path / "calls.csv")])
    assert known_in(store, "03 5554 7067") == "+61355547067"
    assert known_in(store, "212-555-0142") == "212-555-0142"
    assert known_in(store, "03 5554 7068") == "03 5554 7068"


def test_a_number_is_needed() -> None:
    with pytest.raises(UsageError, match="no number"):
        forget("anonymous", by="dana", now=NOW)


def test_old_closed_cases_go_and_their_numbers_do_not_come_again(ledger: Ledger) -> None:
    filled(ledger)
    old = ledger.open_case("3000", by="dana", now=NOW - timedelta(days=500), report=report())
    ledger.close_case(old, "done", by="dana", now=NOW - timedelta(days=499))
    waiting = ledger.open_case("3000", by="dana", now=NOW - timedelta(days=500))
    ledger.follow_up(waiting, "does it hold?", NOW, by="dana", now=NOW - timedelta(days=500))
    ledger.close_case(waiting, "done", by="dana", now=NOW - timedelta(days=499))
    limit = NOW - timedelta(days=400)
    assert in_ledger.prune(ledger, limit, by="dana", now=NOW, dry_run=True) == (old,)
    assert len(ledger.cases()) == 4
    assert in_ledger.prune(ledger, limit, by="dana", now=NOW) == (old,)
    assert [c.id for c in ledger.cases()] == [1, 2, waiting]
    assert ledger.open_case("3000", by="dana", now=NOW) == waiting + 1
    assert in_ledger.prune(ledger, limit, by="dana", now=NOW) == ()


def test_the_whole_ledger_moves(ledger: Ledger, tmp_path: Path) -> None:
    filled(ledger)
    ledger.promise(1, "call back", NOW, by="dana", now=NOW)
    ledger.keep(1, 4, by="dana", now=NOW)
    place = str(tmp_path / "copy.sqlite3")
    assert copy(ledger, place).startswith("2 cases, 7 entries and 1 reports copied to ")
    with Ledger(place, create=False) as other:
        assert other.cases() == ledger.cases()
        assert other.report(1) == ledger.report(1)
        assert other.open_case("3000", by="dana", now=NOW) == 3
    with pytest.raises(UsageError, match=r"there are cases in .* already"):
        copy(ledger, place)


def test_a_file_moves_to_a_server(tmp_path: Path) -> None:
    address = os.environ.get("CALLTRACE_TEST_POSTGRES")
    if not address:
        pytest.skip("no PostgreSQL server to try")
    place = f"{address}?schema=move_{uuid.uuid4().hex[:12]}"
    with Ledger(str(tmp_path / "l.sqlite3")) as ledger:
        filled(ledger)
        copy(ledger, place)
        with Ledger(place, create=False) as other:
            assert other.cases() == ledger.cases()
            assert other.report(1) == ledger.report(1)
            with other.database.writing():
                other.database.run(f'DROP SCHEMA "{place.rpartition("=")[2]}" CASCADE')
