"""Legs of Master.csv: which are one call, which peers are trunks, what the last application was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.intake.asterisk.columns import codes, matches, said, seconds, texts

if TYPE_CHECKING:
    from calltrace.intake.asterisk.columns import Ints, Mask, Texts

QUEUE_APPS = ("queue", "appqueue")
DIAL_APPS = ("dial", "appdial", "appdial2", "retrydial", "followme", "macro", "gosub")
VOICEMAIL_APPS = ("voicemail", "vm", "voicemailplaymsg", "minivmrecord")
REFUSING_APPS = ("congestion", "busy", "playtones")
SPEAKING_APPS = (
    "playback",
    "background",
    "backgrounddetect",
    "controlplayback",
    "waitexten",
    "read",
    "wait",
    "musiconhold",
    "festival",
    "saydigits",
    "saynumber",
    "sayalpha",
    "playtts",
    "agi",
    "swift",
    "record",
    "directory",
)
"""Applications that play something to the caller: a call that ends in one has not reached anybody."""

NOT_LINES = "Local|Console|ALSA|OSS|Message|Bridge|Announcer|Recorder|ConfBridge|Agent"
"""Technologies of channels that are neither a line nor a phone."""

INBOUND = (
    r"(?i)(?:from|ext|in|incoming)[-_]?"
    r"(?:pstn|trunk|carrier|did|zaptel|dahdi|outside|external|provider|sip-ext)"
    r"|inbound|incoming|^did"
)
"""Contexts that dialplans (FreePBX, Issabel, the samples) give to calls from outside."""

INSIDE = r"(?i)^(?:from-internal|internal|outgoing|outbound|macro-dialout|phones?$|users?$|agents?$|extensions?$)"
"""Contexts that dialplans give to what their own phones dial."""

DIALLED_OUT = r"\w+/(?:[^,&@/]+/)?\+?\d{7,}(?:@|,|$)"
"""The arguments of a Dial to a number outside: ``SIP/5855550111@carrier``, ``DAHDI/g1/5855550111``."""

WENT_ON_S = 2
"""Rows of one call follow one another within the truncation of both their seconds."""


WAITED_S = 1800
"""No row tells of a wait between two of a call; a numbered channel that comes back within this is the same one."""


def call_keys(legs: pd.DataFrame) -> tuple[Ints, Texts]:
    """Return each leg's call by number, and the calls' ids: linkedid, else uniqueid, else channel."""
    column = pd.Series(pd.NA, index=legs.index, dtype="string")
    for name in ("linkedid", "uniqueid"):
        if name in legs.columns:
            column = legs[name] if not column.notna().any() else column.fillna(legs[name])
    bare = column.isna().to_numpy()
    if bare.any():
        # Without an id a channel's name is all there is. A numbered one comes back after a restart only, another
        # (DAHDI/1-1) with the next call: that call ends where nothing of its channel follows at once.
        lone = np.flatnonzero(bare)
        channel, _ = codes(legs["channel"])
        caller, _ = codes(legs["src"])
        numbered = matches(legs["channel"], lambda name: name.str.contains(r"-[0-9a-f]{8}(?:;\d)?$", regex=True))
        start, end = seconds(legs["start_at"]), seconds(legs["end_at"])
        order = lone[np.lexsort((start[lone], channel[lone]))]
        went_on = np.where(numbered[order][1:] & (caller[order][1:] == caller[order][:-1]), WAITED_S, WENT_ON_S)
        same = (channel[order][1:] == channel[order][:-1]) & (
            start[order][1:] <= np.maximum(end[order][:-1], start[order][:-1]) + went_on
        )
        begins = np.concatenate(([True], ~same))
        named = texts(legs["channel"].fillna("?") + "@" + legs["start_at"].dt.strftime("%Y%m%dT%H%M%SZ"))
        name_of = np.empty(len(legs), dtype=object)
        name_of[order] = named[order][np.flatnonzero(begins)[np.cumsum(begins) - 1]]
        column = column.mask(bare, pd.Series(name_of, index=legs.index, dtype="string"))
    code, ids = codes(column)
    if "linkedid" not in legs.columns or legs["linkedid"].isna().all():
        code = _with_local_halves(legs, code)
    return code, ids


def _with_local_halves(legs: pd.DataFrame, code: Ints) -> Ints:
    """Give the legs of a Local channel's far half the call of the leg that dialled it."""
    far = pc.fill_null(pc.starts_with(pa.array(legs["channel"], from_pandas=True), "Local/"), False).to_numpy(
        zero_copy_only=False
    )
    near = pc.fill_null(
        pc.starts_with(pa.array(legs["dstchannel"], from_pandas=True), "Local/"), False
    ).to_numpy(zero_copy_only=False)
    if not far.any() or not near.any():
        return code
    start = legs["start_at"]
    code = code.copy()
    for _ in range(3):  # a Local channel may dial another; more than three deep is no queue's doing
        dialled = pd.DataFrame(
            {
                "base": legs.loc[near, "dstchannel"]
                .str.replace(r";\d$", "", regex=True)
                .to_numpy(dtype=object),
                "at": start[near].to_numpy(),
                "to": code[near],
            }
        ).sort_values("at")
        heard = pd.DataFrame(
            {
                "base": legs.loc[far, "channel"].str.replace(r";\d$", "", regex=True).to_numpy(dtype=object),
                "at": start[far].to_numpy(),
                "row": np.flatnonzero(far),
            }
        ).sort_values("at")
        found = pd.merge_asof(
            heard, dialled, on="at", by="base", direction="nearest", tolerance=pd.Timedelta(hours=1)
        )
        found = found[found["to"].notna()]
        before = code.copy()
        code[found["row"].to_numpy()] = found["to"].to_numpy(dtype=np.int64)
        if (before == code).all():
            break
    return code


