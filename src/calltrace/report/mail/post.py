"""Sending through the spool: a message is kept first, then tried, and tried again for a short while.

What is not away by then stays in the spool, for the next run or ``calltrace mail flush``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from email.message import EmailMessage

from calltrace.classes import dataclass
from calltrace.report.mail.smtp import SmtpSettings, send
from calltrace.report.mail.spool import BusyError, Entry, Spool

WAITS_S = (2.0, 15.0)
"""Seconds before the second and third try of a run; a server that is only restarting is back by then."""


@dataclass(frozen=True)
class Posted:
    """What a run did with one message. ``had`` had this very report before."""

    entry: Entry
    sent: tuple[str, ...]
    had: tuple[str, ...]
    waiting: tuple[str, ...]
    stuck: tuple[str, ...]

    @property
    def away(self) -> bool:
        """Whether every reader has it."""
        return not self.waiting and not self.stuck

    def reason(self, readers: tuple[str, ...]) -> str:
        """Return what went wrong last with these readers' copies, each reason once."""
        return "; ".join(dict.fromkeys(self.entry.copies[to].why for to in readers if self.entry.copies[to].why))


def post(
    spool: Spool,
    message: EmailMessage,
    recipients: tuple[str, ...],
    settings: SmtpSettings,
    *,
    sender: str,
    again: bool = False,
    said: Callable[[str], None] = lambda _: None,
) -> Posted:
    """Keep a message and send it to those who have not had it.

    Parameters
    ----------
    spool : Spool
        Where it is kept.
    message, recipients, sender
        What, to whom (addresses without names), from whom.
    settings : SmtpSettings
        The server.
    again : bool
        Send it to those who have had it as well.
    said : callable
        Told of every try that failed and is made again.
    """
    entry = spool.put(message, recipients, sender=sender, server=settings.url, again=again)
    had = tuple(to for to in recipients if entry.copies[to].state == "sent")
    entry = attempt(spool, entry, settings, said=said)
    return _posted(entry, recipients, had)


def attempt(
    spool: Spool, entry: Entry, settings: SmtpSettings, *, said: Callable[[str], None] = lambda _: None
) -> Entry:
    """Try an entry's open copies, and again after :data:`WAITS_S` where that may help.

    A copy in doubt is not tried again at once: the server may still be at it.
    """
    for wait_s in (*WAITS_S, None):
        try:
            entry = spool.deliver(
                entry.id, lambda parcel, about: send(parcel, settings, about_to_end=about), server=settings.url
            )
        except BusyError:
            return entry
        again = [to for to in entry.open if entry.copies[to].state == "waiting"]
        if wait_s is None or not again:
            break
        said(f"{entry.copies[again[0]].why}; trying again in {wait_s:g} s")
        time.sleep(wait_s)
    return entry


def _posted(entry: Entry, recipients: tuple[str, ...], had: tuple[str, ...]) -> Posted:
    def those(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(to for to in recipients if to in names)

    sent = tuple(to for to in recipients if entry.copies[to].state == "sent" and to not in had)
    return Posted(entry, sent, had, those(entry.open), those(entry.stuck))
