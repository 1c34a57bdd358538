"""Accounting of Kamailio and OpenSIPS; no real rows were at hand, numbers are invented (555-01xx)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from switches import loaded, matches_golden, recognised_as, row, written

HEAD = "id,method,from_tag,to_tag,callid,sip_code,sip_reason,time,src_user,dst_ouser,src_ip\n"


def act(method: str, code: int, at: str, callid: str = "c1@a", tags: str = "a,b", reason: str = "OK") -> str:  # noqa: PLR0917
    return f"1,{method},{tags},{callid},{code},{reason},2026-04-16 {at},5855550137,5855550167,198.51.100.7\n"


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    folder = repo_root / "sample_logs" / "sip_acc"
    case = loaded(folder / "acc.csv", folder / "missed_calls.csv", tz="UTC")
    matches_golden(case, folder / "calls.expected.csv", update=update_golden)
    assert [(s.rows, s.left_out, s.calls) for s in case.sources] == [(7, 0, 2), (5, 1, 4)]
    assert case.sources[0].notes[0] == (
        "11 rows: 6 callers' attempts, 3 further transactions of the same calls, 1 BYE whose INVITE is not in the log, "
        "1 MESSAGE"
    )


def test_invite_and_bye_are_one_call(tmp_path: Path) -> None:
    rows = act("BYE", 200, "13:02:31", tags="b,a") + act("INVITE", 200, "13:01:30") + act("INVITE", 200, "13:01:07")
    first = row(loaded(*written(tmp_path, acc__csv=HEAD + rows), tz="UTC"))
    assert (first["outcome"], first["talk_s"], first["ended_by"]) == ("answered", 84, "agent")
    assert (first["ring_s"], first["queue_s"], first["offered_at"]) == (None, None, pd.Timestamp("2026-04-16 13:01:07Z"))
    assert (first["ani"], first["dnis"], first["trunk_group"]) == ("+15855550137", "+15855550167", "198.51.100.7")


def test_a_call_whose_end_alone_is_there_is_told(tmp_path: Path) -> None:
    rows = act("INVITE", 200, "13:01:07") + act("BYE", 200, "13:02:31") + act("BYE", 200, "13:03:00", "c2@a")
    rows += act("BYE", 200, "13:03:01", "c2@a") + act("BYE", 481, "13:04:00", "c3@a")  # the proxy's word for "no such call"
    case = loaded(*written(tmp_path, acc__csv=HEAD + rows), tz="UTC")
    assert case.calls["call_id"].tolist() == ["c1@a"]
    (told,) = case.problems
    assert (told.kind, told.effect, told.rows, told.at.line) == ("no-beginning", "noted", 1, 4)
    assert told.saw == "1 call that ends without having begun (a BYE without its INVITE)"


def by(caller: str, dialled: str, callid: str, address: str = "198.51.100.7") -> str:
    line = act("INVITE", 200, "13:01:07", callid).replace("5855550137", caller).replace("5855550167", dialled)
    return line.replace("198.51.100.7", address)


def test_what_extensions_dial_is_no_callers_attempt(tmp_path: Path) -> None:
    rows = (
        by("5855550137", "5855550167", "c1") + by("anonymous", "5855550167", "c2") + by("911", "5855550167", "c3")
        + by("204", "207", "c4", "192.0.2.204") + by("204", "5855550121", "c5", "192.0.2.204")
    )  # fmt: skip
    case = loaded(*written(tmp_path, acc__csv=HEAD + rows))
    assert sorted(case.calls["call_id"]) == ["c1", "c2", "c3"]
    assert case.sources[0].notes[0] == "5 rows: 3 callers' attempts, 2 calls of extensions set aside"


def test_without_addresses_extensions_are_known_by_what_they_dial(tmp_path: Path) -> None:
    rows = by("5855550137", "5855550167", "c1", "") + by("204", "207", "c2", "") + by("5550", "5855550167", "c3", "")
    assert sorted(loaded(*written(tmp_path, acc__csv=HEAD + rows)).calls["call_id"]) == ["c1", "c3"]


def test_a_log_of_short_callers_alone_keeps_them(tmp_path: Path) -> None:
    case = loaded(*written(tmp_path, acc__csv=HEAD + by("204", "207", "c1") + by("205", "5855550121", "c2")))
    assert len(case.calls) == 2


def test_without_a_bye_the_length_is_unknown(tmp_path: Path) -> None:
    first = row(loaded(*written(tmp_path, acc__csv=HEAD + act("INVITE", 200, "13:01:07"))))
    assert (first["outcome"], first["talk_s"]) == ("answered", None)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (487, "abandoned"), (486, "busy"), (600, "busy"), (408, "no_answer"), (480, "no_answer"), (603, "failed"),
        (404, "failed"), (503, "failed"), (401, "failed"),
    ],
)
def test_the_final_answers_code_tells_the_outcome(tmp_path: Path, code: int, outcome: str) -> None:
    first = row(loaded(*written(tmp_path, acc__csv=HEAD + act("INVITE", code, "13:01:07", reason='"a, b"'))))
    assert (first["outcome"], first["hangup_cause"], first["talk_s"]) == (outcome, f"{code} a, b", 0)


def test_a_forked_call_that_one_branch_answered_is_answered(tmp_path: Path) -> None:
    missed = HEAD + act("INVITE", 408, "13:01:07") + act("INVITE", 486, "13:01:05")
    case = loaded(*written(tmp_path, acc__csv=HEAD + act("INVITE", 200, "13:01:09"), missed__csv=missed))
    assert case.calls["outcome"].tolist() == ["answered"]


def test_opensips_knows_when_the_call_began(tmp_path: Path) -> None:
    head = "id,method,from_tag,to_tag,callid,sip_code,sip_reason,time,duration,ms_duration,setuptime,created\n"
    line = "1,INVITE,a,b,c1,200,OK,2026-04-16 13:01:07,84,84120,7,2026-04-16 13:01:00\n"
    first = row(loaded(*written(tmp_path, acc__csv=head + line), tz="UTC"))
    assert (first["offered_at"], first["ring_s"], first["talk_s"]) == (pd.Timestamp("2026-04-16 13:01:00Z"), 7, 84)


def test_epochs_beside_the_time_tell_the_zone(tmp_path: Path) -> None:
    head = HEAD.replace("src_user", "time_attr,src_user")
    line = act("INVITE", 200, "09:01:07").replace(",5855550137", ",1776344467,5855550137")
    case = loaded(*written(tmp_path, acc__csv=head + line), tz="UTC")
    assert row(case)["offered_at"] == pd.Timestamp("2026-04-16 13:01:07Z")


def test_a_dump_and_the_syslog_say_the_same(tmp_path: Path) -> None:
    dump = (
        "CREATE TABLE `acc` (\n  `id` int(10) NOT NULL,\n  `method` varchar(16) NOT NULL DEFAULT '',\n  `from_tag` varchar(128)"
        ",\n  `to_tag` varchar(128),\n  `callid` varchar(255),\n  `sip_code` varchar(3),\n  `sip_reason` varchar(128),\n"
        "  `time` datetime NOT NULL,\n  `price` decimal(10,3),\n  PRIMARY KEY (`id`),\n  KEY `c` (`callid`)\n);\n"
        "INSERT INTO `version` VALUES ('acc',5);\n"
        "INSERT INTO `acc` VALUES (1,'INVITE','a','b','c1','200','O\\'K, (sure)','2026-04-16 13:01:07',NULL),\n"
        "(2,'BYE','a','b','c1','200','OK','2026-04-16 13:02:31',0.2),(3,'INVITE','a','b','c2');\n"
    )
    copied = (
        'COPY public.acc (id, method, from_tag, to_tag, callid, sip_code, sip_reason, "time") FROM stdin;\n'
        "1\tINVITE\ta\tb\tc1\t200\tO'K, (sure)\t2026-04-16 13:01:07\n2\tBYE\ta\tb\tc1\t200\tOK\t2026-04-16 13:02:31\n\\.\n"
    )
    said = "Apr 16 13:01:07 sip1 /usr/sbin/kamailio[812]: NOTICE: acc [acc.c:279]: acc_log_request(): "
    syslog = (
        said + "ACC: transaction answered: timestamp=1776344467;method=INVITE;from_tag=a;to_tag=b;call_id=c1;code=200;"
        "reason=O'K, (sure)\n" + "Apr 16 13:01:08 sip1 kamailio: something else\n"
        + said + "ACC: transaction answered: timestamp=1776344551;method=BYE;from_tag=a;to_tag=b;call_id=c1;code=200;reason=OK\n"
    )
    for text in (dump, copied, syslog):
        case = loaded(*written(tmp_path, acc__sql=text), tz="UTC")
        first = row(case)
        assert (first["talk_s"], first["ended_by"], first["hangup_cause"]) == (84, "caller", "200 O'K, (sure)")
        assert first["offered_at"] == pd.Timestamp("2026-04-16 13:01:07Z")
        assert len(case.calls) == 1
    assert [(p.at.line, p.kind) for p in loaded(*written(tmp_path, acc__sql=dump)).problems] == [(0, "not-read"), (16, "bad-row")]


def test_acc_cdrs_has_a_row_a_call(tmp_path: Path) -> None:
    text = "id,start_time,end_time,duration,src_user,dst_user,callid\n"
    text += "1,2026-04-16 13:01:07,2026-04-16 13:02:31,84.120,5855550137,5855550167,c1\n"
    alone = row(loaded(*written(tmp_path, cdrs__csv=text), tz="UTC"))
    assert (alone["outcome"], alone["talk_s"], alone["ani"]) == ("answered", 84.12, "+15855550137")
    both = loaded(*written(tmp_path, cdrs__csv=text, acc__csv=HEAD + act("INVITE", 200, "13:01:07", callid="c1")))
    assert len(both.calls) == 1
    assert row(both)["talk_s"] == 84.12


def test_only_answered_calls_are_told_of(tmp_path: Path) -> None:
    case = loaded(*written(tmp_path, acc__csv=HEAD + act("INVITE", 200, "13:01:07")))
    assert "does not log them" in case.sources[0].notes[-1]


def test_rows_that_cannot_be_read_are_problems(tmp_path: Path) -> None:
    rows = act("INVITE", 200, "13:01:07") + act("INVITE", 200, "25:01:07", "c2") + act("INVITE", 200, "13:01:07", "") + "1,2\n"
    case = loaded(*written(tmp_path, acc__csv=HEAD + rows + act("INVITE", 200, "13:01:07")))
    assert len(case.calls) == 1
    assert sorted((p.at.line, p.kind) for p in case.problems) == [
        (3, "bad-time"), (4, "bad-row"), (5, "field-count"), (6, "duplicate"),
    ]


def test_only_its_own_files_are_recognised(repo_root: Path, shared: Path) -> None:
    for folder in (repo_root / "sample_logs", shared / "formats" / "samples"):
        for path in sorted(folder.glob("*/*")):
            if path.is_file() and path.suffix != ".gz":
                own = path.parent.name == "sip_acc" and not path.name.endswith(".expected.csv")
                found = recognised_as(path.name, path.read_bytes())
                assert ("sip_acc" in found) == own, path
                assert not own or found == ["sip_acc"]


def test_a_table_without_one_good_row_has_no_calls(tmp_path: Path) -> None:
    case = loaded(*written(tmp_path, acc__csv=HEAD + act("INVITE", 200, "99:01:07")))
    assert case.sources[0].left_out == 1
    assert case.calls.empty


@pytest.mark.parametrize("form", ["4/16/2026 13:01:{0:02}", "4/16/2026 1:01:{0:02} PM", "16.04.2026 13:01:{0:02}"])
def test_a_table_that_a_spreadsheet_saved(tmp_path: Path, form: str) -> None:
    row_of = "1,{0},{1},c1@a,200,OK,{2},5855550137,5855550167,198.51.100.7\n".format
    text = HEAD + row_of("INVITE", "a,b", form.format(7)) + row_of("BYE", "b,a", form.format(31))
    first = row(loaded(*written(tmp_path, acc__csv=text), tz="UTC"))
    assert (first["offered_at"], first["talk_s"]) == (pd.Timestamp("2026-04-16 13:01:07Z"), 24)


def test_times_without_seconds_do_not_tell_how_long_a_call_was(tmp_path: Path) -> None:
    row_of = "1,{0},{1},c1@a,200,OK,{2},5855550137,5855550167,198.51.100.7\n".format
    text = HEAD + row_of("INVITE", "a,b", "4/16/2026 13:01") + row_of("BYE", "b,a", "4/16/2026 13:02")
    case = loaded(*written(tmp_path, acc__csv=text), tz="UTC")
    first = row(case)
    assert (first["outcome"], first["offered_at"]) == ("answered", pd.Timestamp("2026-04-16 13:01Z"))
    assert pd.isna(first["talk_s"])
    assert "rounded" in [p.kind for p in case.problems]
