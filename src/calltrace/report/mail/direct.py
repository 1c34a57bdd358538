"""Sending without the spool: for a report that can't be kept, which is worth more to its reader than the memory of it.

A disk that is full is the morning on which something is wrong. The message goes out as it is, in the tries of one run;
nothing remembers that it did, so the same report made again goes to the same readers again, under the same Message-ID.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from email.message import EmailMessage

from calltrace.report.mail import post
from calltrace.report.mail.smtp import Fate, Handed, Parcel, SmtpSettings, send


def hand_over(
    message: EmailMessage,
    recipients: tuple[str, ...],
    settings: SmtpSettings,
    *,
    sender: str,
    said: Callable[[str], None] = lambda _: None,
) -> dict[str, Handed]:
    """Send a message that nothing keeps, trying again after :data:`calltrace.report.mail.post.WAITS_S`.

    Parameters
    ----------
    message, recipients, sender
        What, to whom (addresses without names), from whom.
    settings : SmtpSettings
        The server.
    said : callable
        Told of every try that failed and is made again.

    Returns
    -------
    dict
        By recipient, what became of its copy. One in doubt is not tried again: nothing would know of the double.
    """
    content = message.as_bytes()
    fates: dict[str, Handed] = {}
    waiting = recipients
    for wait_s in (*post.WAITS_S, None):
        fates |= send(Parcel(content, sender, waiting), settings)
        waiting = tuple(to for to in recipients if fates[to].fate is Fate.LATER)
        if wait_s is None or not waiting:
            break
        said(f"{fates[waiting[0]].why}; trying again in {wait_s:g} s")
        time.sleep(wait_s)
    return fates
