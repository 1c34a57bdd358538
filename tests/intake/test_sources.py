"""What a path holds: told by its bytes, kept within bounds, and never a surprise."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.errors import InputError
from calltrace.intake.encodings import to_utf8, wide_order
from calltrace.intake.opened import HEAD_BYTES, Opened, stream_of
from calltrace.intake.sources import open_all
from calltrace.intake.unpacking import Limits

TEXT = b"call_id,offered_at,outcome\n1,2026-10-08T09:01Z,answered\n2,2026-10-08T09:02Z,answered\n"
SMALL = Limits(free_bytes=1 << 16, ratio=50, total_bytes=1 << 24)


def zipped(files: dict[str, bytes], **how: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **how) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def opened(path: Path, **how: Limits) -> list[Opened]:
    return list(open_all([path], **how))


def one(path: Path, **how: Limits) -> Opened:
    found = opened(path, **how)
    assert len(found) == 1, [o.display for o in found]
    return found[0]


def refused(path: Path, kind: str, **how: Limits) -> str:
    found = one(path, **how)
    assert found.stream is None
    assert [p.kind for p in found.problems] == [kind]
    assert found.problems[0].fix
    return found.problems[0].saw


@pytest.mark.parametrize(
    "pack",
    [
        bytes,
        gzip.compress,
        bz2.compress,
        lzma.compress,
        lambda d: pa.compress(d, codec="zstd", asbytes=True),
        lambda d: zipped({"calls.csv": d}),
        lambda d: gzip.compress(bz2.compress(d)),
        lambda d: gzip.compress(d[:40]) + gzip.compress(d[40:]),
        lambda d: zipped({"calls.gz": gzip.compress(d)}),
        lambda d: gzip.compress(d) + b"\0" * 512,
    ],
)
def test_packed_in_any_way_whatever_the_name(tmp_path: Path, pack: object) -> None:
    path = tmp_path / "anything.txt"
    path.write_bytes(pack(TEXT))  # type: ignore[operator]
    found = one(path)
    assert found.stream is not None
    assert found.stream.data == TEXT
    assert found.problems == ()


def test_members_of_an_archive_have_names_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "logs.zip"
    path.write_bytes(zipped({"b/kpi.csv": TEXT, "a/calls.csv": TEXT, "empty.csv": b"", "d/": b""}))
    found = opened(path)
    assert [o.display.removeprefix(f"{path}!") for o in found] == ["a/calls.csv", "b/kpi.csv", "empty.csv"]
    assert [o.stream is None for o in found] == [False, False, True]


def test_one_member_of_an_archive_is_asked_for_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "logs!old.zip"
    inner = zipped({"c.csv": TEXT, "d.csv": TEXT})
    path.write_bytes(zipped({"b/kpi.csv": TEXT, "a/calls.csv": TEXT, "more.zip": inner}))
    for wanted, read in (
        ("b/kpi.csv", ["b/kpi.csv"]),
        ("B/KPI.csv", ["b/kpi.csv"]),
        ("more.zip", ["more.zip!c.csv", "more.zip!d.csv"]),
        ("more.zip!d.csv", ["more.zip!d.csv"]),
    ):
        found = list(open_all([f"{path}!{wanted}"]))
        assert [o.display.removeprefix(f"{path}!") for o in found] == read
        assert all(o.stream is not None and o.stream.data == TEXT for o in found)


def test_what_is_asked_for_twice_by_parts_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "logs.zip"
    path.write_bytes(zipped({"a.csv": TEXT, "b.csv": TEXT}))
    found = list(open_all([f"{path}!a.csv", f"{path}!b.csv", f"{path}!a.csv"]))
    assert [o.stream is not None for o in found] == [True, True, False]
    assert [p.kind for p in found[2].problems] == ["same-file"]
    assert [o.stream is not None for o in open_all([path, f"{path}!b.csv"])] == [True, True, False]


def test_a_part_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    path, plain = tmp_path / "logs.zip", tmp_path / "plain.csv"
    path.write_bytes(zipped({"a.csv": TEXT, "b.csv": TEXT}))
    plain.write_bytes(TEXT)
    with pytest.raises(InputError, match=r"nothing called 'c\.csv' in it; expected one of a\.csv, b\.csv"):
        list(open_all([f"{path}!c.csv"]))
    with pytest.raises(InputError, match=r"plain\.csv has nothing called 'x' in it; expected a workbook or an archive"):
        list(open_all([f"{plain}!x"]))
    with pytest.raises(InputError, match="does not exist"):
        list(open_all([f"{tmp_path / 'none.zip'}!c.csv"]))
    path.write_bytes(b"PK\x03\x04 not really")
    assert [p.saw[:20] for o in open_all([f"{path}!a.csv"]) for p in o.problems] == ["a damaged zip archiv"]


def test_a_folder_is_searched_to_its_bottom_in_order(tmp_path: Path) -> None:
    for name in ("b.csv", "a/z/deep.csv", "a/first.csv", ".hidden.csv", ".git/config"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(TEXT)
    found = [(str(Path(o.display).relative_to(tmp_path)), o.stream is not None) for o in opened(tmp_path)]
    assert found == [
        (".git", False),
        (".hidden.csv", True),
        ("b.csv", True),
        ("a/first.csv", True),
        ("a/z/deep.csv", True),
    ]


def test_links_in_a_circle_links_to_nothing_and_the_same_file_twice(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_bytes(TEXT)
    (tmp_path / "same.csv").symlink_to("calls.csv")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "gone.csv").symlink_to("nowhere")
    (tmp_path / "me").symlink_to("me")
    found = {Path(o.display).name: o for o in opened(tmp_path)}
    assert sorted(found) == ["calls.csv", "gone.csv", "me", "same.csv"]
    assert [n for n, o in found.items() if o.stream] == ["calls.csv"]
    assert "link" in found["gone.csv"].problems[0].saw
    assert found["same.csv"].problems[0].kind == "same-file"


def test_pipes_in_a_folder_are_left_alone_and_named_ones_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "pipe" in refused(tmp_path, "unreadable")
    with pytest.raises(InputError, match="does not exist"):
        opened(tmp_path / "none.csv")
    assert "device" in refused(Path("/dev/zero"), "unreadable")


def test_standard_input() -> None:
    found = list(open_all(["-"], stdin=io.BytesIO(gzip.compress(TEXT))))
    assert [(o.display, o.stream and o.stream.data) for o in found] == [("standard input", TEXT)]


@pytest.mark.parametrize(
    ("data", "kind", "saw"),
    [
        (b"", "empty", "empty file"),
        (b" \n\r\n", "empty", "nothing but blanks"),
        (gzip.compress(b"", mtime=0), "empty", "empty file"),
        (b"\0" * 1000, "unreadable", "NUL"),
        (b"\x7fELF" + bytes(range(256)) * 20, "binary", "program"),
        (b"PAR1" + bytes(range(256)), "unreadable", "Parquet"),
        (b"RIFF" + bytes(range(256)) * 4, "binary", "recording"),
        (bytes(range(1, 32)) * 100, "unreadable", "binary file"),
        (b"SQLite format 3\0" + b"\0" * 100, "binary", "SQLite"),
        (gzip.compress(b"%PDF-1.7\n" + bytes(range(256)) * 9), "binary", "PDF"),
        (zipped({"[Content_Types].xml": b"<x/>", "xl/sheet1.xml": b"<x/>"}), "binary", "Office"),
        (b"PK\x03\x04 not really", "unreadable", "damaged zip"),
        (zipped({}), "unreadable", "empty zip"),
    ],
)
def test_what_is_no_text_is_named(tmp_path: Path, data: bytes, kind: str, saw: str) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(data)
    assert saw in refused(path, kind)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("calls.csv", b"\0" * 1000, "unreadable"),  # as a loss of power leaves a file behind
        ("calls.CSV.GZ", bytes(range(1, 32)) * 100, "unreadable"),
        ("calls.csv.gz", b"RIFF" + bytes(range(256)) * 4, "binary"),  # a recording, whatever it is called
        ("core", bytes(range(1, 32)) * 100, "binary"),
        ("sound.raw", b"\0" * 1000, "binary"),
    ],
)
def test_a_table_or_an_archive_that_holds_none_is_damaged(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    (tmp_path / name).write_bytes(data)
    for path in (tmp_path, tmp_path / name):
        (opened,) = open_all([path])
        assert [p.kind for p in opened.problems] == [kind]
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(name, data)
    (member,) = open_all([tmp_path / "all.zip"])
    assert [p.kind for p in member.problems] == [kind]


def test_bombs_are_stopped(tmp_path: Path) -> None:
    for name, data in (
        ("gz", gzip.compress(b"\n" * (1 << 22))),
        ("bz2", bz2.compress(b"0" * (1 << 22))),
        ("xz", lzma.compress(b"0" * (1 << 22))),
        ("zst", pa.compress(b"0" * (1 << 22), codec="zstd", asbytes=True)),
        ("zip", zipped({"a.csv": b"0" * (1 << 22)})),
        ("nest", gzip.compress(gzip.compress(b"0" * (1 << 22)))),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        assert "unpack" in refused(path, "too-big", limits=SMALL)


def test_archives_within_archives_end_somewhere(tmp_path: Path) -> None:
    data = TEXT
    for _ in range(8):
        data = gzip.compress(data)
    path = tmp_path / "deep"
    path.write_bytes(data)
    assert "inside one another" in refused(path, "unreadable")
    for _ in range(8):
        data = zipped({"in.zip": data})
    path.write_bytes(data)
    assert "inside one another" in refused(path, "unreadable")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_torn_archive_gives_its_whole_lines_and_a_problem(tmp_path: Path, pack: object) -> None:
    lines = b"".join(
        b"%d,2026-10-08T09:01Z,answered,%s\n" % (i, os.urandom(8).hex().encode()) for i in range(60_000)
    )
    path = tmp_path / "calls"
    packed = pack(b"call_id,offered_at,outcome,x\n" + lines)  # type: ignore[operator]
    path.write_bytes(packed[: len(packed) // 2])
    found = one(path)
    assert found.stream is not None
    assert found.stream.data.endswith(b"\n")
    assert len(found.stream.data) > 50_000
    assert [(p.kind, p.effect) for p in found.problems] == [("truncated", "repaired")]


def test_an_archive_with_wrong_bytes_in_it(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(TEXT * 2000))
    data[-6] ^= 0xFF  # the checksum
    (tmp_path / "calls.gz").write_bytes(bytes(data))
    found = one(tmp_path / "calls.gz")
    assert [p.kind for p in found.problems][:1] == ["truncated"]


def test_a_locked_zip(tmp_path: Path) -> None:
    data = bytearray(zipped({"calls.csv": TEXT}))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + at] |= 1  # the bit that says so
    (tmp_path / "calls.zip").write_bytes(bytes(data))
    assert "password" in refused(tmp_path / "calls.zip", "unreadable")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(TEXT)
    path.chmod(0)
    assert "Permission denied" in refused(path, "unreadable")


@pytest.mark.parametrize("name", ["nowhere/at/all", "a\0b", "x" * 300])
def test_paths_that_are_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        list(open_all([str(tmp_path / name)]))


def test_a_dangling_link_named_by_the_user(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(InputError, match="a link to something that is not there"):
        opened(tmp_path / "link")


def test_names_that_would_steer_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "calls\x1b[31m.csv").write_bytes(b"")
    assert "\x1b" not in one(tmp_path).display


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_utf8_comes_through_as_it_is(text: str) -> None:
    data = text.encode()
    if (
        not text.startswith("\ufeff")
        and not wide_order(data)
        and data[:2] not in {b"\xff\xfe", b"\xfe\xff"}
    ):
        assert to_utf8(data)[0] == data


@given(st.binary(max_size=300))
def test_any_bytes_become_utf8(data: bytes) -> None:
    made, _ = to_utf8(data)
    assert made.decode("utf-8").encode() == made
    if not wide_order(data) and data[:2] not in {b"\xff\xfe", b"\xfe\xff"}:
        # whatever the others are taken for (a ? where they are nothing), what is ASCII stays what and where it was
        assert [b for b in made if b < 128 and b != ord("?")] == [b for b in data if b < 128 and b != ord("?")]


def test_two_writers_in_one_file() -> None:
    mixed = "Müller\n".encode() + "Zoë\n".encode("cp1252")
    assert to_utf8(mixed) == ("Müller\nZoë\n".encode(), "cp1252")


def test_the_head_is_whole_lines() -> None:
    stream = stream_of("x", TEXT * 2000)
    assert len(stream.head.raw) == HEAD_BYTES
    assert not stream.head.complete
    assert set(stream.head.lines) == set(TEXT.decode().splitlines())
    assert stream_of("x", TEXT).head.lines == tuple(TEXT.decode().splitlines())
