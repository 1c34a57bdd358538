"""Databases and dumps as sources: real servers where there are any, SQLite and dumps always."""

# ruff: noqa: S608 - the statements are the tests' own

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.errors import InputError, UsageError
from calltrace.intake import databases, sqldump
from calltrace.intake.asked import AskedTime
from calltrace.intake.contents import SQLITE
from calltrace.intake.databases import asking
from calltrace.intake.databases.rows import BATCH_ROWS
from calltrace.intake.load import gather
from calltrace.tables.case import Case

TOLD = ["source_file", "source_line"]
CDR = (
    "calldate", "clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "duration", "billsec",
    "disposition", "amaflags", "accountcode", "uniqueid", "userfield",
)  # fmt: skip
QUEUE = ("time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5")


def basic(repo_root: Path) -> Path:
    return repo_root / "sample_logs" / "asterisk" / "basic"


def cdr_rows(folder: Path) -> list[list[str]]:
    """The sample's Master.csv in the order of an old cdr table."""
    frame = pd.read_csv(folder / "Master.csv", header=None, dtype=str, keep_default_na=False)
    # 16 is the uniqueid, 0 the accountcode: the table has neither answer nor end
    return frame[[9, 4, 1, 2, 3, 5, 6, 7, 8, 12, 13, 14, 15, 0, 16, 17]].to_numpy().tolist()


def queue_rows(folder: Path) -> list[list[str]]:
    rows = []
    for line in (folder / "queue_log").read_text(encoding="utf-8").splitlines():
        epoch, *cells = line.split("|")
        at = pd.Timestamp(int(epoch), unit="s", tz="UTC").tz_convert("America/New_York")
        rows.append([f"{at:%Y-%m-%d %H:%M:%S}.000000", *(cells + [""] * 9)[:9]])
    return rows


def same_calls(one: Case, other: Case) -> None:
    pd.testing.assert_frame_equal(one.calls.drop(columns=TOLD), other.calls.drop(columns=TOLD))


@pytest.fixture
def from_files(repo_root: Path) -> Case:
    return gather([basic(repo_root) / "Master.csv", basic(repo_root) / "queue_log"])


# --- addresses ------------------------------------------------------------------------


@given(st.text(min_size=1, max_size=20))
def test_a_password_kept_elsewhere_is_put_in_and_comes_out_the_same(password: str) -> None:
    address = databases.with_password("mysql://reader@pbx:3306/asteriskcdrdb?table=cdr", password)
    assert unquote(urlsplit(address).password or "") == password
    assert databases.shown(address) == "mysql://reader:***@pbx:3306/asteriskcdrdb"


def test_a_password_without_a_user_is_refused() -> None:
    with pytest.raises(UsageError, match="names no user"):
        databases.with_password("mysql://pbx/asteriskcdrdb", "x")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("mysql://reader:s3cret@pbx/asteriskcdrdb", "mysql://reader:***@pbx/asteriskcdrdb"),
        ("mysql://reader:s3cret@pbx/db?table=cdr&from=2026-01-01", "mysql://reader:***@pbx/db"),
        ("mysql://reader:a@b/c?d#e@pbx:3306/db", "mysql://reader:***@pbx:3306/db"),
        ("postgresql://pbx/db?user=a&password=s3cret", "postgresql://pbx/db?user=a&password=***"),
        ("postgresql://reader@pbx/db?sslmode=require", "postgresql://reader@pbx/db?sslmode=require"),
        ("oracle://u:s3cret@h/x", "oracle://u:***@h/x"),
        ("sqlite:////var/log/cdr.db", "sqlite:////var/log/cdr.db"),
    ],
)
def test_a_password_is_never_shown(address: str, shown: str) -> None:
    assert databases.shown(address) == shown


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=4))
def test_whatever_the_password_is(password: str) -> None:
    secret = f"<{password}>"
    assert secret not in databases.shown(f"mysql://reader:{secret}@pbx/db?table=cdr")


