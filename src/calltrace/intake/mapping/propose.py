"""A mapping proposed: which column is what, by its name and all of its values.

A name alone proves nothing (``duration`` may be a word) and values alone little (two columns of telephone numbers
look alike), so a column is proposed where its name fits and every value could be what the name says. Each
proposal comes with its reason and examples, for somebody who knows the log to look over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.intake.delimited import short
from calltrace.intake.mapping import Fill, Mapping, _key, grid, values
from calltrace.intake.mapping.values import Decision
from calltrace.tables import phones
from calltrace.tables.schema import TABLES, Column, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.intake.delimited import Rows
    from calltrace.intake.formats._base import ReadOptions, Stream
    from calltrace.tables.problems import Problem

FITS = 0.5
"""How alike a column's name must be to one we know, from 0 to 1 (the Dice coefficient of their words)."""
MOST_WORDS = 60
"""A column with more different words is no vocabulary."""

NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "calls": {
        "call_id": (
            "call id", "unique id", "uniqueid", "id", "uuid", "guid", "call guid", "call reference", "contact id",
            "record id", "session id", "interaction id", "call no", "call number id", "nr", "ref", "sid",
        ),
        "account": ("account", "client", "account number", "account id", "client id", "customer id", "tenant",
                    "client account", "company", "acct", "client name", "account name"),
        "dnis": ("dnis", "did", "ddi", "called number", "dialed number", "dialled number", "to", "to number",
                 "destination", "destination number", "called", "callee", "number dialed", "number called",
                 "tracking number", "angerufene nummer", "ziel", "dst"),
        "trunk_group": ("trunk group", "trunk", "carrier", "line group", "route", "gateway", "tg"),
        "ani": ("ani", "caller id", "caller number", "from", "from number", "calling number", "source", "caller",
                "phone number", "phone", "cli", "clid", "callerid", "customer number", "remote number", "anrufer",
                "src", "calling party"),
        "caller_name": ("caller name", "cnam", "name", "customer name", "contact name", "caller id name"),
        "agent": ("agent", "operator", "agent name", "answered by", "user", "agent id", "employee", "csr", "user name",
                  "representative", "handled by", "team member", "extension", "mitarbeiter"),
        "offered_at": ("start time", "call time", "date time", "datetime", "timestamp", "time", "date", "started at",
                       "call date", "calldate", "start", "started", "received", "received at", "arrival",
                       "offered at", "created at", "begin", "call start", "call start time", "call date time",
                       "start date", "start date time", "arrived", "datum", "date and time", "time of call"),
        "ring_s": ("ring time", "ring", "ring duration", "ringing", "time to answer", "alert time", "ring seconds",
                   "ring sec", "rings s"),
        "queue_s": ("queue time", "wait time", "time in queue", "wait", "waiting time", "queue wait", "queue duration",
                    "queued seconds", "wait seconds", "wartezeit", "waited"),
        "hold_s": ("hold time", "hold", "on hold", "hold duration", "hold seconds", "held"),
        "talk_s": ("talk time", "duration", "talk", "call duration", "billsec", "conversation", "conversation time",
                   "length", "call length", "billable seconds", "talk duration", "talk seconds", "dauer",
                   "minutes", "seconds", "connected time"),
        "outcome": ("outcome", "status", "disposition", "result", "call status", "call result", "call outcome", "state",
                    "call disposition", "final status", "answered", "ergebnis", "call type"),
        "ended_by": ("ended by", "hangup by", "disconnected by", "released by", "who hung up", "terminated by"),
        "recording": ("recording", "recording url", "recording file", "audio", "recordingfile"),
        "redirected_from": ("forwarded from", "redirected from", "diversion", "rdnis", "redirecting number",
                            "original called number"),
        "linked_id": ("linked id", "linkedid", "parent id", "parent call id", "master id", "parent call"),
        "hangup_cause": ("hangup cause", "cause", "disconnect reason", "cause code", "reason", "release cause",
                         "sip code", "termination cause"),
        "queue": ("queue", "queue name", "skill", "split", "hunt group", "acd group", "department"),
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
               "answered time", "call answered")  # fmt: skip
