"""Two exports of a log that overlap: each call once, also where the log gives calls no ids, and real twins twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from calltrace.intake.store import Store
from reading import gathered

if TYPE_CHECKING:
    from pathlib import Path

PANASONIC = "03/13/26 {0:02d}:{1:02d}AM   214 01 <I>5855550117             0'07 00:00'31\n".format
MITEL = " 03/13 {0:02d}:{1:02d}  00:03:45 T101 003 5178                      A 2014\n".format
INTER_TEL = "IN\t107\t94129\t5855550121\t8900\t2026-03-13 {0:02d}:{1:02d}:00\t00:01:32\n".format
NEC = "PIN   {0:02d}:{1:02d} 03/13 001  00:02:11  214         5855550117\n".format
ROWS = {"panasonic": PANASONIC, "mitel": MITEL, "inter-tel": INTER_TEL, "nec": NEC}
TIMES = [(9, 2), (9, 16), (9, 31), (9, 31), (9, 45), (9, 58)]  # two rows alike: two calls in the same minute


@pytest.fixture(params=ROWS)
def parts(request: pytest.FixtureRequest, tmp_path: Path) -> list[Path]:
    """A log whole, and two exports of it that overlap by three rows; the second of the two goes on."""
    rows = [ROWS[request.param](*at) for at in TIMES]
    for name, some in (("a", rows[:5]), ("b", rows[2:])):
        (tmp_path / f"20260313-{name}.log").write_text("".join(some))
    return sorted(tmp_path.glob("*.log"))


def test_each_call_is_counted_once(parts: list[Path]) -> None:
    case = gathered(*parts)
    assert len(case.calls) == len(TIMES)
    assert [(p.kind, p.rows) for p in case.problems if p.effect == "left-out"] == [("duplicate", 3)]


def test_a_store_has_each_call_once_whatever_was_imported_first(parts: list[Path], tmp_path: Path) -> None:
    for turn, paths in enumerate((parts, parts[::-1], [*parts, parts[0]])):
        store = Store.open(tmp_path / f"store-{turn}", create=True)
        for path in paths:
            store.import_([path], tz="America/New_York")
        assert len(store.read().calls) == len(TIMES)