def peers_of(channels: pd.Series[str], stations: frozenset[str] = frozenset()) -> pd.Series[str]:
    """Return the trunk or phone of each channel: ``SIP/carrier-0000001b`` is SIP/carrier; ``stations`` keep their numbers."""
    array = pa.array(channels, from_pandas=True)
    array = pc.replace_substring_regex(array, r"(?:-[0-9A-Fa-f]{1,12})?(?:;\d)?$", "", max_replacements=1)
    array = pc.replace_substring_regex(array, r"^(DAHDI/[^/]+)/.*$", r"\1")
    # a channel of a T1 or an analogue line goes by its number: all of them are one group
    group = pc.replace_substring_regex(array, r"^(DAHDI|Zap)/\d+$", r"\1")
    array = pc.if_else(pc.is_in(array, pa.array(sorted(stations), array.type)), array, group) if stations else group
    return pd.Series(pd.array(array, dtype="string"), index=channels.index)


def trunks(legs: pd.DataFrame, peer_code: Ints, peers: Texts) -> Mask:
    """Say of each peer whether calls from outside come in on it.

    A peer whose context is one for calls from outside, or that numbers are dialled at
    (``Dial(SIP/5855550111@trunk)``, not an extension of another switch), is a trunk; one that is its own caller
    number is a phone. So is a two- to
    six-digit name, unless callers come in on it: carriers give lines account numbers for names (``SIP/211553``).
    A phone that shows a client's number when it dials out has callers' numbers in its rows as well, but dials
    numbers in them.
    """
    size = len(peers)
    names = pd.Series(peers, dtype="string")
    there = peer_code >= 0
    from_outside = outside(legs)
    inbound = np.bincount(peer_code[there & from_outside], minlength=size) > 0
    short = names.str.partition("/")[2]
    phone = short.str.fullmatch(r"\d{2,6}(?:@.*)?").fillna(False).to_numpy(dtype=bool)
    local = names.str.match(rf"(?:{NOT_LINES})(?:/|$)").fillna(True).to_numpy(dtype=bool)
    dialled = codes(legs["lastdata"])[1]
    via = pd.Series(dialled, dtype="string").str.extract(r"^(\w+)/[^,&@/]*\d{7,}@([^,&/]+)").dropna()
    via_names = set((via[0] + "/" + via[1]).tolist())
    slash = pd.Series(dialled, dtype="string").str.extract(r"^(\w+/[^,&@/]+)/\+?\d{7,}").dropna()
    via_names |= set(slash[0].tolist())
    dialled_at = np.array([name in via_names for name in peers.tolist()], dtype=bool)
    src = texts(legs["src"])
    own_name = said(src) & (src == np.append(texts(short), np.array([None], dtype=object))[peer_code])
    own = np.bincount(peer_code[there & own_name], minlength=size) * 2 > np.bincount(
        peer_code[there], minlength=size
    )
    from_number = matches(legs["src"], lambda text: text.str.contains(r"\d{7}", regex=True))
    out = matches(legs["lastdata"], lambda data: data.str.match(DIALLED_OUT))
    came = np.bincount(peer_code[there & from_number & ~out], minlength=size)
    went = np.bincount(peer_code[there & out], minlength=size)
    numbered = (came > 0) & (came >= went)
    line = phone & numbered & _lines(legs, peer_code, short, there & from_number & ~out, from_outside)
    return np.asarray(~local & ~own & ((~phone & (inbound | dialled_at | numbered)) | line), dtype=bool)


