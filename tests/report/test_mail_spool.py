"""The spool and a real server: whatever breaks, a report is neither lost nor sent twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from calltrace.errors import InputError, UsageError
from calltrace.report.mail import post
from calltrace.report.mail.message import Mail, address, addresses, to_message
from calltrace.report.mail.smtp import Fate, Handed, Parcel, SmtpSettings, send, settings_of
from calltrace.report.mail.spool import GIVE_UP_DAYS, REMEMBER_DAYS, UNSURE_TRIES, BusyError, Entry, Spool
from report import postbox

READERS = ("boss@example.com", "desk@example.com")


class Clock:
    now = datetime(2026, 6, 9, 6, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def spool(tmp_path: Path, clock: Clock) -> Spool:
    return Spool(tmp_path / "spool", clock)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postbox.Running]:
    with postbox.running(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def box(server: postbox.Running) -> postbox.Postbox:
    server.box.received.clear()
    server.box.moods.clear()
    server.box.refused.clear()
    return server.box


@pytest.fixture
def settings(server: postbox.Running) -> SmtpSettings:
    return settings_of(server.url())


def message(text: str = "2 high", at: datetime = Clock.now, to: tuple[str, ...] = READERS) -> EmailMessage:
    mail = Mail(text, f"{text}\n", f"<p>{text}</p>", made_by="calltrace daily")
    return to_message(mail, sender=address("reports@example.com"), recipients=addresses(to), at=at)


def put(spool: Spool, text: str = "2 high", to: tuple[str, ...] = READERS, **more: bool) -> Entry:
    return spool.put(message(text, to=to), to, sender="reports@example.com", server="smtps://localhost:465", **more)


def hand_to(settings: SmtpSettings) -> Callable[[Parcel, Callable[[], None]], dict[str, Handed]]:
    return lambda parcel, about_to_end: send(parcel, settings, about_to_end=about_to_end)


def answers(*fates: Fate) -> Callable[[Parcel, Callable[[], None]], dict[str, Handed]]:
    """A hand-over by the book: no server, only its answers."""

    def hand(parcel: Parcel, about_to_end: Callable[[], None]) -> dict[str, Handed]:
        about_to_end()
        return {to: Handed(fate, str(fate)) for to, fate in zip(parcel.recipients, fates, strict=True)}

    return hand


def states(entry: Entry) -> list[str]:
    return [copy.state for copy in entry.copies.values()]


def test_it_is_on_disk_before_the_first_try_and_gone_after_it(
    spool: Spool, settings: SmtpSettings, box: postbox.Postbox
) -> None:
    entry = put(spool)
    assert spool.message(entry.id) is not None
    assert [e.id for e in spool.due()] == [entry.id]
    sent = spool.deliver(entry.id, hand_to(settings))
    assert states(sent) == ["sent", "sent"]
    assert spool.message(entry.id) is None
    assert spool.due() == []
    assert [e.rcpt_tos for e in box.received] == [list(READERS)]


def test_only_its_owner_may_read_the_spool(spool: Spool) -> None:
    put(spool)
    assert spool.folder.stat().st_mode & 0o077 == 0
    assert all(p.stat().st_mode & 0o077 == 0 for p in spool.folder.iterdir())


@pytest.mark.parametrize(
    "moods",
    [
        ["greylist"],
        ["full", "full"],
        ["stall"],
        ["break before taking"],
        ["break in the middle", "full", "greylist", "stall"],
    ],
    ids=str,
)
def test_a_server_that_recovers_gets_it_exactly_once(
    moods: list[str], spool: Spool, settings: SmtpSettings, box: postbox.Postbox, clock: Clock
) -> None:
    box.moods = list(moods)
    entry = put(spool)
    for _ in moods:
        assert "sent" not in states(spool.deliver(entry.id, hand_to(settings)))
        assert box.received == []
        clock.wait(hours=3)
        assert [e.id for e in Spool(spool.folder, clock).due()] == [entry.id]
    for _ in range(3):
        spool.deliver(entry.id, hand_to(settings))
        put(spool)
    assert [e.rcpt_tos for e in box.received] == [list(READERS)]


def test_after_a_partial_refusal_the_others_are_not_bothered_again(
    spool: Spool, settings: SmtpSettings, box: postbox.Postbox
) -> None:
    box.refused = {READERS[0]: "452 4.2.2 mailbox full"}
    entry = put(spool)
    assert states(spool.deliver(entry.id, hand_to(settings))) == ["waiting", "sent"]
    box.refused.clear()
    assert states(spool.deliver(entry.id, hand_to(settings))) == ["sent", "sent"]
    assert [e.rcpt_tos for e in box.received] == [[READERS[1]], [READERS[0]]]


def test_every_reader_is_told_the_reason_of_his_own(
    spool: Spool, settings: SmtpSettings, box: postbox.Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "WAITS_S", ())
    box.refused = {READERS[0]: "550 no such user", READERS[1]: "451 later"}
    posted = post.post(spool, message(), READERS, settings, sender="reports@example.com")
    assert (posted.stuck, posted.waiting) == (READERS[:1], READERS[1:])
    assert posted.reason(posted.stuck) == "550 no such user"
    assert posted.reason(posted.waiting) == "451 later"
    assert posted.reason(READERS) == "550 no such user; 451 later"


def test_a_refusal_for_good_is_kept_for_a_person_to_decide(
    spool: Spool, settings: SmtpSettings, box: postbox.Postbox
) -> None:
    box.moods = ["spam"]
    entry = put(spool)
    refused = spool.deliver(entry.id, hand_to(settings))
    assert refused.stuck == READERS
    assert spool.due(all_open=True) == []
    assert spool.message(entry.id) is not None
    spool.release(entry.id)
    assert states(spool.deliver(entry.id, hand_to(settings))) == ["sent", "sent"]
    assert len(box.received) == 1


def test_the_same_report_again_goes_to_new_readers_only(
    spool: Spool, settings: SmtpSettings, box: postbox.Postbox
) -> None:
    spool.deliver(put(spool).id, hand_to(settings))
    again = put(spool, to=(*READERS, "night@example.com"))
    spool.deliver(again.id, hand_to(settings))
    assert [e.rcpt_tos for e in box.received] == [list(READERS), ["night@example.com"]]


def test_the_same_report_is_sent_again_to_who_asks_for_that(
    spool: Spool, settings: SmtpSettings, box: postbox.Postbox
) -> None:
    spool.deliver(put(spool).id, hand_to(settings))
    spool.deliver(put(spool, again=True).id, hand_to(settings))
    assert len(box.received) == 2


def test_another_report_is_another_message(spool: Spool, settings: SmtpSettings, box: postbox.Postbox) -> None:
    for text in ("2 high", "3 high"):
        spool.deliver(put(spool, text).id, hand_to(settings))
    assert len({m["Message-ID"] for m in box.messages}) == 2


def test_tries_come_ever_more_seldom(spool: Spool, clock: Clock) -> None:
    entry = put(spool)
    waits = []
    for _ in range(8):
        entry = spool.deliver(entry.id, answers(Fate.LATER, Fate.LATER))
        waits.append((datetime.fromisoformat(entry.next_at) - clock()).total_seconds() / 60)
        assert spool.due() == []
        clock.wait(minutes=waits[-1])
        assert len(spool.due()) == 1
    assert waits == [5, 10, 20, 40, 80, 120, 120, 120]


def test_after_days_it_is_held_not_dropped(spool: Spool, clock: Clock) -> None:
    entry = put(spool)
    clock.wait(days=GIVE_UP_DAYS, minutes=1)
    assert states(spool.deliver(entry.id, answers(Fate.LATER, Fate.SENT))) == ["held", "sent"]
    assert spool.message(entry.id) is not None
    assert spool.due(all_open=True) == []


def test_in_doubt_it_is_sent_again_but_not_for_ever(spool: Spool) -> None:
    entry = put(spool, to=READERS[:1])
    seen = [spool.deliver(entry.id, answers(Fate.UNSURE)).copies[READERS[0]] for _ in range(UNSURE_TRIES)]
    assert [copy.state for copy in seen] == ["unsure"] * (UNSURE_TRIES - 1) + ["held"]
    assert [copy.tries for copy in seen] == list(range(1, UNSURE_TRIES + 1))


CUT_OFF = """
    import os, sys
    from pathlib import Path
    from calltrace.report.mail.spool import Spool

    def hand(parcel, about_to_end):
        about_to_end()
        os._exit(9)

    Spool(Path(sys.argv[1])).deliver(sys.argv[2], hand)
