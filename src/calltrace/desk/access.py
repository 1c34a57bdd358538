"""Who looked up which caller, when and why: a log that a lookup can't leave unwritten, and that tells no number.

One JSON line a lookup, added at the end and on the disk before the lookup is shown. A log of callers' numbers would
itself be what it guards against, so a line has the number's last two digits and a keyed hash (HMAC-SHA-256, the key
beside the log, readable by its owner alone): whoever has the number and the key can ask whether it was looked up;
the log by itself opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from calltrace.classes import dataclass
from calltrace.desk import state
from calltrace.errors import InputError
from calltrace.tables import national, phones
from calltrace.tables.files import write_private
from calltrace.tables.text import visible
from calltrace.tables.written import FORGOTTEN, LEAST, WHOLE, Written

NAME = "access.log"
WAIT_S = 30.0


@dataclass(frozen=True)
class Lookup:
    """One line: when, who, by which command, which caller (shown by its last two digits), and why.

    ``tag`` is the caller's keyed hash, '' where the caller was forgotten or none was named.
    """

    at: datetime
    who: str
    command: str
    caller: str
    tag: str
    reason: str

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON values; the instant in UTC."""
        return {
            "at": self.at.isoformat(),
            "who": self.who,
            "command": self.command,
            "caller": self.caller or None,
            "tag": self.tag or None,
            "reason": self.reason or None,
        }


class AccessLog:
    """The log at a place.

    Parameters
    ----------
    path : path, optional
        Its file; else ``access.log`` in the state folder. The key lies beside it.
    """

    def __init__(self, path: Path | str | None = None) -> None:
        self.path = Path(path) if path else state.place(NAME)

    @property
    def _key_file(self) -> Path:
        return self.path.with_suffix(".key")

    def record(self, command: str, caller: str, reason: str, *, who: str, now: datetime) -> Lookup:
        """Write down a lookup, and return when it is on the disk.

        Parameters
        ----------
        command : str
            The command that looked: ``caller``, ``calls``, ``trace``.
        caller : str
            The number looked up, in any way of writing; '' where none was named.
        reason : str
            Why, in the words of whoever looked. The number is taken out of it.
        who : str
            Who looked.
        now : datetime
            tz-aware.

        Raises
        ------
        InputError
            Where it can't be written: then nothing may be shown either.
        """
        with self._held():
            one = Lookup(
                now.astimezone(UTC).replace(microsecond=0),
                who,
                command,
                shown(caller),
                self.tag(caller) if caller else "",
                _without(caller, reason.strip()),
            )
            data = (json.dumps(one.to_dict(), ensure_ascii=False) + "\n").encode()
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                if os.fstat(handle).st_size and not self._ends_whole():
                    data = b"\n" + data  # a crash tore the last line: this one begins on its own
                view = memoryview(data)
                while view:
                    view = view[os.write(handle, view) :]
                os.fsync(handle)
            finally:
                os.close(handle)
        return one

    def lookups(
        self, *, caller: str = "", who: str = "", since: datetime | None = None
    ) -> tuple[Lookup, ...]:
        """Return what was looked up, in order: of one caller, by one person, since an instant, or all.

        A line that a crash tore is left out.
        """
        wanted = self._tags(caller) if caller else frozenset()
        return tuple(
            one
            for one in self._read()
            if (not caller or one.tag in wanted)
            and (not who or one.who.casefold() == who.casefold())
            and (since is None or one.at >= since)
        )

    def tag(self, caller: str) -> str:
        """Return a caller's keyed hash: the same for every way of writing the number."""
        return self._hash(_core(caller))

    def _tags(self, caller: str) -> frozenset[str]:
        """Return the hashes of all that finds a caller: the number, its last seven to nine digits, and other forms.

        With its country's code and without, a number shorter than ten digits is not the same ten.
        """
        core = _core(caller)
        shorter = range(LEAST, WHOLE) if len(core) == WHOLE and core.isdigit() else ()
        other = {re.sub(r"\D", "", n)[-WHOLE:] for n in national.written(caller)} if core.isdigit() else set()
        return frozenset(self._hash(said) for said in {core, *(core[-n:] for n in shorter), *other})

    def _hash(self, said: str) -> str:
        return hmac.new(self._key(), said.encode(), hashlib.sha256).hexdigest()[:32]

    def forget(self, caller: str, names: tuple[str, ...] = ()) -> int:
        """Take a caller out of every line: that somebody looked, and why, stays. Return how many lines had them."""
        tags, written = self._tags(caller), Written(caller, names)

        def without(one: Lookup) -> Lookup:
            theirs = one.tag in tags
            return Lookup(
                one.at,
                written.redacted(one.who),
                one.command,
                FORGOTTEN if theirs else one.caller,
                "" if theirs else one.tag,
                written.redacted(one.reason),
            )

        return self._rewritten(without)

    def prune(self, before: datetime) -> int:
        """Delete lines older than an instant, and return how many they were."""
        return self._rewritten(lambda one: one if one.at >= before else None)

    def _rewritten(self, change: Callable[[Lookup], Lookup | None]) -> int:
        """Write the log anew with every line changed, and return how many were; None takes the line out."""
        if not self.path.exists():
            return 0
        with self._held():
            lines = list(self._read())
            made = [change(one) for one in lines]
            count = sum(a != b for a, b in zip(lines, made, strict=True))
            if count:
                kept = [json.dumps(one.to_dict(), ensure_ascii=False) + "\n" for one in made if one]
                write_private(self.path, "".join(kept).encode())
        return count

    def _read(self) -> Iterator[Lookup]:
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._unusable(error) from error
        for line in text.splitlines():
            with suppress(ValueError, KeyError, TypeError):
                said = json.loads(line)
                yield Lookup(
                    datetime.fromisoformat(said["at"]),
                    said["who"],
                    said["command"],
                    said["caller"] or "",
                    said["tag"] or "",
                    said["reason"] or "",
                )

    def _ends_whole(self) -> bool:
        with self.path.open("rb") as stream:
            stream.seek(-1, os.SEEK_END)
            return stream.read(1) == b"\n"

    def _key(self) -> bytes:
        with suppress(FileNotFoundError):
            return self._key_file.read_bytes()
        self._key_file.parent.mkdir(mode=state.OWNER_ONLY, parents=True, exist_ok=True)
        fresh = self._key_file.with_name(f".{self._key_file.name}.{os.getpid()}")
        write_private(fresh, secrets.token_bytes(32))
        with suppress(FileExistsError):
            os.link(fresh, self._key_file)  # whoever is first makes it; nobody's is overwritten
        fresh.unlink()
        return self._key_file.read_bytes()

    @contextmanager
    def _held(self) -> Iterator[None]:
        try:
            self.path.parent.mkdir(mode=state.OWNER_ONLY, parents=True, exist_ok=True)
            with FileLock(self.path.with_suffix(".lock"), timeout=WAIT_S, mode=0o600):
                yield
        except (OSError, Timeout) as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> InputError:
        reason = getattr(error, "strerror", None) or str(error)
        return InputError(
            f"the access log {visible(str(self.path))} can't be written: {visible(reason)}",
            expected="a file of your own: nobody's calls are looked up unrecorded",
            fix="Name another with access_log under [privacy].",
        )


