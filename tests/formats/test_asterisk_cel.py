"""Channel events alone, beside a CDR and beside a queue_log; numbers are invented (555-01xx)."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from calltrace.intake.formats import asterisk_cel as cel
from calltrace.intake.formats._base import ReadOptions
from calltrace.intake.opened import stream_of
from switches import loaded, matches_golden, recognised_as, row, written

TOLD = ["source_file", "source_line"]


def sample(repo_root: Path) -> Path:
    return repo_root / "sample_logs" / "asterisk_cel" / "Master.csv"


def lines_of(path: Path) -> list[list[str]]:
    return [r for r in csv.reader(path.read_text(encoding="utf-8").splitlines()) if len(r) == 20]


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    file = sample(repo_root)
    case = loaded(file)
    matches_golden(case, file.with_name(file.name + ".expected.csv"), update=update_golden)
    source = case.sources[0]
    assert (source.format, source.rows, source.left_out, source.calls) == ("asterisk-cel", 78, 1, 6)
    assert source.notes == (
        "77 channel events of 8 calls",
        "1 calls have no end in the log: they are in no figure",
        "7 calls: 6 callers' attempts; 1 set aside, which are no caller's",
        "set aside: 1 calls that phones here dialled out",
    )


def test_what_the_cdr_lacks_is_told(repo_root: Path) -> None:
    case = loaded(sample(repo_root))
    answered, parked, moved = (row(case, n) for n in (0, 2, 3))
    assert (answered["redirected_from"], answered["dnis"]) == ("+15855550100", "+15855550167")
    assert (answered["ring_s"], answered["queue_s"], answered["talk_s"]) == (0, 11, 79)
    assert (answered["ended_by"], answered["hangup_cause"]) == ("agent", "ANSWER, Q.850 16")
    assert (parked["hold_s"], parked["talk_s"], parked["ended_by"]) == (30, 65, "caller")
    assert (moved["transferred_to"], moved["talk_s"], moved["agent"]) == ("95855550111", 40, "PJSIP/207")


def header_form(rows: list[list[str]], *, zone: str = "America/New_York") -> str:
    """The same events as FreePBX's table has them: named columns, local times in whole seconds."""
    names = (
        "id,eventtype,eventtime,cid_name,cid_num,cid_ani,cid_rdnis,cid_dnid,exten,context,channame,appname,appdata,"
        "amaflags,accountcode,uniqueid,linkedid,peer,userdeftype,extra"
    )
    out = [names]
    for n, r in enumerate(rows, 1):
        at = pd.Timestamp(float(r[1]), unit="s", tz="UTC").tz_convert(zone)
        cells = [str(n), r[0], f"{at:%Y-%m-%d %H:%M:%S}", *r[2:17], "", r[19]]
        out.append(",".join('"' + c.replace('"', '""') + '"' for c in cells))
    return "\n".join(out) + "\n"


@pytest.mark.parametrize("zone", ["America/New_York", "UTC"])
def test_the_table_is_the_same_calls_to_the_second(repo_root: Path, tmp_path: Path, zone: str) -> None:
    file = sample(repo_root)
    table = loaded(*written(tmp_path, cel__csv=header_form(lines_of(file), zone=zone)), tz=None)
    assert table.sources[0].zone_from == "uniqueid"
    plain = loaded(file)
    same = [c for c in plain.calls.columns if c not in (*TOLD, "ring_s", "queue_s", "talk_s", "hold_s")]
    pd.testing.assert_frame_equal(table.calls[same], plain.calls[same])
    for name in ("ring_s", "queue_s", "talk_s"):
        assert ((table.calls[name] - plain.calls[name]).abs().dropna() <= 1).all()


@pytest.mark.parametrize(
    "anew",
    [
        json.dumps,
        lambda said: json.dumps(said, separators=(",", " : ")).replace("/", "\\/"),
    ],
    ids=["blanks", "slashes"],
)
def test_who_hung_up_is_told_however_the_json_is_written(repo_root: Path, tmp_path: Path, anew: Callable[[object], str]) -> None:
    def again(cell: str) -> str:
        return anew(json.loads(cell)) if cell.startswith("{") else cell

    rows = lines_of(sample(repo_root))
    asis, other = written(
        tmp_path, a__csv=header_form(rows), b__csv=header_form([[*r[:19], again(r[19])] for r in rows]))
    pd.testing.assert_frame_equal(loaded(asis).calls.drop(columns=TOLD), loaded(other).calls.drop(columns=TOLD))