"""


def test_a_run_killed_at_the_moment_of_doubt_leaves_it_in_doubt_and_no_lock(
    spool: Spool, settings: SmtpSettings, box: postbox.Postbox
) -> None:
    entry = put(spool)
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(CUT_OFF), str(spool.folder), entry.id], check=False)
    assert done.returncode == 9
    (left,) = spool.entries()
    assert states(left) == ["unsure", "unsure"]
    assert left.copies[READERS[0]].why == "the run that sent it was cut off"
    assert states(spool.deliver(entry.id, hand_to(settings))) == ["sent", "sent"]
    assert len(box.received) == 1


def test_two_runs_at_once_send_it_once(spool: Spool, settings: SmtpSettings, box: postbox.Postbox) -> None:
    entry = put(spool)
    sending, go_on = threading.Event(), threading.Event()

    def slowly(parcel: Parcel, about_to_end: Callable[[], None]) -> dict[str, Handed]:
        sending.set()
        assert go_on.wait(10)
        return send(parcel, settings, about_to_end=about_to_end)

    first = threading.Thread(target=lambda: spool.deliver(entry.id, slowly))
    first.start()
    assert sending.wait(10)
    with pytest.raises(BusyError):
        Spool(spool.folder, spool.clock).deliver(entry.id, hand_to(settings))
    go_on.set()
    first.join(10)
    assert states(Spool(spool.folder, spool.clock).deliver(entry.id, hand_to(settings))) == ["sent", "sent"]
    assert len(box.received) == 1


def test_what_was_sent_long_ago_is_forgotten(spool: Spool, clock: Clock) -> None:
    entry, waiting = put(spool), put(spool, "another")
    spool.deliver(entry.id, answers(Fate.SENT, Fate.SENT))
    clock.wait(days=REMEMBER_DAYS, seconds=-1)
    spool.tidy()
    assert len(spool.entries()) == 2
    clock.wait(seconds=2)
    spool.tidy()
    assert [e.id for e in spool.entries()] == [waiting.id]


def test_one_damaged_record_does_not_stop_the_others(spool: Spool) -> None:
    entry = put(spool)
    broken = spool.folder / f"{'0' * 32}.json"
    broken.write_text("{", encoding="utf-8")
    assert [e.id for e in spool.due()] == [entry.id]
    assert spool.damaged() == [broken]


def test_a_message_is_found_by_the_beginning_of_its_id(spool: Spool) -> None:
    entry = put(spool)
    assert spool.matching(entry.id[:6]).id == entry.id
    for start in ("", "zz"):
        with pytest.raises(UsageError, match="no message of the spool"):
            spool.matching(start)
    spool.drop(entry.id)
    assert list(spool.folder.iterdir()) == []
    with pytest.raises(InputError, match="no message"):
        spool.deliver(entry.id, answers())


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_can_t_be_made(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="can't be made"):
        Spool(tmp_path / "spool")


def test_a_reader_who_waits_keeps_his_own_to_when_a_later_run_has_other_readers(
    spool: Spool, settings: SmtpSettings, box: postbox.Postbox
) -> None:
    first = put(spool, to=("boss@example.com", "chief@example.com"))
    spool.deliver(first.id, answers(Fate.LATER, Fate.LATER))
    second = put(spool, to=("desk@example.com",))
    assert second.id == first.id
    assert spool.deliver(first.id, hand_to(settings)).settled
    told = {tuple(e.rcpt_tos): str(m["To"]) for e, m in zip(box.received, box.messages, strict=True)}
    assert told == {
        ("boss@example.com", "chief@example.com"): "boss@example.com, chief@example.com",
        ("desk@example.com",): "desk@example.com",
    }
    assert len({m["Message-ID"] for m in box.messages}) == 1


def test_many_readers_in_a_folded_to_are_kept_whole(spool: Spool, settings: SmtpSettings, box: postbox.Postbox) -> None:
    many = tuple(f"reader-of-the-report-{n}@example.com" for n in range(9))
    entry = put(spool, to=many)
    put(spool, to=("desk@example.com",))
    spool.deliver(entry.id, hand_to(settings))
    assert str(box.messages[0]["To"]) == ", ".join(many)
    assert box.messages[0]["Subject"] == "2 high"


def test_a_record_of_before_headers_were_kept_is_sent_as_the_message_says(
    spool: Spool, settings: SmtpSettings, box: postbox.Postbox
) -> None:
    entry = put(spool)
    record = spool.folder / f"{entry.id}.json"
    told = json.loads(record.read_text())
    for copy in told["copies"].values():
        del copy["header"]
    record.write_text(json.dumps(told))
    assert spool.deliver(entry.id, hand_to(settings)).settled
    assert str(box.messages[0]["To"]) == ", ".join(READERS)