ENDED_AT = ("end time", "ended at", "end", "hangup time", "disconnect time", "finished", "call end", "call end time")
ENDED_BY_WORDS = {"caller": {"caller", "customer", "client", "remote", "originator", "src"},
                  "agent": {"agent", "operator", "user", "employee", "callee", "dst"},
                  "system": {"system", "switch", "ivr", "timeout", "network"}}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """What one column would become: the table's column, '' for none, the reason, and examples before and after."""

    source: str
    target: str
    why: str
    before: str = ""
    after: str = ""
    undecided: str = ""


@dataclass(frozen=True)
class Proposal:
    """A mapping, how each column came to its place, and what is lacking before it can be used.

    ``open`` has what must be decided first; ``problems`` what reading by it would leave out.
    """

    mapping: Mapping
    columns: tuple[Shown, ...]
    open: tuple[str, ...]
    rows: int
    read: int
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    remarks: dict[str, str] = field(default_factory=dict)


# --- names --------------------------------------------------------------------------------------------------

_UNIT_TAIL = re.compile(
    r"[(\[]?\b(s|sec|secs|seconds?|min|mins|minutes?|ms|msec|hh?:mm:ss|mm?:ss|hh?:mm|utc|gmt|local|est|edt|cst|pst)\b[)\]]?$"
)


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a column's name, lower-cased, its unit left out."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.rpartition(".")[2] or name)
    plain = re.sub(r"[_\-.#/]+", " ", split).lower().strip()
    bare = _UNIT_TAIL.sub("", plain).strip() or plain
    return tuple(re.findall(r"\w+", bare))


def likeness(name: str, known: tuple[str, ...]) -> float:
    """Return how alike a column's name is to the nearest of the known ones, from 0 to 1."""
    mine = words_of(name)
    best = 0.0
    for phrase in known:
        theirs = phrase.split()
        if "".join(mine) == "".join(theirs):
            return 1.0
        common = len(set(mine) & set(theirs))
        best = max(best, 2 * common / (len(set(mine)) + len(set(theirs))) if common else 0.0)
    return best


def _known_names(table: Table) -> dict[str, tuple[str, ...]]:
    own = NAMES.get(table.name, {})
    return {c.name: (c.name.replace("_", " "), re.sub(r"_(s|at|pct|min)$", "", c.name).replace("_", " "), *own.get(c.name, ()))
            for c in table.columns}  # fmt: skip


# --- what a column could be ---------------------------------------------------------------------------------


@dataclass
class _Seen:
    """What is known of one column's values."""

    name: str
    cells: pa.Array
    filled: float
    instant: Decision
    clock: Decision
    dates_only: bool
    times_only: bool
    phone: float
    distinct: int
    words: tuple[str, ...]


def _seen(name: str, cells: pa.Array, lines: NDArray[np.int64]) -> _Seen:
    size = max(len(cells), 1)
    known = cells.drop_null()
    encoded = known.dictionary_encode() if len(known) else pa.array([], pa.string()).dictionary_encode()
    distinct = len(encoded.dictionary)
    words: tuple[str, ...] = ()
    if 0 < distinct <= MOST_WORDS:
        counts = sorted(pc.value_counts(known).to_pylist(), key=lambda c: (-c["counts"], c["values"]))
        words = tuple(c["values"] for c in counts)
    instant, clock = Decision("", ""), Decision("24", "")
    dates_only = times_only = False
    if len(known):
        parts = values.parts_of(cells)
        dated = int((parts.style > 0).sum())
        if dated >= 0.6 * len(known) and not (values.share(known, r"^\d{7,}$") > 0.5 and not _timely(name)):
            dates_only = not parts.clock.any()
            iso = values.share(known, r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}")
            instant = Decision("iso", "ISO 8601") if iso == 1.0 else values.date_order(parts, lines)
            clock = values.clock_of(parts, instant.form or "day-month-year", lines)
        elif _timely(name):
            for form, pattern in (("epoch-seconds", r"^(9|1\d|2\d|3\d)\d{8}(\.\d+)?$"),
                                  ("epoch-milliseconds", r"^(9|1\d|2\d|3\d)\d{11}$"),
                                  ("epoch-microseconds", r"^(9|1\d|2\d|3\d)\d{14}$"),
                                  ("spreadsheet-days", r"^[2-7]\d{4}(\.\d+)?$")):  # fmt: skip
                if values.share(known, pattern) > 0.98:
                    instant = Decision(form, "by the size of its numbers")
        times_only = values.share(known, r"(?i)^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[ap]\.?m?\.?)?$") > 0.9
    number_like = values.share(known, r"^(\+|00|sips?:|tel:)?[\d\s().\-]{7,22}(@.*)?$") if len(known) else 0.0
    withheld = values.share(pc.utf8_lower(known), _WITHHELD) if len(known) else 0.0
    return _Seen(name, cells, len(known) / size, instant, clock, dates_only, times_only, number_like + withheld, distinct, words)


