"""Every format's files given to every other format: refused; and the right one is found for each of them.

Generic over the formats there are: a newcomer is held to it as soon as its name stands in ``formats.NAMES`` and
its sample under ``sample_logs/<name>/``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from calltrace.intake import formats, sources
from calltrace.intake.formats._base import Stream
from calltrace.intake.opened import stream_of

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLES = ROOT / "sample_logs"
SHARED = ROOT.parent / "shared" / "formats" / "samples"

SPECIAL = {
    "asterisk/basic/Master.csv": "asterisk_cdr_csv",
    "asterisk/basic/queue_log": "asterisk_queue_log",
    "refrigeration-weekend-asterisk/Master.csv": "asterisk_cdr_csv",
    "refrigeration-weekend-asterisk/queue_log": "asterisk_queue_log",
}
"""Samples of several formats in one folder."""

SHARED_FORMATS = {
    "asterisk_cdr_csv": {"asterisk_cdr_csv"},
    "asterisk_queue_log": {"asterisk_queue_log"},
    "asterisk_cel": {"asterisk_cel"},
    "asterisk_cdr_db": {"asterisk_cdr_table"},
    "freepbx_cdr_db": {"asterisk_cdr_table"},
    "freeswitch_cdr_csv": {"freeswitch_cdr_csv"},
    "freeswitch_cdr_json": {"freeswitch_cdr_json"},
    "cisco_cucm": {"cisco_cucm"},
    "twilio": {"twilio_calls"},
    "smdr": {"intertel_smdr", "nec_smdr"},
    "amazon_connect": {"amazon_connect"},
    "genesys_cloud": {"genesys_cloud"},
    "ringcentral": {"ringcentral"},
}
"""Folder of real samples to the formats its files may be of; of the others only that one format claims them."""


@cache
def streams(path: Path) -> tuple[Stream, ...]:
    return tuple(o.stream for o in sources.open_all([path]) if o.stream is not None)


def claims(stream: Stream) -> list[str]:
    return [name for name in formats.NAMES if formats.get(name).detect(stream.head) is not None]


def own_samples() -> list[Path]:
    return sorted(
        p
        for p in SAMPLES.rglob("*")
        if p.is_file() and not p.name.endswith((".md", ".expected.csv", ".json.expected", ".toml")) and ".expected." not in p.name
    )


def name_of(path: Path) -> str:
    """The format a sample is of: that of its folder's name, else the generic layout."""
    inside = path.relative_to(SAMPLES)
    if str(inside) in SPECIAL:
        return SPECIAL[str(inside)]
    return inside.parts[0] if inside.parts[0] in formats.NAMES else "generic"


@pytest.mark.parametrize("path", own_samples(), ids=lambda p: str(p.relative_to(SAMPLES)))
def test_a_sample_is_claimed_by_its_own_format_alone(path: Path) -> None:
    assert streams(path), "not readable"
    for stream in streams(path):
        assert claims(stream) == [name_of(path)], stream.display


@pytest.mark.parametrize("name", formats.NAMES)
def test_every_format_has_a_sample(name: str) -> None:
    assert any(name_of(p) == name for p in own_samples())


def shared_samples() -> list[Path]:
    if not SHARED.is_dir():
        return []
    return sorted(p for p in SHARED.rglob("*") if p.is_file() and p.suffix != ".md")


@pytest.mark.skipif(not SHARED.is_dir(), reason="no folder of shared samples beside the repository")
@pytest.mark.parametrize("path", shared_samples(), ids=lambda p: str(p.relative_to(SHARED)))
def test_a_real_file_is_claimed_by_one_format_alone(path: Path) -> None:
    folder = path.relative_to(SHARED).parts[0]
    found = streams(path)
    assert found, "not readable"
    read = [(s.display, claims(s)) for s in found]
    claimed = [names for _, names in read if names]
    assert claimed, f"no format knows {path.name}"
    assert all(len(names) == 1 for names in claimed), read
    if folder in SHARED_FORMATS:
        assert {names[0] for names in claimed} <= SHARED_FORMATS[folder], read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello\n",
        "a,b,c\n1,2,3\n",
        "{}\n",
        "[]\n",
        '{"a": 1}\n',
        "<html><body>404</body></html>\n",
        "Date,Amount,Payee\n2026-10-08,12.50,Grocer\n",
        '10.0.0.1 - - [08/Oct/2026:09:15:00 +0000] "GET / HTTP/1.1" 200 12\n',
        "Oct  8 09:15:00 host kernel: eth0 up\n",
        "name|phone|email\nJo|+17175551234|jo@example.com\n",
        "2026-10-08 09:15:00 INFO started\n2026-10-08 09:15:01 INFO stopped\n",
        "CREATE TABLE t (id int);\nINSERT INTO t VALUES (1);\n",
        "id,start,end\n1,2026-10-08 09:15:00,2026-10-08 09:20:00\n",
    ],
)  # fmt: skip
def test_what_is_no_log_of_calls_is_claimed_by_nobody(text: str) -> None:
    assert claims(stream_of("x", text.encode())) == []
