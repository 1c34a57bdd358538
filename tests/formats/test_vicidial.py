"""VICIdial's in-groups: a stay a row, several of them one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reading import golden, only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_becomes_what_it_should(repo_root: Path, update_golden: bool) -> None:
    case = golden(repo_root / "sample_logs" / "vicidial" / "vicidial_closer_log.csv", update=update_golden)
    source = only_source(case)
    assert (source.format, source.rows, source.left_out, source.calls, source.answered) == ("vicidial", 8, 1, 5, 2)
    assert (source.zone, [p.kind for p in source.problems]) == ("UTC", ["open-call"])
    assert case.calls["outcome"].tolist() == ["answered", "abandoned", "announcement", "answered", "busy"]
    handed = case.calls[case.calls["transferred_to"].notna()].to_dict("records")
    assert [(c["agent"], c["transferred_to"], c["queue"], c["queue_s"], c["talk_s"]) for c in handed] == [
        ("bea", "cal", "DESK", 5, 143)]


def test_a_dump_of_the_table_is_read(repo_root: Path, tmp_path: Path) -> None:
    lines = (repo_root / "sample_logs" / "vicidial" / "vicidial_closer_log.csv").read_text().splitlines()
    columns = ",\n".join(f"  `{name}` varchar(20)" for name in lines[0].split(","))
    rows = ",".join("(" + ",".join(f"'{c}'" if c else "NULL" for c in line.split(",")) + ")" for line in lines[1:])
    dump = f"CREATE TABLE `vicidial_closer_log` (\n{columns}\n);\nINSERT INTO `vicidial_closer_log` VALUES {rows};\n"
    case = written(tmp_path, "asterisk.sql", dump)
    assert (only_source(case).format, len(case.calls)) == ("vicidial", 5)


def test_the_agents_own_calls_are_another_table() -> None:
    head = "uniqueid,lead_id,list_id,campaign_id,call_date,start_epoch,end_epoch,length_in_sec,status,phone_number,user\n"
    row = "1776312356.11,11,999,OUT,2026-04-16 00:05:57,1776312357,,95,SALE,5855550117,bea\n"
    assert "vicidial" not in recognised_by(head + row)
