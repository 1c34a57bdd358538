"""dmAnswers messages as CSV: one row a message an agent took.

Known only from a public program that reads it; no real file was at hand. Invented, the columns cut::

    Time,Account,Company Name,Number called,CallerID,Action taken,Caller,Regarding,Message,Agent Flags
    2026-03-02 09:16:10,1021,Harbor Medical,5855550178,5855550117,Texted on call,Ann Lee,Refill,Call back,urgent

=================  ====================================================================================
column             what
=================  ====================================================================================
Time               when the message was taken, local
Account            the client's account; Company Name its name
Number called      the client's number; CallerID the caller's: a call has no id here
Action taken       in words; whether anything arrived is not told
Agent Flags        urgent where it says so; where the column is there and does not, routine
=================  ====================================================================================
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from calltrace.intake.formats import _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of


def _fits(words: frozenset[str]) -> bool:
    return {"time", "account", "companyname", "message"} <= words and bool(
        {"actiontaken", "agentflags"} & words
    )


def detect(head: Head) -> str | None:
    """Recognise the export by Time, Account, Company Name, Action taken and Message."""
    return _sheet.recognised(head, _fits, "Time, Account, Company Name, Action taken, Message")


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the messages.

    Returns
    -------
    Reading
        Table "messages". A message's id is its account and time, for the export has none.
    """
    sheet = _sheet.sheet_of(stream, options, _fits, "messages")
    taken = sheet.times("time", required="Time")
    account = sheet.strings("account")
    stamp = pd.Series(taken.values).dt.strftime("%Y%m%dT%H%M%S").astype("string")
    ids = account.fillna("?") + "-" + stamp + "-" + pd.Series(sheet.lines).astype("string")
    urgent = sheet.lower("agentflags").str.contains("urgent|emergency|stat", regex=True).fillna(value=False)
    word = np.where(urgent.to_numpy(dtype=bool), "urgent", "routine")
    priority = pd.Series(word if sheet.has("agentflags") else pd.NA, index=ids.index, dtype="string")
    frame = sheet.frame({"message_id": ids, "account": account, "taken_at": taken, "priority": priority})
    return Reading(
        "messages", frame, rows=sheet.rows, problems=tuple(sheet.problems), notes=tuple(sheet.notes), dates=sheet.dates)


FORMAT = Format(
    title="dmAnswers messages (CSV)",
    detect=detect,
    read=read,
    sure="C",
    provides=columns_of(messages="message_id account taken_at priority"),
)
