"""What the columns of logs are called, and what their words mean."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "calls": {
        "call_id": (
            "call id", "unique id", "uniqueid", "id", "uuid", "guid", "call guid", "call reference", "contact id",
            "record id", "session id", "interaction id", "call no", "call number id", "nr", "ref", "sid", "anruf id",
            "vorgangsnummer",
        ),
        "account": ("account", "client", "account number", "account id", "client id", "customer id", "tenant",
                    "client account", "company", "acct", "client name", "account name", "kunde", "mandant",
                    "kundennummer"),
        "dnis": ("dnis", "did", "ddi", "called number", "dialed number", "dialled number", "to", "to number",
                 "destination", "destination number", "called", "callee", "number dialed", "number called",
                 "tracking number", "angerufene nummer", "ziel", "zielnummer", "zielrufnummer", "gerufene nummer", "dst"),
        "trunk_group": ("trunk group", "trunk", "carrier", "line group", "route", "gateway", "tg", "amtsleitung"),
        "ani": ("ani", "caller id", "caller number", "from", "from number", "calling number", "source", "caller",
                "phone number", "phone", "cli", "clid", "callerid", "customer number", "remote number", "anrufer",
                "anrufernummer", "rufnummer anrufer", "src", "calling party"),
        "caller_name": ("caller name", "cnam", "name", "customer name", "contact name", "caller id name", "anrufername"),
        "agent": ("agent", "operator", "agent name", "answered by", "user", "agent id", "employee", "csr", "user name",
                  "representative", "handled by", "team member", "extension", "mitarbeiter", "bearbeiter", "benutzer"),
        "offered_at": ("start time", "call time", "date time", "datetime", "timestamp", "time", "date", "started at",
                       "call date", "calldate", "start", "started", "received", "received at", "arrival",
                       "offered at", "created at", "begin", "call start", "call start time", "call date time",
                       "start date", "start date time", "arrived", "datum", "date and time", "time of call", "when", "uhrzeit",
                       "zeit", "anrufzeit", "startzeit", "beginn", "anrufbeginn", "zeitpunkt", "zeitstempel",
                       "datum uhrzeit", "datum und uhrzeit", "time of day"),
        "ring_s": ("ring time", "ring", "ring duration", "ringing", "time to answer", "alert time", "ring seconds",
                   "ring sec", "rings s", "klingelzeit", "klingeldauer", "rufzeit", "rufdauer"),
        "queue_s": ("queue time", "wait time", "time in queue", "wait", "waiting time", "queue wait", "queue duration",
                    "queued seconds", "wait seconds", "wartezeit", "wartedauer", "waited", "queued"),
        "hold_s": ("hold time", "hold", "on hold", "hold duration", "hold seconds", "held", "holding", "haltezeit",
                   "haltedauer"),
        "talk_s": ("talk time", "duration", "talk", "call duration", "billsec", "conversation", "conversation time",
                   "length", "call length", "billable seconds", "talk duration", "talk seconds", "dauer",
                   "minutes", "seconds", "connected time", "talking", "gesprächszeit", "gesprächsdauer", "sprechzeit",
                   "sprechdauer", "verbindungsdauer", "anrufdauer"),
        "outcome": ("outcome", "status", "disposition", "result", "call status", "call result", "call outcome", "state",
                    "call disposition", "final status", "answered", "ergebnis", "call type"),
        "ended_by": ("ended by", "hangup by", "disconnected by", "released by", "who hung up", "terminated by"),
        "recording": ("recording", "recording url", "recording file", "audio", "recordingfile", "aufzeichnung"),
        "redirected_from": ("forwarded from", "redirected from", "diversion", "rdnis", "redirecting number",
                            "original called number"),
        "linked_id": ("linked id", "linkedid", "parent id", "parent call id", "master id", "parent call"),
        "hangup_cause": ("hangup cause", "cause", "disconnect reason", "cause code", "reason", "release cause",
                         "sip code", "termination cause"),
        "queue": ("queue", "queue name", "skill", "split", "hunt group", "acd group", "department", "warteschlange"),
        "transferred_to": ("transferred to", "transfer", "transfer number", "transfer to"),
    },
    "kpi": {
        "interval_start": ("interval", "interval start", "time", "date", "hour", "period", "start", "date time",
                           "start interval", "datetime", "timestamp"),
        "offered": ("offered", "calls offered", "received", "total calls", "incoming", "incoming calls", "presented",
                    "calls received", "calls presented", "inbound calls"),
        "answered": ("answered", "handled", "calls answered", "answered calls", "calls handled", "accepted"),
        "abandoned": ("abandoned", "lost", "calls abandoned", "abandoned calls", "missed"),
        "blocked": ("blocked", "busy", "rejected", "blocked calls"),
        "asa_s": ("asa", "average speed of answer", "answer speed", "avg answer speed", "avg speed of answer",
                  "answer speed avg", "waiting time avg", "avg wait time"),
        "service_level_pct": ("service level", "service level percent", "sl", "sla", "service level 20 seconds"),
        "aht_s": ("aht", "average handle time", "average handling time", "talk duration avg", "avg handle time",
                  "avg talk duration"),
        "agents_staffed": ("agents staffed", "staffed", "agents", "agents logged in", "logged in agents"),
    },
}  # fmt: skip

OUTCOME_WORDS = {
    "answered": "answered answer complete completed connected handled accepted success successful talked ok yes true"
    "|call connected|answered by agent|normal|angenommen|beantwortet|taken|answer call|live answer|message taken|y",
    "abandoned": "abandoned abandon hangup hungup lost cancelled canceled|hang up|caller hung up|hung up|aban"
    "|abandoned in queue|caller abandoned|abgebrochen|cancel|caller disconnected|dropped by caller",
    "no_answer": "unanswered missed noanswer rna timeout verpasst no false|no answer|not answered|missed call|n"
    "|ring no answer|not answered by agent|unbeantwortet",
    "busy": "busy engaged rejected refused besetzt|user busy|line busy|all circuits busy",
    "failed": "failed error congestion failure dropped fehlgeschlagen|call failed|network error|system error",
    "voicemail": "voicemail vm mailbox|voice mail|left message|to voicemail|left voicemail|sprachbox",
    "announcement": "announcement ivr autoattendant closed ansage|auto attendant|after hours message|out of hours",
}
DIRECTION_NAMES = ("direction", "call direction", "richtung", "in out", "inbound outbound", "call type", "type",
                   "call direction type")  # fmt: skip
INBOUND = frozenset({"inbound", "incoming", "in", "i", "received", "eingehend", "inbound call", "incoming call", "rx"})
OTHERWISE = frozenset({"outbound", "outgoing", "out", "o", "internal", "intern", "dialed", "dialled", "ausgehend",
                       "outbound call", "outgoing call", "placed", "transfer", "tx", "extension", "local"})  # fmt: skip
ANSWERED_AT = ("answer time", "answered at", "answer", "connect time", "connected at", "answered", "pick up time",
               "answered time", "call answered", "angenommen")  # fmt: skip
ENDED_AT = ("end time", "ended at", "end", "hangup time", "disconnect time", "finished", "call end", "call end time",
            "ended", "closed", "closed at", "completed at", "hangup", "ende", "endzeit")
ENDED_BY_WORDS = {"caller": {"caller", "customer", "client", "remote", "originator", "src"},
                  "agent": {"agent", "operator", "user", "employee", "callee", "dst"},
                  "system": {"system", "switch", "ivr", "timeout", "network"}}  # fmt: skip


# --- names --------------------------------------------------------------------------------------------------

_UNIT_TAIL = re.compile(
    r"[(\[]?\b(s|sec|secs|seconds?|min|mins|minutes?|ms|msec|hh?:mm:ss|mm?:ss|hh?:mm|sek|sekunden|minuten|utc|gmt|local|est|edt|cst|pst)\b[)\]]?$"
)


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    """Return a text lower-cased, its umlauts written out as exporters without them do."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return plain.translate({ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"})


