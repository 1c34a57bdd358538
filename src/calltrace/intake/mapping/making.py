"""The fills of a proposed mapping, made of the columns that were chosen, each with its reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.intake.delimited import Rows, short
from calltrace.intake.mapping import moments, outcomes, values
from calltrace.intake.mapping.choosing import When, beginning, partners
from calltrace.intake.mapping.fills import ASKED, Fill
from calltrace.intake.mapping.names import (
    ANSWERED_AT,
    DIRECTION_NAMES,
    ENDED_AT,
    ENDED_BY_WORDS,
    INBOUND,
    MEDIA_NAMES,
    OTHERWISE,
    SPOKEN,
    UNSPOKEN,
    key_of,
    likeness,
    outcome_of,
    says_duration,
    weaker,
    words_of,
)
from calltrace.intake.mapping.seen import FITS, Seen, hours
from calltrace.intake.mapping.values import Decision
from calltrace.intake.mapping.zoned import apart, zoned
from calltrace.tables.schema import Column, Table

FEW = 10
"""Of so few talks the middle one tells nothing."""
BILLED = frozenset({"billsec", "billable", "billed"})
SHORT_S = 8
"""No answering service greets, listens and takes leave in so few seconds in every second call."""
DAY_OF_MINUTES = 24 * 60


class Maker:
    """Makes the fills of one table, and keeps the reasons."""

    def __init__(self, table: Table, seen: dict[str, Seen], rows: Rows, *, asked: bool = True) -> None:
        """Begin with nothing; ``asked`` says that nobody gave a zone, so that a doubtful one is asked for."""
        self.table, self.seen, self.rows, self.asked = table, seen, rows, asked
        self.fills: dict[str, Fill] = {}
        self.keep: dict[str, tuple[str, ...]] = {}
        self.why: dict[str, str] = {}
        self.remarks: dict[str, str] = {}

    def fill(self, chosen: dict[str, tuple[str, float]], when: When) -> None:
        """Make a fill for every chosen column, then for what can be had otherwise."""
        timed = [t for t in chosen if self.table.column(t).kind == "instant"]
        for target in timed:
            self.instant(target, self.seen[chosen[target][0]], when)
            if target in self.fills:
                fill, why = zoned(self.fills[target], self.seen, asked=self.asked)
                if why:
                    self.fills[target] = fill
                    self.remarks[target] = f"{why}; {self.remarks[target]}"
                    self.why[fill.source[-1]] = f"{self.why[fill.source[-1]]}; {why}"
        taken = {s for f in self.fills.values() for s in f.source}
        for target, (source, _) in chosen.items():
            column = self.table.column(target)
            one = self.seen[source]
            if target in timed or source in taken:
                continue
            if column.kind == "seconds":
                self.duration(target, one)
            elif column.kind in {"count", "number"}:
                decided = values.decimal_of(pc.utf8_rtrim(one.cells, characters=" %"))
                whole = column.kind == "count" and not decided.form and values.share(one.cells, r"^\d{1,3}[.,]\d{3}$") > 0
                decimal = ("." if values.share(one.cells, ",") > 0 else ",") if whole else decided.form
                self.put(target, Fill((source,), decimal=decimal, undecided="" if decimal else decided.why), "by its name")
            elif column.values:
                if column.name != "outcome" or not outcomes.flagged(self.seen):
                    self.words(column, one)
            else:
                self.put(target, Fill((source,)), "by its name")
        self._agree()
        for one in self.seen.values():
            if one.times_only and says_duration(one.name) and hours(one.cells):
                self.why.setdefault(one.name, "times of day, as most are an hour and more: no durations")
        if self.table.name == "calls":
            self.calls()
        if self.table.name == "kpi" and "scope" not in self.fills:
            self.put("scope", Fill(value="platform"), "no column names a scope")

    def put(self, target: str, fill: Fill, why: str) -> None:
        """Take a fill and the reason for it."""
        self.fills[target] = fill
        for source in fill.source:
            told = self.why.get(source)
            self.why[source] = f"{told}; {target}: {why}" if told and told != why else why
        shown = before_of(self.seen[fill.source[0]].cells) if fill.source else ""
        self.remarks[target] = f"{why}{f'; such as {shown}' if shown else ''}"

    def instant(self, target: str, one: Seen, when: When) -> None:
        """Fill a time: from one column, or from a date and a time of day in two."""
        if not (one.dates_only or one.times_only):
            self._instant(target, (one.name,), one.cells, one)
            if when.undecided:
                self.fills[target] = replace(self.fills[target], form="", undecided=when.undecided)
                self.remarks[target] = self.why[one.name] = when.undecided
            elif when.why:
                self.why[one.name] = f"{when.why}; {self.why[one.name]}"
                self.remarks[target] = f"{when.why}; {self.remarks[target]}"
            return
        others = partners(one, self.seen)
        if others:
            date, clock = (one, others[0]) if one.dates_only else (others[0], one)
            joined = pc.binary_join_element_wise(date.cells, clock.cells, " ")
            self._instant(target, (date.name, clock.name), joined, None)
            rivals = [s for s in others if beginning(s) == beginning(others[0])]
            if len(rivals) > 1 or beginning(others[0]) < 0:
                told = " and ".join(short(s.name, 30) for s in rivals)
                undecided = f"which goes with {short(one.name, 30)}: {told}? No name tells (form {self.fills[target].form})"
                self.fills[target] = replace(self.fills[target], form="", undecided=undecided)
        elif one.times_only:
            return
        else:
            self._instant(target, (one.name,), one.cells, one)
            if self.fills[target].undecided == "":
                self.fills[target] = replace(self.fills[target], undecided="dates without a time of day, and no column of times")

    def _instant(self, target: str, sources: tuple[str, ...], cells: pa.Array, one: Seen | None) -> None:
        if one is None:
            parts = moments.parts_of(cells)
            instant = moments.date_order(parts, self.rows.lines)
            clock = moments.clock_of(parts, instant.form or "day-month-year", self.rows.lines)
        else:
            instant, clock = one.instant, one.clock
        if not instant.form:  # another column of the same file may tell
            told = [s for s in self.seen.values() if s.instant.form in moments.ORDERS[1:] and s.name not in sources]
            same = {s.instant.form for s in told}
            if len(same) == 1 and "two ways" not in instant.why:
                instant = Decision(told[0].instant.form, f"as in {told[0].name}: {told[0].instant.why}")
        undecided = instant.why if not instant.form else "" if clock.form else clock.why
        why = f"{instant.form}: {instant.why}"
        if clock.form and instant.form != "iso":
            why += f"; {clock.form}-hour clock: {clock.why}"
        fill = Fill(sources, form=instant.form, clock=clock.form, undecided=undecided)
        self.put(target, fill, why if instant.form else instant.why)

    def duration(self, target: str, one: Seen) -> None:
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

    def _agree(self) -> None:
        """Decide durations that alone are in doubt by how long calls would be: one export writes all of them alike.

        ``0:30`` is minutes and seconds where hours and minutes would make half the callers wait for ten minutes or
        half the talks last for a quarter of an hour; whole numbers are milliseconds where seconds would be hours.
        """
        spans = {t: f for t, f in self.fills.items() if self.table.column(t).kind == "seconds" and len(f.source) == 1}
        start = self.fills.get("offered_at")
        days = start.source[0] if start and start.form == "spreadsheet-days" else ""
        for target in [t for t, f in spans.items() if not f.form and days]:
            source = spans[target].source[0]
            if values.share(self.seen[source].cells, r"^0?(?:[.,]\d+)?$") == 1.0:
                decimal = values.decimal_of(self.seen[source].cells).form or "."
                self.fills[target] = replace(spans[target], form="spreadsheet-days", undecided="", decimal=decimal)
                self.remarks[target] = self.why[source] = f"spreadsheet-days: parts of a day, as in {short(days, 30)}"
        clocks = [t for t, f in spans.items() if not f.form and "1:30" in f.undecided]
        plain = [t for t in spans if "no unit in the name" in self.remarks[t]]
        for form, other, of, limits in (
            ("minutes:seconds", "hours:minutes", clocks, (600, 900)),
            ("milliseconds", "seconds", plain, (3600, 14400)),
        ):
            told = ""
            for target in of:
                one = self.seen[spans[target].source[0]]
                wrong, right = (_median(one.cells, unit) for unit in (other, form))
                if wrong >= limits[target == "talk_s"] and right >= 1:
                    told = told or f"in {other} half of {short(one.name, 30)} would be over {wrong / 60:.0f} minutes"
            for target in of if told else ():
                fill = self.fills[target]
                self.fills[target] = replace(fill, form=form, undecided="", decimal=fill.decimal or ".")
                self.remarks[target] = self.why[spans[target].source[0]] = f"{form}: {told}"
        self._whole_minutes("talk_s" in plain)

    def _whole_minutes(self, doubted: bool) -> None:
        """Ask for the unit of whole numbers that would make half the talks a few seconds long: they may be minutes."""
        fill = self.fills.get("talk_s")
        if fill is None or not doubted or fill.form != "seconds":
            return
        one = self.seen[fill.source[0]]
        took, _ = values.seconds(one.cells.drop_null(), "seconds", fill.decimal or ".")
        took = took[took > 0]
        if len(took) < FEW or np.median(took) > SHORT_S or took.max() > DAY_OF_MINUTES:
            return
        why = (
            f"whole numbers and no unit in the name: as seconds half the talks of {short(one.name, 30)} would last"
            f" {np.median(took):.0f} s at most, so they may be minutes"
        )
        self.fills["talk_s"] = replace(fill, form="", undecided=why)
        self.remarks["talk_s"] = self.why[one.name] = why

    def words(self, column: Column, one: Seen) -> None:
        """Fill a column with a vocabulary: each word of the file's to one of the table's."""
        meant: dict[str, str] = {}
        turned = column.name == "outcome" and {key_of(w) for w in one.words} <= _YES | _NO
        turned = turned and bool({"abandoned", "missed"} & set(words_of(one.name)))
        for word in one.words:
            bare = key_of(word)
            if turned:  # a yes that says the call was lost
                lost = "abandoned" if "abandoned" in words_of(one.name) else "no_answer"
                meant[word] = lost if bare in _YES else "answered"
                continue
            if column.name == "outcome":
                meant[word] = outcome_of(word) or ASKED
            elif column.name == "ended_by":
                meant[word] = next((to for to, known in ENDED_BY_WORDS.items() if bare in known), "")
            else:
                meant[word] = next((v for v in column.values if v.replace("_", " ") == bare), "")
        if not any(to != ASKED for to in meant.values() if to):
            return
        if column.name != "outcome" and not all(meant.values()):
            return  # not worth a row: the column may be empty
        self.put(column.name, Fill((one.name,), words=meant), f"by its words{outcomes.unknown(one, meant)}")

    def calls(self) -> None:
        """Fill what a log of calls may tell in other ways: ids, outcomes, waits, and which rows are callers'."""
        self._numbers()
        used = {s for f in self.fills.values() for s in f.source}
        for one in self.seen.values():
            bare = {key_of(w) for w in one.words}
            if bare & INBOUND and bare & (OTHERWISE | INBOUND) and likeness(one.name, DIRECTION_NAMES) >= FITS and (
                bare & OTHERWISE
            ):
                self.keep[one.name] = tuple(w for w in one.words if key_of(w) not in OTHERWISE)
                self.why[one.name] = "only callers' attempts are wanted"
                break
        for one in self.seen.values():
            bare = {key_of(w) for w in one.words}
            if bare & SPOKEN and bare & UNSPOKEN and likeness(one.name, MEDIA_NAMES) == 1.0:
                self.keep[one.name] = tuple(w for w in one.words if key_of(w) not in UNSPOKEN)
                self.why[one.name] = "only calls are wanted"
        if "call_id" not in self.fills:
            self.put("call_id", Fill(line=True), "no column of ids: one is made of what the row holds")
        start = self.fills.get("offered_at")
        if start is None or start.undecided:
            self._outcome_otherwise(used)
            return
        alone = len(start.source) == 1
        if alone:
            self._between_times(start)
        self._before_billed()
        self._outcome_otherwise(used)

    def _before_billed(self) -> None:
        """Fill a ring with what a call lasted beyond its billed seconds: these begin when something picked up."""
        talk = self.fills.get("talk_s")
        if {"ring_s", "queue_s", "hold_s"} & set(self.fills) or talk is None or len(talk.source) != 1 or talk.undecided:
            return
        billed = self.seen[talk.source[0]]
        used = {s for f in self.fills.values() for s in f.source}
        for one in self.seen.values():
            if one.name in used or weaker(one.name, "talk_s") == 0 or not BILLED & set(words_of(billed.name)):
                continue
            both = [values.seconds(s.cells, talk.form, talk.decimal) for s in (one, billed)]
            if not (both[0][1].any() or both[1][1].any() or (both[0][0] < both[1][0]).any()):
                fill = Fill((one.name, billed.name), form=talk.form, decimal=talk.decimal, less=True)
                self.put("ring_s", fill, f"{one.name} without {billed.name}: until something picked up")
                return

    def _between_times(self, start: Fill) -> None:
        """Fill a ring from arrival to answer, and a talk from answer to end, where no column has them."""
        begin = start.source[0]
        moments_ = [s for s in self.seen.values() if s.name != begin and s.instant.form == start.form]
        moments_ = [s for s in moments_ if not apart(begin, s.name)]
        answer = max(moments_, key=lambda s: likeness(s.name, ANSWERED_AT), default=None)
        if answer is None or likeness(answer.name, ANSWERED_AT) < 0.6:
            return
        if "ring_s" not in self.fills and "queue_s" not in self.fills:
            fill = Fill((begin, answer.name), form=start.form, clock=start.clock, between=True)
            self.put("ring_s", fill, f"from {begin} to {answer.name}")
        ends = [s for s in moments_ if s is not answer and not apart(answer.name, s.name)]
        end = max(ends, key=lambda s: likeness(s.name, ENDED_AT), default=None)
        if end is not None and likeness(end.name, ENDED_AT) >= 0.6 and "talk_s" not in self.fills:
            fill = Fill((answer.name, end.name), form=start.form, clock=start.clock, between=True)
            self.put("talk_s", fill, f"from {answer.name} to {end.name}; holding is part of it")

    def _numbers(self) -> None:
        """Take a name that stands before its number, and no number forwarded from that is the one dialled."""
        ani = self.fills.get("ani")
        if ani and ani.source and "caller_name" not in self.fills:
            cells = self.seen[ani.source[0]].cells
            if values.share(cells, values.BRACKETED) > 0 and values.name_of(cells).null_count < len(cells):
                self.put("caller_name", Fill(ani.source), "the name before the number")
        dialled, forwarded = self.fills.get("dnis"), self.fills.get("redirected_from")
        if dialled and forwarded and dialled.source and forwarded.source:
            two = (self.seen[f.source[0]].cells for f in (dialled, forwarded))
            if pc.all(pc.fill_null(pc.equal(*two), fill_value=True)).as_py():
                del self.fills["redirected_from"]
                self.why[forwarded.source[0]] = f"the same as {dialled.source[0]} throughout: nothing was forwarded by it"

    def _outcome_otherwise(self, used: set[str]) -> None:
        """Fill the outcome where no column's words do; a column that says the same of every call tells none."""
        told, agent = self.fills.get("outcome"), self.fills.get("agent")
        alike = told is not None and not told.flags and set(told.words.values()) == {"answered"}
        if told and alike and agent and agent.source and self.seen[agent.source[0]].filled < 1:
            del self.fills["outcome"]
            self.why[told.source[0]] = "it says the same of calls with and without an agent"
            used = used | set(told.source)
        if "outcome" not in self.fills:
            self._outcome_by_others(used)
        fill = self.fills.get("outcome")
        if fill and ASKED in fill.words.values() and self.keep:
            kept = np.ones(len(self.rows.lines), dtype=bool)
            for source, words in self.keep.items():
                kept &= values.flags(pc.is_in(self.seen[source].cells, pa.array(words)))
            one = self.seen[fill.source[0]]
            meant = outcomes.wanted(fill.words, one, pa.array(kept))
            self.fills["outcome"] = replace(fill, words=meant)
            self.remarks["outcome"] = f"by its words{outcomes.unknown(one, meant)}"

    def _outcome_by_others(self, used: set[str]) -> None:
        worded = [s for s in self.seen.values() if s.name not in used and len({outcome_of(w) for w in s.words} - {""}) > 1]
        worded = [s for s in worded if all(outcome_of(w) for w in s.words) and not {key_of(w) for w in s.words} <= _YES | _NO]
        if len(worded) == 1:
            meant = {word: outcome_of(word) for word in worded[0].words}
            self.put("outcome", Fill((worded[0].name,), words=meant), "all of its words are outcomes")
            return
        talk, agent = self.fills.get("talk_s"), self.fills.get("agent")
        column = self.seen[agent.source[0]] if agent and agent.source else None
        filled = {s: t for t, f in self.fills.items() for s in f.source} | dict.fromkeys(self.keep, "")
        told = outcomes.by_column(self.seen, filled, column)
        if told:
            self.put("outcome", *told)
            return
        for one in self.seen.values():
            if one.name not in used and one.instant.why and likeness(one.name, ANSWERED_AT) >= 0.6:
                self.put("outcome", Fill((one.name,), answered_if="not-empty"), "answered where it has a time")
                return
        if agent and agent.source and self.seen[agent.source[0]].filled < 1:
            self.put("outcome", Fill(agent.source, answered_if="not-empty"), "answered where there is an agent")
        elif talk and talk.source and values.share(self.seen[talk.source[0]].cells, r"^[0:.]+$") > 0:
            self.put("outcome", Fill(talk.source, answered_if="above-zero"), "answered where there was talk")


_YES, _NO = frozenset({"yes", "y", "true", "1", "ja", "si", "oui"}), frozenset({"no", "n", "false", "0", "nein", "non"})


def _median(cells: pa.Array, form: str) -> float:
    """Return the middle of the durations above zero, in seconds; 0 where there is none."""
    took, _ = values.seconds(cells.drop_null(), form, ".")
    above = took[took > 0]
    return float(np.median(above)) if len(above) else 0.0


def before_of(cells: pa.Array) -> str:
    """Return some of a column's values as they stand in the file."""
    return values.examples([short(str(v), 30) for v in cells.drop_null().slice(0, 200).to_pylist()])
