"""3CX call data records, versions 12 to 20: one line a leg, to a file (``cdr.log``) or a socket.

Known from the vendor's guide and public readers' test lines; no real file was at hand. The administrator picks the
fields and their order, and there is no header; the recommended set, cut to the fields somebody chose, is tried first,
else fields are found by their form. A leg, invented (here in two lines)::

    Call 61204,00000C21DE5C2470_6531,00:02:19,2026/03/02 09:14:02,2026/03/02 09:14:09,2026/03/02 09:16:21,
    TerminatedBySrc,5855550117,Ext.214,10001,214,214,,,,,,,,Chain: 5855550117;Ext.214;

==============  =======================================================================================
field           what
==============  =======================================================================================
historyid       the call; all its legs have it
callid          the leg
duration        HH:MM:SS of the whole leg
time-start      ``YYYY/MM/DD HH:MM:SS``, local or UTC as the version and a setting have it; with a header, the
                times of a database with an offset, too. Waits and talks are unknown where a spreadsheet saved
                the file and left the seconds out
time-answered   empty where nobody and nothing answered; queues and menus answer, too
time-end        end of the leg
reason-         TerminatedBySrc, TerminatedByDst, ReplacedBySrc, FailedByCancel, …; from version 20 on
terminated      src_participant_terminated, dst_participant_terminated, redirected, cancelled, …
from-no, to-no  the number, or ``Ext.`` and the extension, queue or menu
from-dn, to-dn  the same as the switch names it; 10000 and up are trunks
final-dn        where the leg ended after being sent on: of a queue's, who took the call. When that was, and
                how long they talked, is told by the leg to that extension
from-type …     Extension, ExternalLine, Queue, RingGroup, IVR, VMail, Fax (or extension, external_line,
                ring_group_ring_all, …): in the full set only
chain           the path of the call
missed-queue-   agents who were rung and did not answer
calls
==============  =======================================================================================

Without the types, an extension is taken for a queue or menu where its legs are answered in the second they begin and
sent on to others: then being sent on to an extension is an answer, and ending there is not.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import datetime

from calltrace.classes import dataclass
from calltrace.intake.formats._base import PREAMBLE, Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._smdr import Attempts, head_lines, lines_of, runs, unseen

FIELDS = (
    "historyid",
    "callid",
    "duration",
    "time-start",
    "time-answered",
    "time-end",
    "reason-terminated",
    "from-no",
    "to-no",
    "from-dn",
    "to-dn",
    "dial-no",
    "reason-changed",
    "final-number",
    "final-dn",
    "bill-code",
    "bill-rate",
    "bill-cost",
    "bill-name",
    "chain",
    "from-type",
    "to-type",
    "final-type",
    "from-dispname",
    "to-dispname",
    "final-dispname",
    "missed-queue-calls",
)
_SNAKE = (
    "src_participant_terminated|dst_participant_terminated|redirected|continued_in|cancelled|rejected|no_route|"
    "completed_elsewhere"
)
_REASON = re.compile(
    r"^(?:TerminatedBy\w*|ReplacedBy\w*|Replaced\w*|FailedBy\w*|Failed_\w*|NotAvailable\w*|PolicyRejected\w*|"
    rf"CompletedElse\w*|{_SNAKE}|polling|no_answer|busy|timeout)$"
)
_ENDING = re.compile(
    r"[,;\t|]\"?(?:TerminatedBy(?:Src|Dst)|Replaced(?:By)?(?:Src|Dst)|FailedBy\w+|Failed_\w+|"
    rf"{_SNAKE})\"?[,;\t|]"
)
_STAMP = re.compile(r"\d\d:\d\d:\d\d(?![\d.:]*[+-]\d\d)|\d{1,2}[/.-]\d{1,2}[/.-]\d{1,4} \d{1,2}:\d\d\b")
"""A time of day; one with an offset is that of version 20's table, never of this log without a header."""
_BY_SRC = frozenset({"TerminatedBySrc", "src_participant_terminated", "cancelled"})
_BY_DST = frozenset({"TerminatedByDst", "dst_participant_terminated"})
_FAILED = re.compile(r"Failed|rejected|no_route|NotAvailable|PolicyRejected|busy|no_answer|timeout")
_TIME = re.compile(
    r"^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?"
    r"(?: ?[AaPp]\.?[Mm]\.?)?$"
)
_NONE = dict.fromkeys(("NULL", "null", "\\N"), "")
"""What a database writes for no value."""
_OWN_TABLE = re.compile(r"(?i)call[_ ]?history[_ ]?id")
_EXACT = re.compile(r":\d\d:\d\d")
"""A time with its seconds."""
_TIMES = ("time-start", "time-answered", "time-end")
_LENGTH = re.compile(r"^\d{1,3}:\d\d:\d\d(?:\.\d+)?$")
_PERSON = frozenset({"extension", "externalline", "external", "outboundrule", "provider"})
_MACHINE = frozenset(
    {"queue", "ivr", "vmail", "voicemail", "fax", "conference", "digitalreceptionist", "park", "script", "inboundrouting"}
)
_OUTSIDE = frozenset({"externalline", "external", "line", "bridge", "provider"})