_WITHHELD = "^(" + "|".join(re.escape(w) for w in sorted(phones.WITHHELD)) + ")$"


def _timely(name: str) -> bool:
    return bool({"time", "date", "start", "stamp", "timestamp", "epoch", "at", "ts", "started", "end", "answer", "datetime",
                 "created", "received", "interval"} & set(words_of(name)))  # fmt: skip


def _could_be(column: Column, table: str, seen: _Seen) -> bool:
    """Say whether all of a column's values could be what the table's column holds."""
    if not seen.filled:
        return False
    if column.kind == "instant":
        return bool(seen.instant.why) or seen.times_only
    if column.kind == "seconds":
        span = r"^[\d:.,' ]+$|\d ?(h|m|s|hr|min|sec|hours?|minutes?|seconds?)\b"
        return not seen.instant.why and values.share(seen.cells, span) > 0.9
    if column.kind in {"count", "number"}:
        return values.share(seen.cells, r"^[+-]?[\d.,' ]+ ?%?$") > 0.9
    if column.values:
        return 0 < len(seen.words) <= MOST_WORDS and (column.name != "outcome" or any(_outcome(w) for w in seen.words))
    if column.name in {"dnis", "ani", "redirected_from"} and table == "calls":
        return seen.phone > 0.5 or values.share(seen.cells, r"^\*?\+?\d{2,}$") > 0.5
    if seen.instant.why and column.name != "call_id":
        return False
    if column.name == "call_id":
        return seen.distinct > 1 or len(seen.cells) == 1
    if column.name in {"caller_name", "agent"}:
        return seen.phone < 0.5
    return column.name != "queue" or values.share(seen.cells, r"^[\d:.,]+$") < 0.5 or seen.distinct < 30


def _outcome(word: str) -> str:
    bare = _key(word)
    for outcome, known in OUTCOME_WORDS.items():
        singles, *phrases = known.split("|")
        if bare in singles.split() or bare in phrases or bare == outcome.replace("_", " "):
            return outcome
    return ""


# --- the proposal -------------------------------------------------------------------------------------------


def propose(stream: Stream, options: ReadOptions) -> Proposal:
    """Propose how a file should be read.

    Parameters
    ----------
    stream : Stream
        Any text of rows.
    options : ReadOptions
        The region of telephone numbers, the zone of times.

    Returns
    -------
    Proposal
        Usable where ``open`` is empty.

    Raises
    ------
    InputError
        Where no rows can be made out.
    """
    form = grid.form_of(stream)
    rows = grid.rows_of(stream, form, "calls")
    cells = {name: values.trimmed(texts) for name, texts in rows.cells.items()}
    rows = _without_junk(rows, cells)
    cells = {name: values.trimmed(texts) for name, texts in rows.cells.items()}
    seen = {name: _seen(name, texts, rows.lines) for name, texts in cells.items()}
    table, chosen = max(
        ((t, _assigned(t, seen)) for t in TABLES.values()), key=lambda found: _worth(found[0], found[1])
    )
    maker = _Maker(table, seen, rows)
    maker.fill(chosen)
    fills = {c.name: maker.fills[c.name] for c in table.columns if c.name in maker.fills}
    mapping = Mapping(table.name, form, fills, maker.keep, "", "the mapping")
    lacking = [c for c in table.required if c not in fills]
    open_ = [f"nothing fits {c} ({table.column(c).meaning})" for c in lacking]
    open_ += [f"{name}: {f.undecided}" for name, f in fills.items() if f.undecided]
    reading = None if open_ else mapping.read(stream, options)
    after: dict[str, str] = {}
    if reading is not None:
        after = {n: _shown(reading.frame[n]) for n in fills if n in reading.frame.columns}
    columns = tuple(_show(seen[c], maker, after) for c in form.columns)
    if reading is None:
        return Proposal(mapping, columns, tuple(open_), rows.rows, 0, remarks=maker.remarks)
    nothing = ("no row would be read by it: see the problems of the rows",) if rows.rows and reading.frame.empty else ()
    return Proposal(
        mapping, columns, nothing, rows.rows, len(reading.frame), reading.problems, reading.notes, maker.remarks
    )


