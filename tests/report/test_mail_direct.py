"""A report that can't be kept before it is sent: its readers get it all the same."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from calltrace.report.mail import post
from calltrace.report.mail import spool as spool_module
from calltrace.report.mail.direct import hand_over
from calltrace.report.mail.message import Mail, address, addresses, to_message
from calltrace.report.mail.smtp import Fate, Handed, Parcel, settings_of
from calltrace.report.mail.spool import Spool, UnkeptError
from report import postbox

READERS = ("boss@example.com", "desk@example.com")
SENDER = "reports@example.com"
MESSAGE = to_message(
    Mail("2 high", "2 high\n", "<p>2 high</p>"),
    sender=address(SENDER),
    recipients=addresses(READERS),
    at=datetime(2026, 6, 9, 6, 0, tzinfo=UTC),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postbox.Running]:
    with postbox.running(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def box(server: postbox.Running, monkeypatch: pytest.MonkeyPatch) -> postbox.Postbox:
    monkeypatch.setattr(post, "WAITS_S", (0.0, 0.0))
    server.box.received.clear()
    server.box.moods.clear()
    server.box.refused.clear()
    return server.box


def fill(monkeypatch: pytest.MonkeyPatch, *, after: int = 0, ending: str = "") -> None:
    """Leave room for so many files of the spool with that ending, and for none more."""
    write, written = spool_module.write_private, iter(range(1_000))

    def full(path: Path, content: bytes) -> None:
        if path.name.endswith(ending) and next(written) >= after:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(path, content)

    monkeypatch.setattr(spool_module, "write_private", full)


def test_it_is_tried_again_and_each_reader_s_fate_is_told(server: postbox.Running, box: postbox.Postbox) -> None:
    box.moods = ["greylist", "full"]
    box.refused = {READERS[0]: "550 no such user"}
    tries: list[str] = []
    fates = hand_over(MESSAGE, READERS, settings_of(server.url()), sender=SENDER, said=tries.append)
    assert [fates[to].fate for to in READERS] == [Fate.REFUSED, Fate.SENT]
    assert len(tries) == 2
    assert [e.rcpt_tos for e in box.received] == [[READERS[1]]]
    assert box.messages[0]["Message-ID"] == MESSAGE["Message-ID"]


@pytest.mark.parametrize("room", [0, 1])
def test_a_message_there_is_no_room_for_leaves_nothing_behind(
    room: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(monkeypatch, after=room)
    spool = Spool(tmp_path)
    with pytest.raises(UnkeptError, match="No space left on device"):
        spool.put(MESSAGE, READERS, sender=SENDER, server="")
    assert spool.entries() == []
    assert list(tmp_path.glob("*.eml")) == []


def test_a_record_that_can_not_be_read_is_no_reason_to_keep_a_report_back(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    entry = spool.put(MESSAGE, READERS, sender=SENDER, server="")
    (tmp_path / f"{entry.id}.json").write_text("{", encoding="utf-8")
    with pytest.raises(UnkeptError, match="can't be read"):
        spool.put(MESSAGE, READERS, sender=SENDER, server="")


def test_a_disk_that_fills_up_while_it_is_sent_sends_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(monkeypatch, after=1, ending=".json")

    def taken(parcel: Parcel, about_to_end: Any) -> dict[str, Handed]:
        about_to_end()
        return {to: Handed(Fate.SENT) for to in parcel.recipients}

    spool = Spool(tmp_path)
    entry = spool.put(MESSAGE, READERS, sender=SENDER, server="")
    assert spool.deliver(entry.id, taken).settled
    assert (spool.due(all_open=True), list(tmp_path.glob("*.eml"))) == ([], [])