@dataclass
class _Leg:
    line: int
    cells: dict[str, str]
    start: datetime
    answered: datetime | None
    end: datetime | None

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")

    def type_of(self, side: str) -> str:
        kind = re.sub(r"[\s_]", "", self[f"{side}-type"].lower())
        return "ringgroup" if kind.startswith("ringgroup") or kind == "group" else kind

    def dn(self, side: str) -> str:
        """Return the extension of a side, '' for an outside number."""
        named = {"from": "from-no", "to": "to-no", "final": "final-number"}[side]
        number = self[named].strip()
        if not number.lower().startswith("ext."):
            number = self[f"{side}-dn"].strip()
        return number[4:].strip() if number.lower().startswith("ext.") else number

    @property
    def outside(self) -> bool:
        """Whether the caller is outside the switch."""
        kind = self.type_of("from")
        if kind:
            return kind in _OUTSIDE
        return not self["from-no"].strip().lower().startswith("ext.")


def detect(head: Head) -> str | None:
    """Recognise legs by times and a reason of 3CX's, or a header with historyid and time-start."""
    lines = head_lines(head.lines)
    if not lines:
        return None
    if any(map(_header, lines[:PREAMBLE])):
        return "header: historyid, time-start, reason-terminated"
    if any(_OWN_TABLE.search(line) for line in lines[:PREAMBLE]):  # version 20's own table, which has the same endings
        return None
    rows = sum(bool(_ENDING.search(line)) and len(_STAMP.findall(line)) >= 2 for line in lines)
    return "times and an ending such as TerminatedBySrc" if rows and rows * 2 >= len(lines) else None