def _shown(column: object) -> str:
    texts = [str(v) for v in column.dropna().head(200).tolist()]  # type: ignore[attr-defined]
    return values.examples([short(t, 40) for t in texts])


def _without_junk(rows: Rows, cells: dict[str, pa.Array]) -> Rows:
    """Leave rows out of the judgement that hold less than half the values: totals, titles, footers."""
    filled = np.zeros(len(rows.lines), dtype=np.int64)
    for texts in cells.values():
        filled += values.there(texts)
    usual = np.median(filled) if len(filled) else 0
    keep = filled * 2 > usual
    header = np.ones(len(rows.lines), dtype=bool)
    for name, texts in cells.items():
        header &= pc.fill_null(pc.equal(texts, name), fill_value=name.startswith("column ")).to_numpy(zero_copy_only=False)
    keep &= ~header
    if keep.all():
        return rows
    mask = pa.array(keep)
    return replace(rows, cells={n: c.filter(mask) for n, c in rows.cells.items()}, lines=rows.lines[keep])


def _assigned(table: Table, seen: dict[str, _Seen]) -> dict[str, tuple[str, float]]:
    """Give each column of the table the file's column that fits it best, each used once."""
    known = _known_names(table)
    pairs = []
    for place, (name, one) in enumerate(seen.items()):
        for column in table.columns:
            alike = likeness(name, known[column.name])
            if alike < FITS or not _could_be(column, table.name, one):
                continue
            bonus = 0.2 * (column.kind == "instant" and not (one.dates_only or one.times_only))
            bonus += 0.1 * one.filled + 0.15 * (column.name == "outcome" and all(_outcome(w) for w in one.words))
            pairs.append((alike + bonus, -place, column.name, name))
    chosen: dict[str, tuple[str, float]] = {}
    used: set[str] = set()
    for score, _, target, source in sorted(pairs, reverse=True):
        if target not in chosen and source not in used:
            chosen[target] = (source, score)
            used.add(source)
    return chosen if chosen or table.name != "calls" else _by_values(seen)


def _by_values(seen: dict[str, _Seen]) -> dict[str, tuple[str, float]]:
    """Return what the values of a log of calls without a header tell by themselves: its first time, its outcomes.

    Two columns of telephone numbers look alike, and so do durations: those are for people to name.
    """
    chosen: dict[str, tuple[str, float]] = {}
    timed = [s for s in seen.values() if s.instant.form and not s.dates_only and s.filled == 1]
    if timed:
        read = {s.name: values.instants(s.cells, s.instant.form, s.clock.form or "24")[0] for s in timed}
        never_later = [n for n, at in read.items() if all(bool((at <= other).all()) for other in read.values())]
        if never_later:
            chosen["offered_at"] = (never_later[0], FITS)
    worded = [s for s in seen.values() if s.words and all(_outcome(w) for w in s.words)]
    if len(worded) == 1:
        chosen["outcome"] = (worded[0].name, FITS)
    return chosen


def _worth(table: Table, chosen: dict[str, tuple[str, float]]) -> float:
    """Return how well a table explains the file; calls where nothing speaks for another."""
    got = sum(score for _, score in chosen.values())
    lacking = sum(c not in chosen for c in table.required if (table.name, c) != ("kpi", "scope"))
    if table.name == "kpi" and len({"offered", "answered", "abandoned"} & set(chosen)) < 2:
        return -10.0
    if table.name == "calls":
        lacking = 0 if "offered_at" in chosen else 1
        got += 0.5
    return got - 3 * lacking