@pytest.mark.parametrize(
    ("address", "error", "saw"),
    [
        ("oracle://u:s3cret@h/x", UsageError, "no kind of database"),
        ("mysql://u:s3cret@h:port/x", UsageError, "no address"),
        ("mysql://u:s3cret@h/x?from=yesterday", UsageError, "from=yesterday"),
        ("mysql://u:s3cret@127.0.0.1:1/x", InputError, "mysql://u:***@127.0.0.1:1/x"),
        ("postgresql://u:s3cret@127.0.0.1:1/x", InputError, "postgresql://u:***@127.0.0.1:1/x"),
        ("postgresql://u@127.0.0.1:1/x?password=s3cret", InputError, "password=***"),
        ("sqlite:///not-there.db", InputError, "there is no file"),
        ("sqlite://", UsageError, "names no file"),
    ],
)
def test_what_can_not_be_opened_says_so_without_its_password(address: str, error: type, saw: str) -> None:
    pytest.importorskip("sqlalchemy")
    with pytest.raises(error) as caught:
        gather(address)
    assert saw in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None or "s3cret" not in str(caught.value.__cause__)


# --- SQLite ---------------------------------------------------------------------------


def sqlite_file(path: Path, repo_root: Path, *, wal: bool = False) -> Path:
    connection = sqlite3.connect(path)
    if wal:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"CREATE TABLE cdr (AcctId INTEGER PRIMARY KEY, {', '.join(CDR)})")
    connection.execute(f"CREATE TABLE queue_log (id INTEGER PRIMARY KEY, {', '.join(QUEUE)}, created)")
    connection.execute("CREATE TABLE users (name, secret)")
    for n, row in enumerate(cdr_rows(basic(repo_root)), 1):
        connection.execute(f"INSERT INTO cdr VALUES (?{',?' * len(CDR)})", [n, *row])
    for n, row in enumerate(queue_rows(basic(repo_root)), 1):
        connection.execute(f"INSERT INTO queue_log VALUES (?{',?' * len(QUEUE)}, ?)", [n, *row, None])
    connection.commit()
    connection.close()
    return path


@pytest.mark.parametrize("wal", [False, True])
def test_an_sqlite_file_is_the_same_calls(repo_root: Path, tmp_path: Path, from_files: Case, wal: bool) -> None:
    path = sqlite_file(tmp_path / "cdr_master.db", repo_root, wal=wal)
    before = path.read_bytes()
    case = gather(path)
    same_calls(case, from_files)
    assert {(s.path, s.format) for s in case.sources} == {
        (f"{path}!cdr", "asterisk-cdr-table"), (f"{path}!queue_log", "asterisk-queue-log"),
    }  # fmt: skip
    assert "1 table that is no log calltrace knows: users" in {p.saw for p in case.problems}
    assert case.calls["source_line"].iloc[0] == 1  # the table's first row
    assert path.read_bytes() == before
    packed = tmp_path / "cdr.db.gz"
    packed.write_bytes(gzip.compress(before))
    same_calls(gather(packed), from_files)
    same_calls(gather(f"sqlite:///{path}"), from_files)


def test_only_what_the_address_asks_for(repo_root: Path, tmp_path: Path) -> None:
    path = sqlite_file(tmp_path / "a.db", repo_root)
    case = gather(f"sqlite:///{path}?table=cdr")
    assert not [p for p in case.problems if "no log" in p.saw]  # queue_log is one, and was not asked for
    assert [s.table for s in case.sources] == ["calls"]
    assert len(gather(f"sqlite:///{path}?table=cdr&from=2026-04-16&to=2026-04-16").calls) == len(case.calls)
    assert gather(f"sqlite:///{path}?table=cdr&from=2026-05-01").sources[0].rows == 0
    assert gather(f"sqlite:///{path}?table=cdr&to=2026-04-01").sources[0].rows == 0
    with pytest.raises(InputError, match="there is no table nope"):
        gather(f"sqlite:///{path}?table=nope")


def test_a_view_is_read_where_it_is_asked_for_or_all_there_is(repo_root: Path, tmp_path: Path) -> None:
    path = sqlite_file(tmp_path / "a.db", repo_root)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE VIEW calls_of_ha AS SELECT * FROM cdr WHERE accountcode = 'HA'")
    connection.close()
    assert set(gather(f"sqlite:///{path}?table=calls_of_ha").calls["account"]) == {"HA"}