def test_a_hang_up_by_what_is_no_channel_is_nobodys(repo_root: Path, tmp_path: Path) -> None:
    rows = [[*r[:19], r[19].replace("PJSIP/207-00000002", "?")] for r in lines_of(sample(repo_root))]
    assert pd.isna(row(loaded(*written(tmp_path, cel__csv=header_form(rows))), 0)["ended_by"])


def test_a_table_exported_newest_first_is_turned_round(repo_root: Path, tmp_path: Path) -> None:
    head, *rest = header_form(lines_of(sample(repo_root))).splitlines()
    forth, back = written(tmp_path, a__csv="\n".join([head, *rest]), b__csv="\n".join([head, *rest[::-1]]))
    pd.testing.assert_frame_equal(
        loaded(forth).calls.drop(columns=TOLD), loaded(back).calls.drop(columns=TOLD)
    )


def test_before_version_12_bridges_and_hang_ups_are_told_otherwise(tmp_path: Path) -> None:
    def event(  # noqa: PLR0917
        at: float, kind: str, channel: str, n: int, app: str = "", peer: str = "", extra: str = ""
    ) -> str:
        cells = [
            kind, f"{1776312400 + at:.6f}", "Ann Lee", "5855550137", "", "", "5855550167", "5855550167", "from-trunk",
            channel, app, "desk" if app else "", "3", "HA", f"1776312400.{n}", "1776312400.1", peer, "", "", extra,
        ]  # fmt: skip
        return ",".join(f'"{c}"' for c in cells)

    caller, phone = "SIP/north-00000001", "SIP/207-00000002"
    lines = [
        event(0, "CHAN_START", caller, 1), event(1, "APP_START", caller, 1, "Queue"), event(1, "CHAN_START", phone, 2),
        event(8, "ANSWER", phone, 2, "AppQueue"), event(8.1, "ANSWER", caller, 1, "Queue"),
        event(8.2, "BRIDGE_START", caller, 1, "Queue", phone), event(68.2, "BRIDGE_END", caller, 1, "Queue", phone),
        event(68.3, "HANGUP", phone, 2, "AppQueue", extra="16,,"),
        event(68.4, "HANGUP", caller, 1, extra=f"16,{caller},ANSWER"), event(68.5, "LINKEDID_END", caller, 1),
    ]  # fmt: skip
    call = row(loaded(*written(tmp_path, cel__csv="\n".join(lines) + "\n")))
    assert (call["outcome"], call["agent"], call["ended_by"]) == ("answered", "SIP/207", "caller")
    assert (call["ring_s"], call["queue_s"], call["talk_s"]) == (8, 0, 60)
    assert call["hangup_cause"] == "ANSWER, Q.850 16"


def test_the_queues_name_is_found_on_the_callers_own_later_event(tmp_path: Path) -> None:
    def event(at: int, kind: str, channel: str, n: int, app: str = "", data: str = "") -> str:  # noqa: PLR0917
        number, exten = ("5855550137", "5855550167") if n == 1 else ("", "207")
        cells = [
            kind, f"{1776312400 + at}.000000", "", number, "", "", number and "5855550167", exten, "from-trunk",
            channel, app, data, "3", "HA", f"1776312400.{n}", "1776312400.1", "", "", "", "",
        ]  # fmt: skip
        return ",".join(f'"{c}"' for c in cells)

    caller, phone = "PJSIP/north-00000001", "PJSIP/207-00000002"
    lines = [
        event(0, "CHAN_START", caller, 1), event(0, "ANSWER", caller, 1, "Answer"),
        event(3, "CHAN_START", phone, 2), event(9, "ANSWER", phone, 2, "AppQueue", "(Outgoing Line)"),
        event(9, "BRIDGE_ENTER", phone, 2, "AppQueue", "(Outgoing Line)"),
        event(9, "BRIDGE_ENTER", caller, 1, "Queue", "600,t"), event(70, "BRIDGE_EXIT", caller, 1, "Queue", "600,t"),
        event(70, "HANGUP", caller, 1), event(70, "CHAN_END", caller, 1),
        event(70, "HANGUP", phone, 2), event(70, "CHAN_END", phone, 2), event(70, "LINKEDID_END", phone, 2),
    ]  # fmt: skip
    call = row(loaded(*written(tmp_path, cel__csv="\n".join(lines) + "\n")))
    assert (call["outcome"], call["agent"], call["queue"]) == ("answered", "PJSIP/207", "600")