def _lines(
    legs: pd.DataFrame, peer_code: Ints, short: pd.Series[str], came: Mask, from_outside: Mask
) -> Mask:
    """Say of each peer with a phone's number for a name whether it is a line all the same.

    Most of its rows are of callers with numbers, and they are several callers, or dialled the very name, or came
    to a context for calls from outside; and most are not in a context for what phones dial.
    """
    size, there = len(short), peer_code >= 0

    def rows(mask: Mask) -> Ints:
        return np.bincount(peer_code[there & mask], minlength=size)

    every = rows(there)
    inside = rows(matches(legs["dcontext"], lambda text: text.str.contains(INSIDE, regex=True)))
    caller, _ = codes(legs["src"])
    pairs = pd.DataFrame({"peer": peer_code[came], "caller": caller[came]}).drop_duplicates()
    callers = np.bincount(pairs["peer"], minlength=size)
    name = np.append(texts(short), np.array([None], dtype=object))[peer_code]
    itself = rows(came & said(name) & (texts(legs["dst"]) == name))
    shows = (callers > 1) | (itself > 0) | (rows(from_outside) * 2 > every)
    return np.asarray((rows(came) * 2 > every) & (inside * 2 < every) & shows, dtype=bool)


def outside(legs: pd.DataFrame) -> Mask:
    """Say which legs are in a context for calls from outside."""
    return matches(legs["dcontext"], lambda text: text.str.contains(INBOUND, regex=True))


def far_ends(legs: pd.DataFrame) -> Mask:
    """Say which legs are of a channel that the switch itself dialled, and so no caller's."""
    dialled = matches(legs["lastapp"], lambda text: text.str.fullmatch(r"(?i)appdial2?"))
    return np.asarray(dialled & matches(legs["lastdata"], lambda text: text == "(Outgoing Line)"), dtype=bool)


@dataclass(frozen=True)
class Apps:
    """What each leg's last application is."""

    queue: Mask
    dial: Mask
    voicemail: Mask
    refusing: Mask
    speaking: Mask
    hangup: Mask
    none: Mask

    def take(self, rows: Ints) -> Apps:
        """Return the same of some rows."""
        return Apps(**{name: getattr(self, name)[rows] for name in Apps.__dataclass_fields__})


def apps_of(lastapp: pd.Series[str]) -> Apps:
    """Return what each leg's last application is, by the lists above."""
    code, names = codes(lastapp)
    lower = [str(name).lower() for name in names.tolist()]

    def of(wanted: tuple[str, ...]) -> Mask:
        return np.isin(code, [n for n, name in enumerate(lower) if name in wanted])

    return Apps(
        of(QUEUE_APPS),
        of(DIAL_APPS),
        of(VOICEMAIL_APPS),
        of(REFUSING_APPS),
        of(SPEAKING_APPS),
        of(("hangup",)),
        code < 0,
    )
