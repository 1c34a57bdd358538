"""Numbers without a country's code: whose they are by the zone, and that a store goes on as it began."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from calltrace.config import cases, read
from calltrace.intake.load import load
from calltrace.intake.store import Store

if TYPE_CHECKING:
    from pathlib import Path

FORMS = ("+49305550110", "0049305550110", "0305550110", "305550110")


def logs(folder: Path, *, day: int = 1, numbers: tuple[str, ...] = FORMS) -> Path:
    folder.mkdir(parents=True)
    rows = [f"{day}{n},{number},2026-06-0{day}T09:{n:02d}:00,answered" for n, number in enumerate(numbers)]
    (folder / "calls.csv").write_text("\n".join(["call_id,dnis,offered_at,outcome", *rows]) + "\n", encoding="utf-8")
    return folder


def dialled(calls: pd.DataFrame) -> set[str]:
    return set(calls["dnis"])


def test_a_number_written_four_ways_is_one_where_the_zone_tells_its_country(tmp_path: Path) -> None:
    assert dialled(load(logs(tmp_path / "a"), tz="Europe/Berlin").calls) == {"+49305550110"}
    assert len(dialled(load(tmp_path / "a", tz="Europe/Berlin", region="US").calls)) > 1  # what is said goes before it


def test_the_zone_of_the_accounts_tells_it_too(tmp_path: Path) -> None:
    text = '[accounts.7]\nzone = "Europe/Berlin"\nnumbers = ["+49305550110"]\n'
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    made = cases.load([logs(tmp_path / "a")], read(tmp_path / "c.toml"))
    assert set(made.calls["account"]) == {"7"}


@pytest.mark.parametrize(("before", "after"), [("305550110", "305550110"), ("+49305550110", "+49305550110")])
def test_a_store_goes_on_reading_numbers_as_it_began(tmp_path: Path, before: str, after: str) -> None:
    kept = Store.open(tmp_path / "store", create=True)
    kept.import_([logs(tmp_path / "a", numbers=(before,))], tz="Europe/Berlin", region="US")
    kept.import_([logs(tmp_path / "b", day=2, numbers=(before,))], tz="Europe/Berlin")
    assert dialled(kept.read().calls) == {after}
    kept.import_([logs(tmp_path / "c", day=3, numbers=("0305550111",))], tz="Europe/Berlin", region="DE")
    assert "+49305550111" in dialled(kept.read().calls)


def test_numbers_of_a_country_that_nobody_named_are_told_of(tmp_path: Path) -> None:
    folder = logs(tmp_path / "a")
    (told,) = [p for p in load(folder, tz="UTC").problems if p.kind == "country-unknown"]
    assert (told.at.line, told.rows, told.effect) == (4, 0, "noted")
    assert told.saw == "1 of 4 calls dialled a number that begins with 0, such as 0305550110"
    assert not [p for p in load(folder, tz="Europe/Berlin").problems if p.kind == "country-unknown"]
    american = logs(tmp_path / "b", numbers=(*(f"+121255501{n:02d}" for n in range(30)), "0305550110", "0142", "011493055501"))
    assert not [p for p in load(american, tz="UTC").problems if p.kind == "country-unknown"]


def accounts(folder: Path, *zones: str, numbers: str = "0305550110") -> Path:
    """Beside the logs, an accounts table of clients in these zones; the first has the number the logs dialled."""
    rows = [f"{n},Client {n},{numbers if not n else ''},{zone}" for n, zone in enumerate(zones)]
    text = "\n".join(["account,name,numbers,timezone", *rows]) + "\n"
    (folder / "z.csv.gz").write_bytes(gzip.compress(text.encode()))  # read after the calls, and of no use then
    return folder


@pytest.mark.parametrize(("zones", "told"), [
    (("Europe/Berlin", "Europe/Berlin", "Europe/Zurich"), True),
    (("Europe/Berlin", "Europe/Zurich"), False),  # which of the two?
    (("Europe/Berlin", "Europe/Berlin", "America/Chicago"), False),
], ids=["most", "half", "american"])
def test_the_zones_of_the_accounts_table_tell_it(tmp_path: Path, zones: tuple[str, ...], told: bool) -> None:
    assert (set(load(accounts(logs(tmp_path / "a"), *zones)).calls["account"]) == {"0"}) == told


def test_a_store_reads_calls_by_the_country_of_its_accounts(tmp_path: Path) -> None:
    kept = Store.open(tmp_path / "store", create=True)
    kept.import_([accounts(logs(tmp_path / "a", numbers=("0305550110",)), "Europe/Berlin")])
    kept.import_([logs(tmp_path / "b", day=2, numbers=("305550110", "+49305550110"))])
    assert dialled(kept.read().calls) == {"+49305550110"}