def test_a_phone_that_is_never_bridged_answered_nobody(repo_root: Path, tmp_path: Path) -> None:
    rows = [r for r in lines_of(sample(repo_root)) if not r[0].startswith("BRIDGE")]
    text = "\n".join(",".join('"' + c.replace('"', '""') + '"' for c in r) for r in rows)
    calls = loaded(*written(tmp_path, cel__csv=text + "\n")).calls
    assert "answered" not in set(calls["outcome"])


def beside(cdr_rows: list[str], repo_root: Path, folder: Path) -> pd.DataFrame:
    paths = written(folder, Master__csv="".join(cdr_rows))
    return loaded(sample(repo_root), *paths).calls.drop(columns=TOLD)


CDR_ROW = (
    '"HA","5855550137","5855550167","from-trunk","""Ann Lee"" <5855550137>","PJSIP/north-00000001",'
    '"PJSIP/207-00000002","Queue","desk,t","2026-04-16 00:01:00","2026-04-16 00:01:00","2026-04-16 00:02:30",90,90,'
    '"ANSWERED","DOCUMENTATION","1776312060.60",""\n'
)


def test_a_call_of_the_cdr_is_completed_and_never_doubled(repo_root: Path, tmp_path: Path) -> None:
    lone = loaded(*written(tmp_path, a__csv=CDR_ROW)).calls
    assert lone["queue_s"].isna().all()
    assert lone["redirected_from"].isna().all()
    calls = beside([CDR_ROW], repo_root, tmp_path)
    assert len(calls) == 6  # one completed, five that the CDR lacks
    assert calls["call_id"].is_unique
    first = calls.iloc[0]
    assert (first["queue_s"], first["talk_s"], first["redirected_from"]) == (11, 79, "+15855550100")
    assert first["hangup_cause"] == "ANSWERED Queue, Q.850 16"
    assert first["dnis"] == "+15855550167"


def test_a_cdr_without_ids_sets_the_events_of_its_time_aside(repo_root: Path, tmp_path: Path) -> None:
    bare = CDR_ROW.replace(',"1776312060.60",""', "")
    later = bare.replace("00:01:00", "00:40:00").replace("00:02:30", "00:41:30")
    case = loaded(sample(repo_root), *written(tmp_path, Master__csv=bare + later))
    assert len(case.calls) == 2
    assert any("set aside" in p.fix for p in case.problems if p.kind == "beside-cdr")


def test_dirt_costs_its_own_event_only(repo_root: Path) -> None:
    text = sample(repo_root).read_text(encoding="utf-8").splitlines()[:20]
    bad = ['"ANSWER","soon"' + ',""' * 18, '"NO_SUCH_EVENT","1776312400.5"' + ',""' * 18, "", "rubbish"]
    stream = stream_of("Master.csv", "\n".join([*text[:10], *bad, *text[10:]]).encode())
    reading = cel.read(stream, ReadOptions())
    assert (reading.rows, len(reading.frame)) == (23, 20)
    assert sorted(p.at.line for p in reading.problems) == [11, 12, 14]


def test_an_event_without_a_channels_id_is_nobodys_end(repo_root: Path, tmp_path: Path) -> None:
    rows = lines_of(sample(repo_root))
    hang_up = next(r for r in rows if r[0] == "HANGUP" and r[14] == "1776312400.400")
    hang_up[14] = ""
    text = "\n".join(",".join('"' + c.replace('"', '""') + '"' for c in r) for r in rows)
    calls = loaded(*written(tmp_path, cel__csv=text + "\n")).calls
    assert len(calls) == 6  # the channel's end still ends the call, only the cause is not known
    assert "1776312400.400" in set(calls["call_id"])


