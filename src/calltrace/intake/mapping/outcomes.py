"""How calls came out in a log whose words for it are not all known: codes of SIP and Q.850, flags, and what is asked for.

That a call had an agent says little where another column tells how it came out: busy, cut and announced calls would be
taken for abandoned or answered ones. So that column is taken, and what its words mean is asked for where nobody knows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from calltrace.intake.delimited import short
from calltrace.intake.mapping import values
from calltrace.intake.mapping.fills import ASKED, Fill
from calltrace.intake.mapping.names import FLAGS, INBOUND, NAMES, OTHERWISE, key_of, likeness, outcome_of
from calltrace.intake.mapping.seen import FITS, Seen

if TYPE_CHECKING:
    from collections.abc import Callable

_SIP = {"486": "busy", "600": "busy", "603": "busy", "487": "abandoned", "408": "no_answer", "480": "no_answer"}
_Q850 = {"17": "busy", "21": "busy", "18": "no_answer", "19": "no_answer", "20": "no_answer"}
_Q850_FAILED = frozenset(
    "1 2 3 6 27 28 34 38 41 42 43 44 47 49 50 54 55 57 58 63 65 66 69 79 88 96 97 98 99 100 101 102".split()  # noqa: SIM905
)
_PICKED_UP = frozenset({"200", "16"})
"""Codes of calls that something picked up: an agent, or a queue and its announcements."""


def by_column(seen: dict[str, Seen], used: dict[str, str], agent: Seen | None) -> tuple[Fill, str] | None:
    """Return the fill of outcomes from the column that tells them in words or codes not all known, and why.

    Parameters
    ----------
    seen : dict
        The file's columns.
    used : dict
        The table's column that a column of the file fills already.
    agent : Seen, optional
        The column of agents.
    """
    known = NAMES["calls"]["outcome"]
    words = flagged(seen)
    if words:
        return Fill(tuple(words), words=words, flags=True), "whichever of them is set"
    named = [s for s in seen.values() if s.name not in used and _tells(s) and likeness(s.name, known, telling=True) >= FITS]
    named.sort(key=lambda s: -likeness(s.name, known))
    for one in named:
        words = meanings(one, agent)
        return Fill((one.name,), words=words), _why(one, words, "by its name")
    causes = [s for s in seen.values() if used.get(s.name, "hangup_cause") == "hangup_cause" and _tells(s)]
    for one in causes:
        words = meanings(one, agent) if likeness(one.name, NAMES["calls"]["hangup_cause"], telling=True) >= FITS else {}
        if {"busy", "failed", "no_answer"} & set(words.values()):
            return Fill((one.name,), words=words), _why(one, words, "the only column that tells how calls came out")
    return None


def flagged(seen: dict[str, Seen]) -> dict[str, str]:
    """Return the columns that say of one outcome each whether it was that; nothing where there are fewer than two."""
    flags = [s for s in seen.values() if s.words and outcome_of(s.name) and {key_of(w) for w in s.words} <= FLAGS]
    return {s.name: outcome_of(s.name) for s in flags} if len({outcome_of(s.name) for s in flags}) > 1 else {}


def meanings(one: Seen, agent: Seen | None) -> dict[str, str]:
    """Return what each word of a column of outcomes means, :data:`ASKED` for those that nobody knows."""
    bare = [w.strip() for w in one.words]
    codes: Callable[[str], str] | None = None
    if all(re.fullmatch(r"[1-6]\d\d|0", w) for w in bare):
        codes = _of_sip
    elif all(re.fullmatch(r"\d{1,2}|1[01]\d|12[0-7]", w) for w in bare) and {"16", "17", "19"} & set(bare):
        codes = _of_q850
    if codes is None:
        return {w: outcome_of(w) or ASKED for w in one.words}
    found = {w: codes(w.strip()) or ASKED for w in one.words}
    for word in one.words:
        if word.strip() in _PICKED_UP and agent is not None and _always(one, word, agent):
            found[word] = "answered"
    return found


def _of_sip(code: str) -> str:
    return _SIP.get(code) or ("failed" if code >= "400" else "")


def _of_q850(code: str) -> str:
    return _Q850.get(code) or ("failed" if code in _Q850_FAILED else "")


def _always(one: Seen, word: str, agent: Seen) -> bool:
    """Say whether every call of a word had an agent."""
    here = values.flags(pc.equal(one.cells, word))
    return bool((values.there(agent.cells) | ~here).all())


def _tells(one: Seen) -> bool:
    """Say whether a column's values may be outcomes: some words, no moments, no directions, no countries and states."""
    bare = {key_of(w) for w in one.words}
    if not len(bare) > 1 or one.instant.why or one.times_only or one.phone > 0.5:
        return False
    return not bare <= INBOUND | OTHERWISE and not all(re.fullmatch(r"[A-Z]{2}", w) for w in one.words)


def _why(one: Seen, words: dict[str, str], why: str) -> str:
    return f"{why}{unknown(one, words)}"


def unknown(one: Seen, words: dict[str, str]) -> str:
    """Return which words are to be decided, and how often they stand there; '' where none is."""
    open_ = [w for w, to in words.items() if to == ASKED]
    if not open_:
        return ""
    told = ", ".join(f"{short(w, 30)} ({pc.sum(pc.equal(one.cells, w)).as_py()})" for w in open_[:8])
    return f"; not known: {told}{' and more' if len(open_) > 8 else ''}: write what each means"


def wanted(words: dict[str, str], one: Seen, kept: pa.Array) -> dict[str, str]:
    """Return the words, those that only rows have which nobody wants not asked for."""
    there = set(one.cells.filter(kept).drop_null().unique().to_pylist())
    return {w: "" if to == ASKED and w not in there else to for w, to in words.items()}