def _header(line: str) -> tuple[str, tuple[str, ...]] | None:
    for sep in (",", ";", "\t", "|"):
        words = tuple(w.strip().strip("\"'").lower().replace("_", "-") for w in line.split(sep))
        if {"historyid", "time-start"} <= set(words):
            return sep, words
    return None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the legs and make one row of each call from outside.

    Returns
    -------
    Reading
        Table "calls"; times as written, taken for local, or UTC where they have an offset.
    """
    out = Attempts(stream)
    lines = lines_of(stream)
    above = next((n for n, (_, line) in enumerate(lines[:PREAMBLE]) if _header(line)), None)
    if above is not None:  # exports put one below the other bring their header along
        lines = [lines[above], *(line for line in lines[above + 1 :] if line[1] != lines[above][1])]
    legs, found, utc = _legs(unseen(lines, out), out, options)
    rough = bool(legs) and not any(_EXACT.search(leg[name]) for leg in legs for name in _TIMES)
    if rough:
        out.note(
            "times without seconds, as a spreadsheet saves them", "the file as the switch wrote it",
            "Waits and talks are left empty; give the switch's own file to have them.", "rounded")
    menus = _menus(legs, rough=rough)
    for _, places in runs([(leg["historyid"] or leg["callid"] or leg.line, n) for n, leg in enumerate(legs)]):
        _call(sorted((legs[n] for n in places), key=lambda leg: leg.start), menus, out, rough=rough)
    notes = [f"fields: {found}"] if found else []
    if legs and not any(leg.type_of("to") for leg in legs):
        shown = ", ".join(sorted(menus)) or "none"
        notes.append(f"the log has no types; taken for queues or menus, by how they answer: {shown}")
    if legs and not utc:
        notes.append("3CX writes local time or UTC, as set; local was assumed")
    return out.reading(options, notes=notes, utc=utc)


def _legs(lines: list[tuple[int, str]], out: Attempts, options: ReadOptions) -> tuple[list[_Leg], str, bool]:
    if not lines:
        return [], "", False
    header = _header(lines[0][1])
    if header:
        sep, names = header
        lines = lines[1:]
    else:
        sample = [line for _, line in lines[:200]]
        sep = max(",;\t|", key=lambda s: sum(line.count(s) for line in sample if _ENDING.search(line)))
        names = _names([_split(line, sep) for line in sample if _ENDING.search(line)])
    rows: list[tuple[int, str, dict[str, str]]] = []
    for number, line in lines:
        out.rows += 1
        cells = dict(zip(names, (_NONE.get(f.strip(), f.strip()) for f in _split(line, sep)), strict=False))
        cells["historyid"] = re.sub(r"^Call\s+", "", cells.get("historyid", ""))
        rows.append((number, line, cells))
    # one column of them all: they are written in one way
    written = [cells.get(name, "") for name in _TIMES for _, _, cells in rows]
    read_as, utc = out.stamps(written, options)
    starts, answers, ends = (read_as[n * len(rows) : (n + 1) * len(rows)] for n in range(3))
    legs = []
    for (number, line, cells), start, answered, end in zip(rows, starts, answers, ends, strict=True):
        if start is None:
            out.line_bad(number, line, "a leg with a start as YYYY/MM/DD HH:MM:SS")
        else:
            legs.append(_Leg(number, cells, start, answered, end))
    return legs, "" if header else ", ".join(n for n in names if n), utc


def _split(line: str, sep: str) -> list[str]:
    return next(csv.reader([line], delimiter=sep), []) if '"' in line else line.split(sep)


def _names(rows: list[list[str]]) -> tuple[str, ...]:
    """Name the fields: by the recommended order where that fits, else by their form."""
    width = Counter(len(r) for r in rows).most_common(1)[0][0]
    rows = [r for r in rows if len(r) == width]
    if (
        all(_REASON.match(r[6].strip()) and _TIME.match(r[3].strip()) for r in rows if len(r) > 6)
        and width > 8
    ):
        return FIELDS[:width]
    names = [""] * width
    forms = [Counter(_form(r[i].strip()) for r in rows) for i in range(width)]
    kinds = [max((k for k in f if k), key=lambda k, f=f: f[k], default="") for f in forms]  # type: ignore[misc]
    for form, wanted in (
        ("length", ("duration",)),
        ("time", ("time-start", "time-answered", "time-end")),
        ("reason", ("reason-terminated",)),
        ("id", ("callid",)),
    ):
        places = [i for i, k in enumerate(kinds) if k == form]
        # two times are start and end: the answer was not chosen
        chosen = ("time-start", "time-end") if form == "time" and len(places) == 2 else wanted
        for place, name in zip(places, chosen, strict=False):
            names[place] = name
    call = next((i for i, k in enumerate(kinds) if k == "call"), -1)
    if call >= 0:
        names[call] = "historyid"
    rest = [i for i, n in enumerate(names) if not n and kinds[i] in {"party", "number"}]
    for place, name in zip(rest, ("from-no", "to-no", "from-dn", "to-dn", "dial-no"), strict=False):
        names[place] = name
    chain = next((i for i, k in enumerate(kinds) if k == "chain"), -1)
    if chain >= 0:
        names[chain] = "chain"
    return tuple(names)


def _form(text: str) -> str:
    if not text:
        return ""
    for form, pattern in (
        ("time", _TIME),
        ("length", _LENGTH),
        ("reason", _REASON),
        ("id", re.compile(r"^[0-9A-F]{10,}_\d+$")),
        ("call", re.compile(r"^Call [\w-]+$")),
        ("party", re.compile(r"^Ext\.\d+$")),
        ("number", re.compile(r"^\+?[\d*#]{2,}$")),
        ("chain", re.compile(r"^Chain:")),
    ):
        if pattern.match(text):
            return form
    return "text"


def _menus(legs: list[_Leg], *, rough: bool) -> set[str]:
    """Return extensions that answer at once and send callers on: queues and menus.

    Where times are ``rough``, to the minute, almost everybody answers at once: then those that send most callers on.
    """
    at_once: Counter[str] = Counter()
    sent_on: Counter[str] = Counter()
    for leg in legs:
        to, final = leg.dn("to"), leg.dn("final")
        if leg.type_of("to") in _MACHINE:
            at_once[to] += 1
            sent_on[to] += 1
        elif to and leg.answered is not None and (leg.answered - leg.start).total_seconds() <= 1:
            at_once[to] += 1
            if final and final != to:
                sent_on[to] += 1
    people = {leg.dn("from") for leg in legs if not leg.outside}
    found = {dn for dn in sent_on if dn not in people and at_once[dn] >= sent_on[dn] > 0}
    return {dn for dn in found if sent_on[dn] * 2 >= at_once[dn]} if rough else found


def _call(legs: list[_Leg], menus: set[str], out: Attempts, *, rough: bool) -> None:
    first = legs[0]
    if not first.outside:
        inside = first["to-no"].lower().startswith("ext.") or first.type_of("to") == "extension"
        out.aside("internal calls" if inside else "outgoing calls", len(legs))
        return
    picked = next((leg for leg in legs if leg.answered is not None), None)
    with_person = [(leg, dn) for leg in legs if (dn := _person(leg, menus))]
    ring = queue = talk = None
    if picked is not None and picked.answered is not None:
        ring = (picked.answered - first.start).total_seconds()
    elif first.end is not None:
        ring = (max(leg.end or leg.start for leg in legs) - first.start).total_seconds()
    voicemail = any(
        "vmail" in leg.type_of(s) or "voicemail" in leg.type_of(s) for leg in legs for s in ("to", "final")
    )
    if with_person:
        outcome = "answered"
        # a queue's leg names who took the call in the end, and its answer is the queue's: the agent's own leg tells when
        own = [(leg, dn) for leg, dn in with_person if leg.dn("to") == dn]
        agent = (own or with_person)[0][1]
        if own and picked is not None:
            queue, talk = _by_own_legs(own, with_person, picked)
    else:
        agent = None
        outcome = "voicemail" if voicemail and picked is not None else "abandoned"
        if picked is None and _FAILED.match(legs[-1]["reason-terminated"]):
            why = legs[-1]["reason-terminated"].lower()
            unheard = "no_answer" if re.search(r"no_?answer|timeout", why) else "failed"
            outcome = "busy" if "busy" in why else ("abandoned" if "cancel" in why else unheard)
        talk = 0.0
        if picked is not None and picked.answered is not None and legs[-1].end is not None:
            queue = (legs[-1].end - picked.answered).total_seconds()
    if rough:
        ring, queue, talk = None, None, None if agent else talk
    reason = legs[-1]["reason-terminated"]
    ended_by = None
    if reason in _BY_SRC:
        ended_by = "caller"
    elif reason in _BY_DST:
        ended_by = "agent" if agent else "system"
    moved = next((dn for _, dn in with_person if dn != agent), None)
    queue_dn = next(
        (leg.dn("to") for leg in legs if leg.type_of("to") == "queue" or leg.dn("to") in menus), None
    )
    trunk = first["from-dn"].strip()
    out.add(
        first.line,
        first.start,
        call_id=first["historyid"] or first["callid"],
        linked_id=first["historyid"],
        dnis=None if first["dial-no"].lower().startswith("ext") else _outside(first["dial-no"]),
        trunk_group=trunk if trunk and trunk != first["from-no"] else None,
        ani=first["from-no"],
        caller_name=first["from-dispname"],
        agent=agent,
        ring_s=ring,
        queue_s=queue,
        hold_s=None if agent else 0.0,
        talk_s=talk,
        outcome=outcome,
        ended_by=ended_by,
        hangup_cause=reason,
        queue=queue_dn,
        transferred_to=moved,
    )
    out.further(len(legs) - 1)


def _by_own_legs(
    own: list[tuple[_Leg, str]], with_person: list[tuple[_Leg, str]], picked: _Leg
) -> tuple[float | None, float]:
    """Return how long the caller waited behind the first answer, and talked; ``own`` are the legs to whoever took them.

    Somebody to whom the caller was passed on later by way of a queue, and who has no leg, talked at most that leg's time.
    """
    first, people = own[0][0], {dn for _, dn in own}
    queue = None
    if first.answered is not None and picked.answered is not None:
        queue = (first.answered - picked.answered).total_seconds()
    spoken = [leg for leg, _ in own]
    spoken += [leg for leg, dn in with_person if dn not in people and leg.start >= first.start]
    return queue, sum((leg.end - leg.answered).total_seconds() for leg in spoken if leg.end and leg.answered)


def _outside(number: str) -> str | None:
    """Return the number if it is one dialled from outside and no extension."""
    digits = re.sub(r"\D", "", number)
    return number if len(digits) >= 7 else None


def _person(leg: _Leg, menus: set[str]) -> str:
    """Return the extension of the person who answered the leg, '' where nobody did."""
    if leg.answered is None:
        return ""
    final, to = leg.dn("final"), leg.dn("to")
    for side, dn in (("final", final), ("to", to)):
        kind = leg.type_of(side)
        if kind in _MACHINE or kind == "ringgroup":
            if side == "final":
                return ""
            continue
        if dn and (kind in _PERSON or (not kind and dn not in menus)):
            return dn
    return ""


FORMAT = Format(
    title="3CX call data records (v12 to v20)",
    detect=detect,
    read=read,
    sure="B",
    provides=columns_of(
        calls=(
            "call_id linked_id dnis trunk_group ani caller_name agent offered_at ring_s queue_s talk_s "
            "outcome ended_by hangup_cause queue transferred_to"
        ),
    ),
)