def test_no_other_format_takes_it(repo_root: Path) -> None:
    data = sample(repo_root).read_bytes()
    assert recognised_as("Master.csv", data) == ["asterisk_cel"]
    assert recognised_as("cel.csv", header_form(lines_of(sample(repo_root)))) == ["asterisk_cel"]


# --- a real switch ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lab(shared: Path) -> Path:
    return shared / "pbx-lab" / "baseline"


def test_the_lab_is_the_same_calls_from_every_log(lab: Path) -> None:
    cdr = loaded(lab / "Master.csv", lab / "queue_log", tz=None).calls
    table = loaded(lab / "cdr_master.db", lab / "queue_log", tz=None).calls
    pd.testing.assert_frame_equal(cdr.drop(columns=TOLD), table.drop(columns=TOLD))
    all_three = loaded(lab / "Master.csv", lab / "queue_log", lab / "cel-custom-Master.csv.gz", tz=None).calls
    known = cdr.drop(columns=[*TOLD, "hangup_cause"])
    # where one log was silent the other may speak, and nothing else may change
    pd.testing.assert_frame_equal(
        known, all_three[known.columns].where(known.notna(), known).astype(known.dtypes)
    )
    assert all_three["ended_by"].isna().sum() < cdr["ended_by"].isna().sum()
    assert all_three["hangup_cause"].str.contains("Q.850 16").sum() > 1800


def test_the_labs_channel_events_alone_agree_with_what_happened(lab: Path) -> None:
    cdr = loaded(lab / "Master.csv", lab / "queue_log", tz=None).calls.set_index("call_id")
    case = loaded(lab / "cel-custom-Master.csv.gz", tz=None)
    alone = case.calls.set_index("call_id")
    truth = json.loads((lab / "truth.json").read_text(encoding="utf-8"))
    made = pd.DataFrame(truth["calls"], columns=truth["call_columns"])
    assert len(alone) == len(made)
    # two callers hung up in the instant an agent picked up: the queue_log connects one of them, no bridge did
    assert (alone["outcome"] == "answered").sum() == (made["result"] == "talked").sum() - 1
    assert (alone["outcome"] != cdr.loc[alone.index, "outcome"]).sum() == 1
    assert alone["dnis"].str[-10:].value_counts().to_dict() == made["did"].value_counts().to_dict()
    talked = made[made["result"] == "talked"]
    both = alone[alone["outcome"] == "answered"].sort_values("offered_at")
    wait = (both["ring_s"] + both["queue_s"]).astype(float)
    assert abs(wait.median() - (talked["t_agent_answer"] - talked["t"]).median()) <= 1


@pytest.mark.parametrize(
    ("name", "rows", "calls"),
    [("Oscar6262_freepbx_cel_table_first400.sql", 400, 24), ("testsuite_CELMaster1.csv", 16, 0)],
)
def test_real_channel_events_give_their_calls(shared: Path, name: str, rows: int, calls: int) -> None:
    source = loaded(shared / "formats" / "samples" / "asterisk_cel" / name, tz=None).sources[0]
    assert (source.format, source.rows, source.left_out, source.calls) == ("asterisk-cel", rows, 0, calls)


def test_freepbx_says_the_same_in_both_tables(shared: Path) -> None:
    samples = shared / "formats" / "samples"
    cdr = samples / "freepbx_cdr_db" / "Oscar6262_asteriskcdrdb_cdr.sql"
    events = samples / "asterisk_cel" / "Oscar6262_freepbx_cel_table_first400.sql"
    of_cdr = loaded(cdr, tz=None).calls.set_index("linked_id")["outcome"]
    alone = loaded(events, tz=None).calls.set_index("linked_id")["outcome"]
    assert alone.to_dict() == of_cdr.loc[alone.index].to_dict()
    assert len(loaded(cdr, events, tz=None).calls) == len(of_cdr)
