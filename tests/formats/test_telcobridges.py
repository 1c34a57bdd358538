"""The gateways' log of Key='value' pairs; numbers are invented (555-01xx)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from switches import loaded, matches_golden, recognised_as, row, written

START = 1776344460


def line(  # noqa: PLR0917
    session: str = "9B1D", up: int = 7, end: int = 91, cause: str = "NORMAL_CALL_CLEARING", source: str = "TermInd",
    direction: str = "answer", kind: str = "END", calling: str = "5855550137", called: str = "5855550167", nap: str = "NORTH",
) -> str:
    connected = START + up if up else 0
    return (
        f"2026-04-16 13:02:31.120+0000,{kind},SessionId='{session}',LegId='0x0A01',StartTime='{START}',"
        f"ConnectedTime='{connected}',EndTime='{START + end}',FreedTime='{START + end}',Duration='{end - up if up else 0}',"
        f"TerminationCause='{cause}',TerminationSource='{source}',Calling='{calling}',Called='{called}',NAP='{nap}',"
        f"Direction='{direction}',Media='PCMU@198.51.100.9:6000',Rtp:Rx='1,2',MOS='-','-'\n"
    )


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    folder = repo_root / "sample_logs" / "telcobridges"
    case = loaded(folder / "cdr.log")
    matches_golden(case, folder / "cdr.log.expected.csv", update=update_golden)
    source = case.sources[0]
    assert (source.rows, source.left_out, source.calls, source.answered) == (28, 1, 6, 2)
    assert source.notes == (
        "28 lines: 6 sessions that came in, 6 further legs of them, 1 legs of calls made behind the gateway, 14 beginnings",
    )
    assert [(p.at.line, p.kind) for p in source.problems] == [(28, "bad-row"), (26, "open-call")]


def test_the_callers_leg_speaks_for_the_session(tmp_path: Path) -> None:
    text = line(kind="BEG") + line(direction="originate", source="JoinedTermInd") + line()
    case = loaded(*written(tmp_path, tmg__log=text))
    first = row(case)
    assert len(case.calls) == 1
    assert [first[n] for n in ("ring_s", "queue_s", "talk_s", "ended_by")] == [7, None, 84, "caller"]
    assert first["offered_at"] == pd.Timestamp(START, unit="s", tz="UTC")
    assert (first["ani"], first["dnis"], first["trunk_group"]) == ("+15855550137", "+15855550167", "NORTH")


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        ("NORMAL_CALL_CLEARING", "abandoned"), ("ORIGINATOR_CANCEL", "abandoned"), ("USER_BUSY", "busy"),
        ("486_BUSY_HERE", "busy"), ("NO_ANSWER_FROM_USER", "no_answer"), ("408_REQUEST_TIMEOUT", "no_answer"),
        ("603_DECLINE", "failed"), ("UNALLOCATED_NUMBER", "failed"),
    ],
)
def test_causes_of_unanswered_calls(tmp_path: Path, cause: str, outcome: str) -> None:
    first = row(loaded(*written(tmp_path, tmg__log=line(up=0, cause=cause))))
    assert (first["outcome"], first["hangup_cause"], first["ring_s"], first["talk_s"]) == (outcome, cause, 91, 0)


def session(name: str, came_in: str, sent_to: str, calling: str, called: str) -> str:
    return "".join(
        line(name, direction=direction, nap=nap, calling=calling, called=called)
        for direction, nap in (("answer", came_in), ("originate", sent_to))
    )


INBOUND = session("1", "NORTH", "PBX", "5855550137", "5855550167") + session("2", "NORTH", "PBX", "5855550141", "5855550178")


@pytest.mark.parametrize(
    ("log", "calls"),
    [
        (INBOUND + session("3", "PBX", "NORTH", "204", "5855550199"), "12"),
        (INBOUND + session("3", "PBX", "NORTH", "5855550167", "5855550199"), "12"),  # a client's number is shown
        (INBOUND + session("3", "PBX", "PBX", "204", "207"), "12"),
        # a caller's number is shown: that is no more the switch's than the carrier's
        (INBOUND + session("3", "PBX", "NORTH", "5855550150", "5855550199"), "123"),
        # a carrier that shows the client's office as the caller, whom agents call back from a number nobody calls
        (INBOUND + session("3", "PBX", "NORTH", "5855550150", "5855550137") + session("4", "PBX", "NORTH", "", "5855550141"),
         "1234"),
        # a hospital's extensions, which the service calls back
        (INBOUND + session("3", "CLINIC", "PBX", "4204", "5855550167") + session("4", "PBX", "CLINIC", "204", "4204"), "1234"),
        (INBOUND + session("3", "CLINIC", "PBX", "4204", "5855550167"), "123"),
        (session("3", "PBX", "NORTH", "204", "5855550199"), "3"),  # alone it tells of nobody else
    ],
)  # fmt: skip
def test_what_the_switch_behind_the_gateway_dials_is_no_callers(tmp_path: Path, log: str, calls: str) -> None:
    case = loaded(*written(tmp_path, tmg__log=log))
    assert "".join(case.calls["call_id"].sort_values()) == calls
    assert any("set aside" in note for note in case.sources[0].notes) == (len(calls) < log.count("answer"))


def test_a_short_file_learns_of_another_which_side_the_switch_is_on(tmp_path: Path) -> None:
    night = session("3", "PBX", "NORTH", "204", "5855550199")
    case = loaded(*written(tmp_path, day__log=INBOUND, night__log=night))
    assert sorted(case.calls["call_id"]) == ["1", "2"]


def test_only_its_own_files_are_recognised(repo_root: Path, shared: Path) -> None:
    for folder in (repo_root / "sample_logs", shared / "formats" / "samples"):
        for path in sorted(folder.glob("*/*")):
            if path.is_file() and path.suffix != ".gz":
                own = path.parent.name == "telcobridges" and not path.name.endswith(".expected.csv")
                found = recognised_as(path.name, path.read_bytes())
                assert ("telcobridges" in found) == own, path
                assert not own or found == ["telcobridges"]