class _Maker:
    """Makes the fills of one table, and keeps the reasons."""

    def __init__(self, table: Table, seen: dict[str, _Seen], rows: Rows) -> None:
        self.table, self.seen, self.rows = table, seen, rows
        self.fills: dict[str, Fill] = {}
        self.keep: dict[str, tuple[str, ...]] = {}
        self.why: dict[str, str] = {}
        self.remarks: dict[str, str] = {}

    def fill(self, chosen: dict[str, tuple[str, float]]) -> None:
        """Make a fill for every chosen column, then for what can be had otherwise."""
        for target, (source, _) in chosen.items():
            column = self.table.column(target)
            one = self.seen[source]
            if column.kind == "instant":
                self.instant(target, one)
            elif column.kind == "seconds":
                self.duration(target, one)
            elif column.kind in {"count", "number"}:
                decided = values.decimal_of(pc.utf8_rtrim(one.cells, characters=" %"))
                whole = column.kind == "count" and not decided.form and values.share(one.cells, r"^\d{1,3}[.,]\d{3}$") > 0
                decimal = ("." if values.share(one.cells, ",") > 0 else ",") if whole else decided.form
                self.put(target, Fill((source,), decimal=decimal, undecided="" if decimal else decided.why), "by its name")
            elif column.values:
                self.words(column, one)
            else:
                self.put(target, Fill((source,)), "by its name")
        if self.table.name == "calls":
            self.calls()
        if self.table.name == "kpi" and "scope" not in self.fills:
            self.put("scope", Fill(value="platform"), "no column names a scope")

    def put(self, target: str, fill: Fill, why: str) -> None:
        """Take a fill and the reason for it."""
        self.fills[target] = fill
        for source in fill.source:
            self.why.setdefault(source, why)
        shown = _before(self.seen[fill.source[0]].cells) if fill.source else ""
        self.remarks[target] = f"{why}{f'; such as {shown}' if shown else ''}"

    def instant(self, target: str, one: _Seen) -> None:
        """Fill a time: from one column, or from a date and a time of day in two."""
        if not (one.dates_only or one.times_only):
            self._instant(target, (one.name,), one.cells, one)
            return
        others = [s for s in self.seen.values() if s.name != one.name and (s.times_only if one.dates_only else s.dates_only)]
        if others:
            other = min(others, key=lambda s: abs(list(self.seen).index(s.name) - list(self.seen).index(one.name)))
            date, clock = (one, other) if one.dates_only else (other, one)
            joined = pc.binary_join_element_wise(date.cells, clock.cells, " ")
            self._instant(target, (date.name, clock.name), joined, None)
        elif one.times_only:
            return
        else:
            self._instant(target, (one.name,), one.cells, one)
            if self.fills[target].undecided == "":
                self.fills[target] = replace(self.fills[target], undecided="dates without a time of day, and no column of times")

    def _instant(self, target: str, sources: tuple[str, ...], cells: pa.Array, one: _Seen | None) -> None:
        if one is None:
            parts = values.parts_of(cells)
            instant = values.date_order(parts, self.rows.lines)
            clock = values.clock_of(parts, instant.form or "day-month-year", self.rows.lines)
        else:
            instant, clock = one.instant, one.clock
        if not instant.form:  # another column of the same file may tell
            told = [s for s in self.seen.values() if s.instant.form in values.ORDERS[1:] and s.name not in sources]
            same = {s.instant.form for s in told}
            if len(same) == 1 and "two ways" not in instant.why:
                instant = Decision(told[0].instant.form, f"as in {told[0].name}: {told[0].instant.why}")
        undecided = instant.why if not instant.form else "" if clock.form else clock.why
        why = f"{instant.form}: {instant.why}"
        if clock.form and instant.form != "iso":
            why += f"; {clock.form}-hour clock: {clock.why}"
        fill = Fill(sources, form=instant.form, clock=clock.form, undecided=undecided)
        self.put(target, fill, why if instant.form else instant.why)

    def duration(self, target: str, one: _Seen) -> None:
        """Fill a duration, its unit decided."""
        decided = values.duration_of(one.cells, one.name)
        decimal = Decision(".", "")
        if decided.form in {"seconds", "minutes", "milliseconds"}:
            decimal = values.decimal_of(one.cells)
        undecided = decided.why if not decided.form else "" if decimal.form else decimal.why
        why = f"{decided.form}: {decided.why}"
        if target == "talk_s" and "talk" not in words_of(one.name) and {"duration", "length", "dauer"} & set(words_of(one.name)):
            why += "; it may hold ringing and waiting too"
        self.put(target, Fill((one.name,), form=decided.form, decimal=decimal.form, undecided=undecided), why)

    def words(self, column: Column, one: _Seen) -> None:
        """Fill a column with a vocabulary: each word of the file's to one of the table's."""
        meant: dict[str, str] = {}
        for word in one.words:
            bare = _key(word)
            if column.name == "outcome":
                meant[word] = _outcome(word)
            elif column.name == "ended_by":
                meant[word] = next((to for to, known in ENDED_BY_WORDS.items() if bare in known), "")
            else:
                meant[word] = next((v for v in column.values if v.replace("_", " ") == bare), "")
        if not any(meant.values()):
            return
        if column.name != "outcome" and not all(meant.values()):
            return  # not worth a row: the column may be empty
        unknown = [w for w, to in meant.items() if not to]
        why = "by its words" + (f"; not known: {', '.join(short(w, 30) for w in unknown[:5])}" if unknown else "")
        self.put(column.name, Fill((one.name,), words=meant), why)

    def calls(self) -> None:
        """Fill what a log of calls may tell in other ways: ids, outcomes, waits, and which rows are callers'."""
        used = {s for f in self.fills.values() for s in f.source}
        for one in self.seen.values():
            bare = {_key(w) for w in one.words}
            if bare & INBOUND and bare & (OTHERWISE | INBOUND) and likeness(one.name, DIRECTION_NAMES) >= FITS and (
                bare & OTHERWISE
            ):
                self.keep[one.name] = tuple(w for w in one.words if _key(w) not in OTHERWISE)
                self.why[one.name] = "only callers' attempts are wanted"
                break
        if "call_id" not in self.fills:
            self.put("call_id", Fill(line=True), "no column of ids: the row's line stands for one")
        start = self.fills.get("offered_at")
        if start is None or start.undecided:
            self._outcome_otherwise(used)
            return
        alone = len(start.source) == 1
        for target, known in (("ring_s", ANSWERED_AT),):
            if target in self.fills or "queue_s" in self.fills or not alone:
                continue
            for one in self.seen.values():
                if one.name not in start.source and one.instant.form == start.form and likeness(one.name, known) >= 0.6:
                    fill = Fill((start.source[0], one.name), form=start.form, clock=start.clock, between=True)
                    self.put(target, fill, f"from {start.source[0]} to {one.name}")
                    break
        self._outcome_otherwise(used)

    def _outcome_otherwise(self, used: set[str]) -> None:
        if "outcome" in self.fills:
            return
        for one in self.seen.values():
            if one.name not in used and one.instant.why and likeness(one.name, ANSWERED_AT) >= 0.6:
                self.put("outcome", Fill((one.name,), answered_if="not-empty"), "answered where it has a time")
                return
        talk = self.fills.get("talk_s")
        agent = self.fills.get("agent")
        if agent and agent.source and self.seen[agent.source[0]].filled < 1:
            self.put("outcome", Fill(agent.source, answered_if="not-empty"), "answered where there is an agent")
        elif talk and talk.source and values.share(self.seen[talk.source[0]].cells, r"^[0:.]+$") > 0:
            self.put("outcome", Fill(talk.source, answered_if="above-zero"), "answered where there was talk")


def _before(cells: pa.Array) -> str:
    return values.examples([short(str(v), 30) for v in cells.drop_null().slice(0, 200).to_pylist()])


def _show(one: _Seen, maker: _Maker, after: dict[str, str]) -> Shown:
    targets = [t for t, f in maker.fills.items() if one.name in f.source]
    before = _before(one.cells)
    target = ", ".join(targets) if targets else "keep" if one.name in maker.keep else ""
    undecided = "; ".join(maker.fills[t].undecided for t in targets if maker.fills[t].undecided)
    return Shown(one.name, target, maker.why.get(one.name, ""), before, after.get(targets[0], "") if targets else "", undecided)


__all__ = ["Proposal", "Shown", "likeness", "propose", "words_of"]