def record(
    command: str, caller: str, reason: str, *, who: str, now: datetime, path: Path | str | None = None
) -> Lookup:
    """Write down a lookup in the log at ``path``, else the usual one; see :meth:`AccessLog.record`."""
    return AccessLog(path).record(command, caller, reason, who=who, now=now)


def shown(caller: str) -> str:
    """Return a number by its last two digits, as the log shows it.

    Examples
    --------
    >>> shown("+1 (717) 555-1234")
    '…34'
    """
    digits = "".join(c for c in caller if c.isdigit())
    return f"…{digits[-2:]}" if len(digits) >= LEAST else ("…" if caller else "")


def _core(caller: str) -> str:
    """Return what a lookup goes by: the last ten digits, fewer where no more were said, else the word for none."""
    said, cleaned = re.sub(r"\D", "", caller), phones.one(caller)
    if cleaned is None or not said:
        return caller.strip().casefold()
    local = len(said) < WHOLE and not caller.strip().startswith("+")  # nobody knows its country or area
    return (said if local else re.sub(r"\D", "", cleaned))[-WHOLE:]


def _without(caller: str, text: str) -> str:
    core = _core(caller)
    if len(core) < LEAST or not core.isdigit():
        return text
    if len(core) < WHOLE:  # what stands before a local number in the reason says whose it is
        between = r"[\s\-./()]{0,3}"
        text = re.sub(rf"[+(]*(?:\d{between}){{0,8}}{between.join(core)}(?!\d)", FORGOTTEN, text)
    return Written(caller).redacted(text)
