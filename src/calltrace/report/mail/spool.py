"""Mail that is to be sent, kept until it is: a report is neither lost nor sent twice.

A folder with two files a message: ``ID.eml``, the message, written before the first try; and ``ID.json``, who it is
for and what became of each copy, written again after every step. ID is the message's Message-ID, which is made of what
it says: the same report made again finds its own record, and goes only to readers who have not had it. Once every
reader has it the message itself is deleted (it holds customers' names) and the record stays for
:data:`REMEMBER_DAYS`.

While a run sends a message it holds the lock ``ID.lock``, which the system lets go of if the run dies; another run
leaves that message alone.

One moment is in doubt by nature: the whole message sent, and no answer (:class:`calltrace.report.mail.smtp.Fate`), or
the power gone just then. The record says so before the end mark is sent. Such a copy is sent once more (RFC 5321, 4.2.5,
rather twice than never, and under the same Message-ID, by which mail programs know a double), but only
:data:`UNSURE_TRIES` times in all; then it is held, and a person decides.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

from filelock import FileLock, Timeout

from calltrace.classes import dataclass
from calltrace.desk.state import OWNER_ONLY
from calltrace.errors import InputError, UsageError
from calltrace.report.mail.smtp import Fate, Handed, Parcel
from calltrace.tables.files import write_private

REMEMBER_DAYS = 60
"""How long it is known that a message was sent."""

GIVE_UP_DAYS = 5
"""How long an unsent message is tried by itself (RFC 5321, 4.5.4.1: at least four to five days); then it is held."""

UNSURE_TRIES = 4
"""How often a copy is sent whole without an answer before it is held."""

BACKOFF_MIN, BACKOFF_MAX_MIN = 5, 120
"""Minutes until the next try by itself: the first, twice as long after each, and no longer than the last."""

_ID = re.compile(r"[0-9a-f]{32}")

_TO = re.compile(rb"^To:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*", re.MULTILINE | re.IGNORECASE)
"""The header To as it is written, its folded lines included."""

OPEN = ("waiting", "unsure")
"""States from which a copy is tried by itself."""


@dataclass(frozen=True)
class Copy:
    """One reader's copy. ``state``: waiting, sending, unsure, sent, refused, held. ``at`` is the last change (ISO, UTC).

    ``header`` is the To it was taken in with: a later run with other readers must not put them into this reader's.
    """

    state: str = "waiting"
    tries: int = 0
    unsure: int = 0
    why: str = ""
    at: str = ""
    header: str = ""


@dataclass(frozen=True)
class Entry:
    """One message of the spool and its readers. ``server`` is the address it was to go by, without a password."""

    id: str
    message_id: str
    subject: str
    sender: str
    server: str
    made_at: str
    next_at: str
    copies: dict[str, Copy] = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        """Whether every reader has it."""
        return all(copy.state == "sent" for copy in self.copies.values())

    @property
    def open(self) -> tuple[str, ...]:
        """The readers whose copies are still to be tried."""
        return tuple(to for to, copy in self.copies.items() if copy.state in OPEN)

    @property
    def stuck(self) -> tuple[str, ...]:
        """The readers whose copies will not be tried again by themselves."""
        return tuple(to for to, copy in self.copies.items() if copy.state in {"refused", "held"})


class BusyError(InputError):
    """Another run is sending this very message."""


class UnkeptError(InputError):
    """A message can't be kept: the folder can't be made or written, or what it knows of this very message not read."""


Hand = Callable[[Parcel, Callable[[], None]], dict[str, Handed]]
"""What hands a parcel to a server, calling its second argument just before the end mark."""


class Spool:
    """The folder of mail to be sent, and of the memory of what was.

    Parameters
    ----------
    folder : Path
        Made where it is missing, for its owner alone.
    clock : callable
        Gives the time, tz-aware.
    """

    def __init__(self, folder: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.folder = folder
        self.clock = clock
        try:
            folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
        except OSError as error:
            raise UnkeptError(
                f"the spool {folder} can't be made: {error.strerror}",
                fix="Name a folder for it under [mail] spool, or with CALLTRACE_STATE_DIR.",
            ) from error

    def put(self, message: EmailMessage, recipients: tuple[str, ...], *, sender: str, server: str, again: bool = False) -> Entry:
        """Take a message in before anything is tried; readers who have had it stay as they are.

        Parameters
        ----------
        message : EmailMessage
            With its Message-ID.
        recipients : tuple of str
            Addresses, without names.
        sender, server : str
            The sender's address, and the server's without a password.
        again : bool
            Send it once more to those who have had it.

        Raises
        ------
        BusyError
            Another run is sending this message.
        UnkeptError
            It can't be kept, and nothing of it is.
        """
        name = self._name(message)
        try:
            return self._taken_in(name, message, recipients, sender=sender, server=server, again=again)
        except BusyError:
            raise
        except InputError as error:
            raise UnkeptError(error.saw, fix=error.fix) from error
        except OSError as error:
            raise UnkeptError(f"the spool {self.folder} can't be written: {error.strerror or error}") from error

    def _taken_in(
        self, name: str, message: EmailMessage, recipients: tuple[str, ...], *, sender: str, server: str, again: bool
    ) -> Entry:
        with self._locked(name, wait_s=60):
            now = self._now()
            known = self._read(name, holding=True)
            copies = dict(known.copies) if known else {}
            content = message.as_bytes()
            header = _to_of(content)
            for to in recipients:
                had = copies.get(to)
                if had is None or again or had.state in {"refused", "held"}:
                    copies[to] = Copy(at=now, header=header)
            entry = Entry(
                id=name,
                message_id=str(message["Message-ID"]),
                subject=str(message["Subject"]),
                sender=sender,
                server=server,
                made_at=known.made_at if known and not again else now,
                next_at=now,
                copies=copies,
            )
            if not entry.settled:
                write_private(self._eml(name), content)
                try:
                    self._write(entry)
                except OSError:
                    if known is None:  # no message without a record: nothing would send it, or delete it
                        self._eml(name).unlink(missing_ok=True)
                    raise
            return entry

    def deliver(self, name: str, hand: Hand, *, server: str = "") -> Entry:
        """Try the open copies of one message, once, and note what became of them.

        Parameters
        ----------
        name : str
            The entry's id.
        hand : callable
            Hands a parcel to the server (see :data:`Hand`).
        server : str
            The server's address, where it is another one than was noted.

        Raises
        ------
        BusyError
            Another run is sending this message.
        InputError
            No message of that id, or its file is gone.
        """
        with self._locked(name):
            entry = self._found(name)
            if not entry.open:
                return entry
            if server:
                entry = replace(entry, server=server)
            try:
                content = self._eml(name).read_bytes()
            except OSError as error:
                raise InputError(f"the spool has lost the message {name}: {error.strerror}") from error
            for header, recipients in _by_header(entry).items():
                entry = self._handed(entry, Parcel(_with_to(content, header), entry.sender, recipients), hand)
            if entry.settled:
                self._eml(name).unlink(missing_ok=True)
            return entry

    def _handed(self, entry: Entry, parcel: Parcel, hand: Hand) -> Entry:
        """Return the entry after one parcel of it was tried, written down where there is room for that.

        A disk that has filled up since it was taken in keeps nobody from the report; rather twice than never.
        """

        def about_to_end() -> None:
            with contextlib.suppress(OSError):
                self._write(self._marked(entry, dict.fromkeys(parcel.recipients, "sending")))

        tried = self._noted(entry, hand(parcel, about_to_end))
        try:
            self._write(tried)
        except OSError:
            self._forgotten(tried)
        return tried

    def _forgotten(self, tried: Entry) -> None:
        """Keep what every reader has from going out again, where its record can't be written: else it stays as it was."""
        if not tried.settled:
            return
        with contextlib.suppress(OSError):
            self._eml(tried.id).unlink(missing_ok=True)  # which may be the room that was wanted
            try:
                self._write(tried)
            except OSError:
                self._remove(tried.id)

    def entries(self) -> list[Entry]:
        """Return all entries that can be read, the oldest first."""
        found = [e for name in self._names() if (e := self._readable(name)) is not None]
        return sorted(found, key=lambda e: (e.made_at, e.id))

    def damaged(self) -> list[Path]:
        """Return records that can't be read: calltrace writes none such, but disks and people do."""
        return [self.folder / f"{name}.json" for name in self._names() if self._readable(name) is None]

    def due(self, *, all_open: bool = False) -> list[Entry]:
        """Return entries with copies to try now; with ``all_open`` those whose time has not come as well."""
        now = self._now()
        return [e for e in self.entries() if e.open and (all_open or e.next_at <= now)]

    def release(self, name: str) -> Entry:
        """Let refused and held copies be tried again. Raises InputError for an unknown id."""
        with self._locked(name):
            entry = self._found(name)
            fresh = {to: Copy(at=self._now(), header=entry.copies[to].header) for to in entry.stuck}
            entry = replace(entry, copies=entry.copies | fresh, made_at=self._now(), next_at=self._now())
            self._write(entry)
            return entry

    def drop(self, name: str) -> Entry:
        """Forget a message, sent or not. Raises InputError for an unknown id."""
        with self._locked(name):
            entry = self._found(name)
            self._remove(name)
        self._lock(name).unlink(missing_ok=True)
        return entry

    def tidy(self) -> None:
        """Forget what was sent long ago."""
        limit = (self.clock() - timedelta(days=REMEMBER_DAYS)).astimezone(UTC).isoformat(timespec="seconds")
        for entry in self.entries():
            if entry.settled and max((c.at for c in entry.copies.values()), default="") < limit:
                with contextlib.suppress(InputError, OSError):
                    self.drop(entry.id)

    def matching(self, start: str) -> Entry:
        """Return the one entry whose id begins so. Raises UsageError where none or several do."""
        found = [e for e in self.entries() if e.id.startswith(start)] if start else []
        if len(found) != 1:
            how_many = f"{len(found)} messages of the spool begin" if found else "no message of the spool begins"
            raise UsageError(f"{how_many} with {start!r}", fix="calltrace mail list shows them.")
        return found[0]

    def message(self, name: str) -> bytes | None:
        """Return the message as it is sent; None once it is away."""
        try:
            return self._eml(name).read_bytes()
        except OSError:
            return None

    def _noted(self, entry: Entry, fates: dict[str, Handed]) -> Entry:
        now = self.clock()
        said = now.astimezone(UTC).isoformat(timespec="seconds")
        old = now - datetime.fromisoformat(entry.made_at) > timedelta(days=GIVE_UP_DAYS)
        copies = dict(entry.copies)
        for to, handed in fates.items():
            copy = copies[to]
            unsure = copy.unsure + (handed.fate is Fate.UNSURE)
            state = {Fate.SENT: "sent", Fate.REFUSED: "refused", Fate.UNSURE: "unsure"}.get(handed.fate, "waiting")
            if (state == "unsure" and unsure >= UNSURE_TRIES) or (state == "waiting" and old):
                state = "held"
            copies[to] = Copy(state, copy.tries + 1, unsure, handed.why, said, copy.header)
        tries = max((c.tries for c in copies.values() if c.state in OPEN), default=1)
        minutes = min(BACKOFF_MIN * 2 ** min(tries - 1, 10), BACKOFF_MAX_MIN)
        next_at = (now + timedelta(minutes=minutes)).astimezone(UTC).isoformat(timespec="seconds")
        return replace(entry, copies=copies, next_at=next_at)

    def _marked(self, entry: Entry, states: dict[str, str]) -> Entry:
        now = self._now()
        marked = {to: replace(entry.copies[to], state=state, at=now) for to, state in states.items()}
        return replace(entry, copies=entry.copies | marked)

    def _names(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.json") if _ID.fullmatch(path.stem))

    def _readable(self, name: str) -> Entry | None:
        try:
            return self._read(name)
        except InputError:
            return None

    def _found(self, name: str) -> Entry:
        """Return an entry whose lock we hold."""
        entry = self._read(name, holding=True)
        if entry is None:
            raise InputError(f"the spool has no message {name}", fix="calltrace mail list shows them.")
        return entry

    def _read(self, name: str, *, holding: bool = False) -> Entry | None:
        try:
            told = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
            copies = {to: Copy(**copy) for to, copy in told.pop("copies").items()}
            entry = Entry(**told, copies=copies)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(
                f"the spool's record {self.folder / name}.json can't be read: {error}",
                fix="Delete it, and its .eml if the message is not to be sent.",
            ) from error
        sending = any(c.state == "sending" for c in entry.copies.values())
        return entry if not sending or (not holding and self._busy(name)) else self._after_a_crash(entry)

    def _after_a_crash(self, entry: Entry) -> Entry:
        """Return the entry with copies marked as being sent, whose run is gone, as what they are: in doubt."""
        copies = {
            to: c
            if c.state != "sending"
            else replace(
                c,
                state="unsure" if c.unsure + 1 < UNSURE_TRIES else "held",
                tries=c.tries + 1,
                unsure=c.unsure + 1,
                why="the run that sent it was cut off",
            )
            for to, c in entry.copies.items()
        }
        return replace(entry, copies=copies)

    def _write(self, entry: Entry) -> None:
        text = json.dumps(asdict(entry), indent=1, ensure_ascii=True) + "\n"
        write_private(self.folder / f"{entry.id}.json", text.encode("ascii"))

    def _remove(self, name: str) -> None:
        for path in (self._eml(name), self.folder / f"{name}.json"):
            path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _locked(self, name: str, wait_s: float = 0) -> Iterator[None]:
        lock = FileLock(self._lock(name), timeout=wait_s, mode=0o600)
        try:
            lock.acquire()
        except Timeout as error:
            raise BusyError(f"another run is sending the message {name}") from error
        try:
            yield
        finally:
            lock.release()

    def _busy(self, name: str) -> bool:
        try:
            with self._locked(name):
                return False
        except BusyError:
            return True

    def _name(self, message: EmailMessage) -> str:
        _, spec = parseaddr(str(message["Message-ID"]))
        name = spec.partition("@")[0]
        if not _ID.fullmatch(name):
            raise ValueError(f"{message['Message-ID']!r} is no Message-ID of ours")
        return name

    def _eml(self, name: str) -> Path:
        return self.folder / f"{name}.eml"

    def _lock(self, name: str) -> Path:
        return self.folder / f"{name}.lock"

    def _now(self) -> str:
        return self.clock().astimezone(UTC).isoformat(timespec="seconds")


def _by_header(entry: Entry) -> dict[str, tuple[str, ...]]:
    """Return the readers still to be tried, together where they were taken in together."""
    found: dict[str, tuple[str, ...]] = {}
    for to in entry.open:
        header = entry.copies[to].header
        found[header] = (*found.get(header, ()), to)
    return found


def _to_of(content: bytes) -> str:
    """Return the header To of a message as it is written, '' where it has none."""
    found = _TO.search(content.partition(b"\r\n\r\n")[0] + b"\r\n")
    return found.group().decode("ascii") if found else ""


def _with_to(content: bytes, header: str) -> bytes:
    """Return a message with another header To, all else byte for byte; records without one keep the message's."""
    if not header:
        return content
    head, gap, body = content.partition(b"\r\n\r\n")
    lines = _TO.sub(lambda _: header.encode("ascii"), head + b"\r\n", count=1)
    return lines.removesuffix(b"\r\n") + gap + body