@pytest.mark.parametrize("content", [b"", b"\0" * 600, b"\xff" * 5000])
def test_a_broken_database_is_a_problem_and_no_crash(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(SQLITE + content)
    case = gather(path)
    assert [p.kind for p in case.problems] == ["binary" if content else case.problems[0].kind]


# --- dumps ----------------------------------------------------------------------------


PG_END = "\n--\n-- PostgreSQL database dump complete\n--\n"


def mysql_dump(rows: list[list[str]], *, columns: bool, per_statement: int) -> str:
    def value(text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"') + "'"

    listed = "(" + ", ".join(f"`{c}`" for c in CDR) + ")"
    made = "CREATE TABLE `cdr` (\n" + ",\n".join(f"  `{c}` varchar(80) NOT NULL DEFAULT ''" for c in CDR)
    text = f"-- MySQL dump 10.19\n/*!40101 SET NAMES utf8 */;\n{made},\n  KEY `calldate` (`calldate`)\n) ENGINE=InnoDB;\n"
    for n in range(0, len(rows), per_statement):
        some = ",\n".join("(" + ",".join(map(value, row)) + ")" for row in rows[n : n + per_statement])
        text += f"INSERT INTO `cdr` {listed if columns else ''} VALUES {some};\n"
    return f"{text}-- Dump completed on 2026-04-16  1:00:00\n"


def postgres_dump(rows: list[list[str]], *, copy: bool) -> str:
    names = ", ".join(CDR)
    made = "CREATE TABLE public.cdr (\n" + ",\n".join(f"    {c} character varying(80)" for c in CDR) + "\n);\n"
    text = f"--\n-- PostgreSQL database dump\n--\n\n{made}\n"
    if copy:
        body = "\n".join("\t".join(c.replace("\\", "\\\\") if c else "\\N" for c in row) for row in rows)
        return f"{text}COPY public.cdr ({names}) FROM stdin;\n{body}\n\\.\n\nSELECT 1;\n{PG_END}"
    for row in rows:
        cells = ", ".join("'" + c.replace("'", "''") + "'" if c else "NULL" for c in row)
        text += f"INSERT INTO public.cdr VALUES ({cells});\n"
    return text + PG_END


KINDS = ["mysqldump", "mysqldump -t", "double quotes", "phpmyadmin", "navicat", "pg_dump", "pg_dump --inserts", "sqlite"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_dump_is_the_same_calls(repo_root: Path, tmp_path: Path, kind: str) -> None:
    rows = cdr_rows(basic(repo_root))
    rows[3][1] = '"O\'Brien; (Ann), \\ \\" <5855550141>'  # what a name may hold
    text = {
        "mysqldump": lambda: mysql_dump(rows, columns=False, per_statement=1000),
        "mysqldump -t": lambda: re.sub(
            r"CREATE TABLE[^;]*;\n", "", mysql_dump(rows, columns=False, per_statement=3)),  # the rows alone
        "double quotes": lambda: "".join(
            "INSERT INTO `cdr` VALUES (" + ",".join('"' + c.replace("\\", "\\\\").replace('"', '\\"') + '"' for c in row) + ");\n"
            for row in rows),
        "phpmyadmin": lambda: mysql_dump(rows, columns=True, per_statement=7),
        "navicat": lambda: mysql_dump(rows, columns=False, per_statement=1),
        "pg_dump": lambda: postgres_dump(rows, copy=True),
        "pg_dump --inserts": lambda: postgres_dump(rows, copy=False),
        "sqlite": lambda: "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n"
        + postgres_dump(rows, copy=False).split("--\n\n", 1)[1].replace("public.", "").replace("character varying(80)", "")
        + "COMMIT;\n",
    }[kind]()
    frame = pd.DataFrame(rows, columns=list(CDR))
    frame.to_csv(tmp_path / "cdr.csv", index=False)
    (tmp_path / "cdr.sql").write_text(text, encoding="utf-8")
    case = gather(tmp_path / "cdr.sql")
    same_calls(case, gather(tmp_path / "cdr.csv"))
    assert case.sources[0].rows == len(rows)
    lines = text.splitlines()
    for line, call in zip(case.calls["source_line"], case.calls["call_id"], strict=True):
        assert call in lines[line - 1]


def test_tables_of_the_same_columns_are_one_log(repo_root: Path, tmp_path: Path) -> None:
    rows = cdr_rows(basic(repo_root))
    text = mysql_dump(rows, columns=False, per_statement=9)
    copy = mysql_dump(rows[5:], columns=False, per_statement=9).replace("`cdr`", "`replicate_cdr`")
    (tmp_path / "both.sql").write_text(text + copy, encoding="utf-8")
    (tmp_path / "one.sql").write_text(text, encoding="utf-8")
    both = gather(tmp_path / "both.sql")
    same_calls(both, gather(tmp_path / "one.sql"))
    assert [(p.kind, p.rows) for p in both.problems] == [("duplicate", len(rows) - 5)]


def test_a_dump_that_breaks_off_loses_its_last_row_only(repo_root: Path) -> None:
    rows = cdr_rows(basic(repo_root))
    text = mysql_dump(rows, columns=False, per_statement=1000)
    text = text[: text.rindex("ANSWERED")]
    dump = sqldump.read(text, "cdr.sql", lambda _: True)
    assert len(dump.tables[0].rows) == len(rows) - 1
    assert [(p.at.line, p.kind) for p in dump.tables[0].problems] == [(text.count("\n") + 1, "bad-row")]


def torn(text: str) -> bool:
    """Whether a dump is told as not whole, and that alone of it as a whole."""
    problems = sqldump.read(text, "cdr.sql", lambda _: True).problems
    assert all((p.kind, p.at.line, p.rows) == ("truncated", 0, 0) for p in problems)
    return bool(problems)


@pytest.mark.parametrize(
    "whole",
    [
        "CREATE TABLE t (a int, b text);\nINSERT INTO t VALUES (1,'x;'),\n(2,'(y)'),\n(3,'z');\n",
        "CREATE TABLE t (a int, b text);\nINSERT INTO t VALUES (1,'x');\nINSERT INTO t VALUES (2,'y');\n",
        "COPY public.t (a, b) FROM stdin;\n1\tx\n2\ty\n\\.\n",
    ],
    ids=["rows", "statements", "copy"],
)
def test_a_dump_is_whole_to_its_last_statement_and_torn_wherever_it_breaks_off(whole: str) -> None:
    assert not torn(whole)
    assert not torn(whole.rstrip())
    last = max(whole.rindex(mark) for mark in ("VALUES", "stdin;\n") if mark in whole) + len("VALUES")
    assert [n for n in range(last + 3, len(whole.rstrip())) if not torn(whole[:n])] == []


def test_a_dump_without_the_line_its_program_ends_with_is_torn_though_every_statement_is_whole(repo_root: Path) -> None:
    text = mysql_dump(cdr_rows(basic(repo_root)), columns=False, per_statement=4)
    assert not torn(text)
    assert torn(text[: text.rindex("INSERT INTO")])
    pg = "--\n-- PostgreSQL database dump\n--\nCOPY public.t (a) FROM stdin;\n1\n\\.\n"
    assert torn(pg)
    assert not torn(pg + "\n--\n-- PostgreSQL database dump complete\n--\n")


def test_a_dump_that_breaks_off_after_a_comma_is_told_by_its_reader(repo_root: Path, tmp_path: Path) -> None:
    rows = cdr_rows(basic(repo_root))
    text = mysql_dump(rows, columns=True, per_statement=1000)
    (tmp_path / "cdr.sql").write_text(text[: text.rindex(",\n") + 1].replace("-- MySQL dump", "--"), encoding="utf-8")
    problems = gather(tmp_path / "cdr.sql").problems
    assert [(p.kind, p.saw) for p in problems] == [("truncated", "the dump breaks off (its end is missing)")]


def test_a_row_of_another_width_is_told(repo_root: Path) -> None:
    rows = cdr_rows(basic(repo_root))
    rows[2] = rows[2][:-1]
    dump = sqldump.read(mysql_dump(rows, columns=True, per_statement=4), "cdr.sql", lambda _: True)
    assert len(dump.tables[0].rows) == len(rows) - 1
    assert dump.tables[0].problems[0].expected == "16 values of table cdr"


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r")), min_size=2, max_size=4),
    st.booleans(), st.sampled_from("'\""))
def test_any_text_comes_back_as_it_was_written(values: list[str], mysql: bool, mark: str) -> None:
    def quoted(text: str) -> str:
        if mysql:
            text = text.replace("\\", "\\\\").replace(mark, "\\" + mark).replace("\n", "\\n")
        return mark + (text if mysql else text.replace(mark, mark * 2)) + mark

    names = ", ".join(f"c{n}" for n in range(len(values)))
    head = "-- MySQL dump\n" if mysql else "-- PostgreSQL database dump\n"
    text = f"{head}INSERT INTO t ({names}) VALUES ({', '.join(map(quoted, values))});\n"
    dump = sqldump.read(text, "t.sql", lambda _: True)
    assert dump.tables[0].rows == [values]


@given(st.text(alphabet="INSERTO VALUES(`'\\,;)\n1x", max_size=300))
def test_however_damaged_a_dump_is_what_came_before_is_read_and_the_rest_located(tail: str) -> None:
    text = "CREATE TABLE t (a int, b int);\nINSERT INTO t VALUES (1,2),\n" + tail
    table = sqldump.read(text, "t.sql", lambda _: True).tables[0]
    assert table.rows[0] == ["1", "2"], "what came before the damage is whole"
    assert len(table.lines) == len(table.rows)
    told = [*table.lines, *(p.at.line or 0 for p in table.problems)]
    assert all(2 <= line <= text.count("\n") + 1 for line in told), "each is at a line there is"


def test_a_log_that_speaks_of_inserts_is_no_dump() -> None:
    for text in ("a,b\nINSERT COIN,1\n", "call_id,offered_at,outcome\n1,2026-04-16,INSERT INTO x\n", "COPY that\n"):
        assert not sqldump.is_dump(text)


# --- servers --------------------------------------------------------------------------


@pytest.fixture(params=["CALLTRACE_TEST_POSTGRES", "CALLTRACE_TEST_MARIADB"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, Any]]:
    """The address of a database of this worker's own, and a connection that may write."""
    given = os.environ.get(request.param, "")
    if not given:
        pytest.skip(f"no server: {request.param} is not set (see .ci/databases)")
    sqlalchemy = pytest.importorskip("sqlalchemy")
    driver = "postgresql+psycopg" if "postgres" in given else "mysql+pymysql"
    url = sqlalchemy.make_url(given).set(drivername=driver)
    name = f"calltrace_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    address = f"{given.rpartition('/')[0]}/{name}"
    admin = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool, isolation_level="AUTOCOMMIT")
    engine = sqlalchemy.create_engine(url.set(database=name), poolclass=sqlalchemy.pool.NullPool)
    with admin.connect() as first:
        first.execute(sqlalchemy.text(f"DROP DATABASE IF EXISTS {name}"))
        first.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
        with engine.connect() as connection:
            yield address, connection
        first.execute(sqlalchemy.text(f"DROP DATABASE {name}"))


def filled(connection: Any, table: str, columns: dict[str, str], rows: list[list[Any]]) -> None:
    from sqlalchemy import text  # noqa: PLC0415

    declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    connection.execute(text(f"CREATE TABLE {table} ({declared})"))
    places = ", ".join(f":{name}" for name in columns)
    connection.execute(
        text(f"INSERT INTO {table} VALUES ({places})"), [dict(zip(columns, row, strict=True)) for row in rows]
    )
    connection.commit()


CDR_TYPES = dict.fromkeys(CDR, "varchar(80)") | {"calldate": "timestamp", "duration": "int", "billsec": "int"}


def cdr_table(connection: Any, rows: list[list[str]], name: str = "cdr") -> None:
    kinds = CDR_TYPES if connection.dialect.name == "postgresql" else CDR_TYPES | {"calldate": "datetime"}
    filled(connection, name, kinds, [[r[0], *r[1:9], int(r[9]), int(r[10]), *r[11:]] for r in rows])


def test_a_server_is_the_same_calls(server: tuple[str, Any], repo_root: Path, from_files: Case) -> None:
    address, connection = server
    cdr_table(connection, cdr_rows(basic(repo_root)))
    filled(
        connection, "queuelog", {"id": "int"} | dict.fromkeys(QUEUE, "varchar(40)"),
        [[n, *row] for n, row in enumerate(queue_rows(basic(repo_root)))],
    )  # fmt: skip
    filled(connection, "users", {"name": "varchar(20)"}, [["ann"]])
    case = gather(address)
    same_calls(case, from_files)
    password = unquote(urlsplit(address).password or "")
    assert password
    shown = json.dumps([[s.path, *map(str, s.problems)] for s in case.sources]) + case.calls.to_csv()
    assert password not in shown
    assert ":***@127.0.0.1" in shown
    assert {s.path.rpartition("!")[2] for s in case.sources} == {"cdr", "queuelog"}


def test_a_server_is_asked_for_a_year_unless_the_address_says_more(server: tuple[str, Any], repo_root: Path) -> None:
    address, connection = server
    rows = cdr_rows(basic(repo_root))[:3]
    old = [["2019-04-16 00:01:01", *row[1:]] for row in rows]
    wrong = [["2099-01-01 00:00:00", *row[1:]] for row in rows[:1]]
    cdr_table(connection, rows + old + wrong)
    case = gather(f"{address}?table=cdr")
    assert case.sources[0].rows == 4
    assert next(p.saw for p in case.problems if p.kind == "not-read").startswith("rows of cdr before 2025-03-1")
    assert gather(f"{address}?table=cdr&from=2000-01-01").sources[0].rows == 7
    assert gather(f"{address}?from=2019-04-16&to=2019-04-16").sources[0].rows == 3


def test_a_server_is_asked_for_the_time_of_the_question(server: tuple[str, Any], repo_root: Path) -> None:
    address, connection = server
    (row,) = cdr_rows(basic(repo_root))[:1]
    days = ["2024-04-01", "2025-04-14", "2026-04-14", "2026-04-16", "2026-06-01", "2026-09-01"]
    cdr_table(connection, [[f"{day} 12:00:00", *row[1:14], f"1.{n}", row[15]] for n, day in enumerate(days)])
    asked = AskedTime("2026-04-15", "2026-04-16", zone="America/New_York")
    case = gather(f"{address}?table=cdr", asked=asked)
    assert read_days(case) == ["2026-04-14", "2026-04-16"]  # 100 days before the question, a month after it
    assert sorted(p.saw for p in case.problems if p.kind == "not-read") == [
        "rows of cdr after 2026-05-18, which were not asked for",
        "rows of cdr before 2026-01-05, which were not asked for",
    ]


def read_days(case: Case) -> list[str]:
    return [f"{at:%Y-%m-%d}" for at in case.calls["offered_at"].dt.tz_convert(case.zone)]


@pytest.fixture
def years(repo_root: Path, tmp_path: Path) -> Path:
    """An SQLite file with a call at noon of six days; the last is Sunday 2026-09-06."""
    (row,) = cdr_rows(basic(repo_root))[:1]
    days = ["2024-04-01", "2025-08-01", "2026-04-16", "2026-09-03", "2026-09-05", "2026-09-06"]
    path = tmp_path / "master.db"
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE cdr ({', '.join(CDR)})")
        rows = [[f"{day} 12:00:00", *row[1:14], f"1.{n}", row[15]] for n, day in enumerate(days)]
        connection.executemany(f"INSERT INTO cdr VALUES ({', '.join('?' * len(CDR))})", rows)
    connection.close()
    return path


@pytest.mark.parametrize(
    ("start", "end", "before", "after", "expected"),
    [
        (None, None, 0, 0, 6),  # nothing asked: an SQLite file is read whole
        ("2026-04-16", "2026-04-16", 400, 31, 2),  # 2025-08-01 is history, September is too late
        ("2026-04-16", None, 0, 0, 4),
        (None, "2026-04-16", 0, 0, 1),  # without a start the week before the end
        ("thu 11:00", "sat 13:00", 0, 0, 3),  # the last row is a Sunday's; a day's slack at the end
        ("last 2 days", None, 0, 0, 2),  # counted from the end of the last row's day, a day's slack before
        ("2026-04-16", "2026-04-16", 3000, 3000, 6),
    ],
)
def test_words_for_the_time_bound_what_is_read(  # noqa: PLR0917
    years: Path, start: str | None, end: str | None, before: int, after: int, expected: int
) -> None:
    asked = AskedTime(start, end, None, "UTC", before, after) if start or end else None
    for place in (str(years), f"sqlite:///{years}"):
        assert gather(place, tz="UTC", asked=asked).sources[0].rows == expected


def test_the_address_goes_before_the_question(years: Path) -> None:
    asked = AskedTime("2026-09-06", "2026-09-06")
    assert gather(f"sqlite:///{years}?from=2024-01-01&to=2024-12-31", tz="UTC", asked=asked).sources[0].rows == 1


def test_words_that_are_no_time_are_the_command_lines_fault(years: Path) -> None:
    with pytest.raises(UsageError, match="--from is 'whenever'"):
        gather(years, tz="UTC", asked=AskedTime("whenever"))


def test_a_server_is_only_ever_read(server: tuple[str, Any], repo_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address, connection = server
    cdr_table(connection, cdr_rows(basic(repo_root))[:3])
    asked = asking._statement

    from sqlalchemy import text  # noqa: PLC0415

    writes = "DELETE FROM cdr"
    if connection.dialect.name == "postgresql":  # its cursors are for reading only by themselves
        connection.execute(text("CREATE SEQUENCE IF NOT EXISTS counter"))
        connection.commit()
        writes = "SELECT nextval('counter')"

    def destructive(*given: Any, **more: Any) -> Any:
        _, values, problems = asked(*given, **more)
        return writes, values, problems

    monkeypatch.setattr(asking, "_statement", destructive)
    with pytest.raises(InputError, match=r"(?i)read.only"):
        gather(address)
    monkeypatch.undo()
    assert gather(address).sources[0].rows == 3


def test_a_wrong_password_is_not_repeated(server: tuple[str, Any]) -> None:
    address, _ = server
    parts = urlsplit(address)
    wrong = f"{parts.scheme}://calltrace:n0t-it@127.0.0.1:{parts.port}{parts.path}"
    with pytest.raises(InputError) as caught:
        gather(wrong)
    assert "calltrace:***@127.0.0.1" in str(caught.value)
    assert "n0t-it" not in str(caught.value)


def test_epochs_and_texts_are_bounded_too(server: tuple[str, Any], repo_root: Path) -> None:
    address, connection = server
    rows = queue_rows(basic(repo_root))
    old = [["2019-04-16 00:00:00.000000", *row[1:]] for row in rows[:2]]
    filled(connection, "queuelog", dict.fromkeys(QUEUE, "varchar(40)"), rows + old)
    assert gather(address).sources[0].rows == len(rows)
    filled(
        connection, "cel", {"date_time": "int", "callid": "varchar(40)", "queue_name": "varchar(40)", "type": "varchar(40)",
        "event": "varchar(40)"},
        [[1776312006 + n, *row[1:5]] for n, row in enumerate(rows)] + [[1500000000, *rows[0][1:5]]],
    )  # fmt: skip
    assert gather(f"{address}?table=cel").sources[0].rows == len(rows)


def test_many_rows_come_in_batches(server: tuple[str, Any], repo_root: Path) -> None:
    address, connection = server
    row = cdr_rows(basic(repo_root))[0]
    start = pd.Timestamp("2026-04-16 04:00", tz="UTC")
    rows = []
    for n in range(BATCH_ROWS * 2 + 7):
        at = start + pd.Timedelta(seconds=30 * n)
        wall = at.tz_convert("America/New_York")
        rows.append([f"{wall:%Y-%m-%d %H:%M:%S}", *row[1:14], f"{int(at.timestamp())}.{n}", row[15]])
    cdr_table(connection, rows)
    case = gather(address)
    assert case.sources[0].rows == case.sources[0].calls == len(rows)


def test_the_lab_in_a_server_is_the_lab_in_files(server: tuple[str, Any], shared: Path) -> None:
    address, connection = server
    folder = shared / "pbx-lab" / "baseline"
    own = sqlite3.connect(f"file:{folder / 'cdr_master.db'}?mode=ro", uri=True)
    found = own.execute("SELECT * FROM cdr ORDER BY AcctId")
    names = [column[0].lower() for column in found.description]
    filled(connection, "cdr", dict.fromkeys(names, "varchar(90)"), [list(map(str, row)) for row in found])
    own.close()
    case = gather([address, folder / "queue_log"])
    assert (len(case.calls), int((case.calls["outcome"] == "answered").sum())) == (2062, 1896)
    same_calls(case, gather([folder / "Master.csv", folder / "queue_log"]))


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sqlalchemy", None)
    with pytest.raises(InputError, match=r"calltrace-cli\[db\]"):
        gather("mysql://u:p@127.0.0.1:1/x")


def test_a_copied_write_ahead_file_beside_nothing_still_reads(repo_root: Path, tmp_path: Path) -> None:
    made = sqlite_file(tmp_path / "a.db", repo_root, wal=True)
    folder = tmp_path / "backup"
    folder.mkdir()
    shutil.copy(made, folder / "b.db")
    folder.chmod(0o555)
    assert len(gather(folder / "b.db").calls) == len(gather(made).calls)
    folder.chmod(0o755)
