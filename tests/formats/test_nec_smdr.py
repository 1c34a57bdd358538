"""NEC SMDR: the printed report, and framed records in length-tagged fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from calltrace.intake.formats.nec_smdr import _fields
from reading import gathered, golden, only_source, read_with, recognised_by

if TYPE_CHECKING:
    from pathlib import Path

NAME = "nec_smdr"
HEADING = "CLASS TIME  DATE  LINE DURATION  STATION     DIALLED No./CLI      ACCOUNT\n"


def test_the_samples_become_what_they_should(repo_root: Path, update_golden: bool) -> None:
    folder = repo_root / "sample_logs" / NAME
    printed = only_source(golden(folder / "smdr.txt", update=update_golden))
    assert (printed.rows, printed.left_out, printed.calls, printed.answered) == (10, 1, 4, 3)
    assert [p.kind for p in printed.problems] == ["records-lost", "bad-time"]
    framed = only_source(golden(folder / "frames.smdr", update=update_golden))
    assert (framed.rows, framed.left_out, framed.calls, framed.answered) == (5, 1, 2, 2)


def test_a_transfer_goes_on_with_the_call() -> None:
    frame = read_with(
        NAME,
        HEADING + "PIN   09:40 03/13 003  00:01:00  215         5855550122\n"
        "PTRS  09:41 03/13 003  00:03:00  216         5855550122\n",
    ).frame
    assert frame["talk_s"].tolist() == [240]
    assert frame["transferred_to"].tolist() == ["216"]


def test_no_answer_is_a_caller_who_left() -> None:
    frame = read_with(
        NAME, HEADING + "PIN   09:20 03/13 002                        5855550119           NO ANSWER\n"
    ).frame
    assert frame["outcome"].tolist() == ["abandoned"]
    assert frame["ani"].tolist() == ["+15855550119"]


def test_fields_whose_length_counts_a_sign_that_is_not_sent() -> None:
    assert _fields("0112001023201041071173255512120803004") == {
        "01": "001023201041",
        "07": "7325551212",
        "08": "004",
    }


def test_a_wrong_length_costs_the_fields_up_to_the_times() -> None:
    body = "01120010100522100399xx0634" + "20260302091431000" + "20260302091642000" + "0803000"
    assert _fields(body)["06"] == "2026030209143100020260302091642000"


def test_no_other_format_takes_it() -> None:
    assert recognised_by(HEADING + "PIN   09:40 03/13 003  00:01:00  215         5855550122\n") == [NAME]
    assert recognised_by("\x020!KL0112001010052210\x03") == [NAME]


def test_real_framed_records_give_callers_attempts_only(shared: Path) -> None:
    folder = shared / "formats" / "samples" / "smdr"
    counted = {}
    for path in sorted(folder.glob("zombat_nec_*.smdr")):
        source = only_source(gathered(path, tz="UTC"))
        assert (source.format, source.rows, source.left_out) == ("nec-smdr", 1, 0)
        counted[path.stem[-8:-6]] = (source.calls, source.answered, source.first)
    arrived = pd.Timestamp("2019-09-08T21:57:41.398Z")
    assert counted["KL"] == (1, 1, arrived)
    # outgoing, and from station to station: no caller's
    assert not counted["KK"][0]
    assert not counted["KM"][0]