@lru_cache(maxsize=4096)
def key_of(word: str | None) -> str:
    """Return a word as words are compared: capitals, blanks, hyphens and underlines don't matter."""
    return " ".join((word or "").lower().replace("_", " ").replace("-", " ").split())


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a column's name, lower-cased, its unit left out."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.rpartition(".")[2] or name)
    plain = re.sub(r"[_\-.#/]+", " ", _folded(split)).strip()
    bare = _UNIT_TAIL.sub("", plain).strip() or plain
    return tuple(re.findall(r"\w+", bare))


def likeness(name: str, known: tuple[str, ...]) -> float:
    """Return how alike a column's name is to the nearest of the known ones, from 0 to 1."""
    mine = words_of(name)
    best = 0.0
    for phrase in known:
        theirs = _folded(phrase).split()
        if "".join(mine) == "".join(theirs):
            return 1.0
        common = len(set(mine) & set(theirs))
        best = max(best, 2 * common / (len(set(mine)) + len(set(theirs))) if common else 0.0)
    return best


_SPANS = frozenset(
    word
    for columns in NAMES.values()
    for column, phrases in columns.items()
    if column.endswith("_s")
    for phrase in phrases
    for word in _folded(phrase).split()
) - {"time", "to", "in", "on", "of", "call", "answer", "connected"} | {
    "elapsed", "handle", "handling", "wrap", "wrapup", "acw", "idle", "pause", "parked", "park", "delay", "billed",
}  # fmt: skip
"""Words that make a name one of a duration; ``time`` alone makes none."""
_UNIT_OF_SPANS = re.compile(r"\b(s|secs?|seconds?|sek|sekunden|m|mins?|minutes?|minuten|ms|msec|mm?:ss)\W*$")
"""Units that no time of day is in."""
_EDGES = frozenset({
    "start", "started", "starts", "begin", "began", "end", "ended", "ends", "stop", "stopped", "at", "date", "when",
    "timestamp", "stamp", "datum", "uhrzeit", "beginn", "ende",
})  # fmt: skip
"""Words that make a name one of a moment, whatever else it says: when the ring began is no ring time."""
_NO_SPAN = frozenset({"time", "call", "calls", "date", "hour", "of", "day", "the", "local", "zeit"})
_BEGUN = frozenset({"start", "started", "starts", "begin", "began", "received", "offered", "arrived"})
_LATER = frozenset({
    "answer", "answered", "connect", "connected", "disconnect", "disconnected", "hangup", "end", "ended", "closed",
    "completed", "finished", "dequeue", "dequeued", "delivered", "released", "transferred", "updated", "modified",
})  # fmt: skip
"""Words of moments after a call began, where no word of its beginning stands beside them."""
_TIMELY = frozenset({
    "time", "date", "start", "stamp", "timestamp", "epoch", "at", "ts", "started", "end", "answer", "datetime", "created",
    "received", "interval", "when", "datum", "uhrzeit", "zeit", "beginn", "zeitpunkt", "zeitstempel",
})  # fmt: skip


