"""The house rules of the family of screens."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from calltrace.diagnosis import causes, complaints
from calltrace.diagnosis.audit import screens
from calltrace.tables.schema import TABLES


def test_the_tuple_names_what_the_folder_holds() -> None:
    folder = Path(screens.__file__).parent
    assert set(screens.NAMES) == {p.stem for p in folder.glob("*.py") if not p.stem.startswith("_")}


@pytest.mark.parametrize("name", screens.NAMES)
def test_every_screen_says_what_it_asks(name: str) -> None:
    module = import_module(f"calltrace.diagnosis.audit.screens.{name}")
    assert len((module.__doc__ or "").split()) >= 20
    screen = screens.get(name)
    assert screen.title.endswith("?")
    for need in screen.needs:
        table, _, column = need.partition(".")
        assert not column or column in TABLES[table].names


def test_what_candidates_may_become_are_causes_of_what_they_complain_of() -> None:
    from calltrace.diagnosis.audit.screens import _waits, bill, outage, silence  # noqa: PLC0415

    for complaint, names in (
        ("missed-calls", silence.CAUSES), ("missed-calls", outage.EVERYBODY), ("high-bill", bill.CAUSES),
        ("long-hold", _waits.CAUSES), ("long-ring", _waits.CAUSES), ("abandoned", _waits.CAUSES),
    ):
        assert set(names) <= set(complaints.causes_of(complaint)), complaint
        assert set(names) <= set(causes.NAMES)


def test_an_unknown_screen_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        screens.get("weather")
