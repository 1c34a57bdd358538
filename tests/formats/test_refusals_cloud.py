"""Every format's file given as every other format: refused. Damaged files: read as far as they go, never a crash."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from calltrace.intake import formats
from calltrace.intake.formats._base import ReadOptions
from calltrace.intake.opened import stream_of
from reading import only_source, recognised_by, written

if TYPE_CHECKING:
    from pathlib import Path

SAMPLES = {
    "twilio_calls": "twilio_calls/calls.json",
    "amazon_connect": "amazon_connect/contacts.json",
    "genesys_cloud": "genesys_cloud/conversations.json",
    "ringcentral": "ringcentral/call-log.json",
    "five9": "five9/call-log.csv",
    "talkdesk": "talkdesk/calls.csv",
    "eight_x_eight": "eight_x_eight/cdr.csv",
    "aircall": "aircall/calls.json",
    "dialpad": "dialpad/calls.csv",
    "zoom_phone": "zoom_phone/call_logs.json",
    "cisco_uccx_kpi": "cisco_uccx_kpi/csq_interval.csv",
    "avaya_cms_kpi": "avaya_cms_kpi/split.csv",
    "queuemetrics_kpi": "queuemetrics_kpi/by-hour.csv",
    "genesys_kpi": "genesys_kpi/queue.csv",
    "amazon_connect_kpi": "amazon_connect_kpi/queues.csv",
    "kpi_csv": "kpi_csv/half-hours.csv",
}


@pytest.mark.parametrize(("name", "path"), SAMPLES.items())
def test_a_sample_is_its_own_formats_and_nobody_elses(repo_root: Path, name: str, path: str) -> None:
    assert recognised_by((repo_root / "sample_logs" / path).read_bytes()) == [name]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_other_sample_is_refused(repo_root: Path, name: str) -> None:
    own = repo_root / "sample_logs" / SAMPLES[name]
    one = formats.get(name)
    for path in sorted((repo_root / "sample_logs").rglob("*")):
        if path.is_file() and path != own and path.suffix not in {".md", ".gz", ".zip"}:
            head = stream_of(path.name, path.read_bytes()).head
            other = one.detect(head)
            assert other is None or path.parent == own.parent, path


@pytest.mark.parametrize("name", SAMPLES)
def test_the_shared_samples_of_others_are_refused(shared: Path, name: str) -> None:
    homes = {
        "twilio_calls": "twilio",
        "amazon_connect": "amazon_connect",
        "genesys_cloud": "genesys_cloud",
        "ringcentral": "ringcentral",
        "cisco_uccx_kpi": "kpi",
        "kpi_csv": "kpi",
    }
    one = formats.get(name)
    for path in sorted((shared / "formats" / "samples").rglob("*")):
        if path.is_file() and path.parent.name != homes.get(name):
            assert one.detect(stream_of(path.name, path.read_bytes()).head) is None, path


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_cut_off_anywhere_is_read_as_far_as_it_goes(repo_root: Path, tmp_path: Path, name: str) -> None:
    data = (repo_root / "sample_logs" / SAMPLES[name]).read_bytes()
    rng = random.Random(name)
    for number in range(4):
        cut = rng.randrange(len(data) // 3, len(data))
        source = only_source(written(tmp_path, f"{number}.txt", data[:cut]))
        assert source.format in {"", name.replace("_", "-")}
        assert source.left_out <= source.rows or not source.format


@pytest.mark.parametrize("name", SAMPLES)
def test_damaged_bytes_cost_rows_and_no_more(repo_root: Path, name: str) -> None:
    data = (repo_root / "sample_logs" / SAMPLES[name]).read_bytes()
    one = formats.get(name)
    rng = random.Random(name)
    for _ in range(15):
        damaged = bytearray(data)
        for _ in range(rng.randrange(1, 12)):
            at = rng.randrange(len(damaged))
            damaged[at : at + rng.randrange(3)] = rng.choice(
                [b"", b"\0", b'"', b"\xff", b",", b"\n", b"9" * 30, b"{", b"null", b"-", b"[]"]
            )
        stream = stream_of("file", bytes(damaged))
        if one.detect(stream.head):
            reading = one.read(stream, ReadOptions())
            left_out = sum(p.rows for p in reading.problems if p.effect == "left-out")
            assert len(reading.frame) + left_out == reading.rows