def says_duration(name: str, known: tuple[str, ...] = ()) -> bool:
    """Say whether a column's name is one of a duration: a word for it and none of a moment, or wholly a known name."""
    mine = set(words_of(name))
    return not mine & _EDGES and (bool(mine & _SPANS) or likeness(name, known) == 1.0 or _counted(name))


def _counted(name: str) -> bool:
    """Say whether a name has a unit that no time of day has."""
    return bool(_UNIT_OF_SPANS.search(_folded(name).replace("_", " ")))


def says_no_duration(name: str) -> bool:
    """Say whether a name can't be one of a duration, whatever its values: of a moment, or ``Call Time`` at most."""
    mine = set(words_of(name))
    return bool(mine & _EDGES) or (mine <= _NO_SPAN and not _counted(name))


def says_other_moment(name: str) -> bool:
    """Say whether a name is rather one of a call's answer or end than of its beginning."""
    start = likeness(name, NAMES["calls"]["offered_at"])
    mine = set(words_of(name))
    later = bool(mine & _LATER) and not mine & _BEGUN
    return later or max(likeness(name, ANSWERED_AT), likeness(name, ENDED_AT)) > start


def timely(name: str) -> bool:
    """Say whether a name has a word for a time."""
    return bool(_TIMELY & set(words_of(name)))


def outcome_of(word: str) -> str:
    """Return the outcome a word stands for, '' where it is none we know."""
    bare = key_of(word)
    for outcome, known in OUTCOME_WORDS.items():
        singles, *phrases = known.split("|")
        if bare in singles.split() or bare in phrases or bare == outcome.replace("_", " "):
            return outcome
    return ""
