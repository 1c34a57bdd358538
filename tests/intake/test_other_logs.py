"""Logs of switches that are no record of calls: the message says which file has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from calltrace.errors import InputError
from calltrace.intake.load import load
from reading import written

if TYPE_CHECKING:
    from pathlib import Path

STAMPS = ("[2026-04-16 00:06:40]", "[Apr 16 00:06:40]", "[2026-04-16 00:06:40.123]")
FULL = """\
{0} VERBOSE[2211][C-0000000b] pbx.c: Executing [5855550167@from-trunk:1] Set("PJSIP/north-0000000b", "__DID=5855550167")
{0} VERBOSE[2212][C-0000000b] app_queue.c: PJSIP/207-0000000c answered PJSIP/north-0000000b
    -- Executing a line that goes on
{0} NOTICE[2001] chan_sip.c: Peer 'north' is now Reachable. (11ms / 2000ms)
"""
FREESWITCH = """\
2026-04-16 00:06:40.123456 [NOTICE] switch_channel.c:1142 New Channel sofia/external/5855550137@192.0.2.7
4c1f0d2e-0000-4000-8000-000000000001 2026-04-16 00:06:40.223456 97.53% [DEBUG] sofia.c:7496 Channel entering state [received]
"""


@pytest.mark.parametrize("stamp", STAMPS)
def test_an_asterisks_own_log_is_told_as_such(tmp_path: Path, stamp: str) -> None:
    (told,) = written(tmp_path, "full", FULL.format(stamp)).problems
    assert (told.kind, "queue_log" in told.expected, "Master.csv" in told.fix) == ("unrecognised", True, True)


def test_a_freeswitchs_own_log_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "freeswitch.log"
    path.write_text(FREESWITCH)
    with pytest.raises(InputError, match="FreeSWITCH's own log") as caught:
        load(path)
    assert "xml_cdr" in str(caught.value)


def test_a_note_with_one_such_line_is_none(tmp_path: Path) -> None:
    (told,) = written(tmp_path, "a.txt", "what the log said on Thursday:\n\nno calls\n" + FULL.format(STAMPS[0])[:90]).problems
    assert told.saw.startswith("a file of no known format")
