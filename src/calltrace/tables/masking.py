"""Callers hidden in what is shown, and still told apart: their numbers become ``caller 1``, names ``name 1``.

A caller's number or name can be private medical information. A :class:`Masker` knows whose they are and puts a
stand-in in their place, the same one for the same caller as long as the masker lives (one report). Stand-ins are
counted in the order callers come up: they hold nothing of the number (no area code, no last digits, no hash that
trying all numbers would open), the same report gives the same ones, and two reports can't be joined by them.

What is a caller's, and what is not:

- Every ``ani`` and ``caller_name`` of the calls, wherever it comes up: in a sentence, a list, a recording's path, a
  raw line, in any way of writing the number.
- Not the clients' own numbers: those in the accounts table (``numbers``, ``office_number``), and those dialled. A
  number that is both dialled and a caller's is hidden unless the accounts table says it is a client's, for a number
  that was only dialled once may be a person's. Where it stands as the caller of a call it is hidden in any case.
- Those of the people messages go to as well: what the roster and the dispatch log call them (``person 1``) and the
  number or address they are reached at, which is mostly a private one (``contact 1``). A word for a part somebody
  plays, "office" or "on call", is nobody's name and stays.
- Not the names of accounts and agents, also where a caller or somebody on call bears the same name; in the column of
  callers' names it is hidden all the same.
- In texts quoted from a file (a row that could not be read) anything that looks like a telephone number is hidden,
  unless it is a client's, and a quoted row as a whole: nobody knows which of its words is a name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from calltrace.classes import dataclass
from calltrace.tables.phones import WITHHELD

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from calltrace.tables.case import Case

NATIONAL = 10
"""Digits a number is known by where it has as many: what every way of writing it shares."""

LEAST = 7
"""Digits below which a number is an extension or a code, of which sentences hold too many by chance."""

LONGEST = 15
"""Digits of the longest number there is (ITU-T E.164)."""

NUMBER_KEYS = frozenset({"ani", "caller", "cid_num", "cid_ani", "src"})
NAME_KEYS = frozenset({"caller_name", "cid_name"})
PERSON_KEYS = frozenset({"recipient", "on_call", "updated_by"})
CONTACT_KEYS = frozenset({"contact", "address"})
OWN_KEYS = frozenset({"numbers", "office_number"})
RAW_KEYS = frozenset({"saw", "raw"})
FREE_KEYS = frozenset(
    {"claim", "note", "reason", "text", "person", "channel", "by", "opened_by", "settled_by", "decided_by", "who"}
)
"""Fields known by their names: a caller's number, a caller's name, whom a message went to and where they are reached,
a client's own numbers, text quoted from a file, and what somebody typed."""

PARTS = frozenset(
    (
        "after", "agent", "all", "and", "answering", "backup", "call", "calls", "cell", "center", "centre",
        "client", "customer", "desk", "dispatch", "dispatcher", "doctor", "duty", "email", "fax", "for",
        "front", "group", "home", "hours", "inbox", "line", "mail", "main", "manager", "message",
        "messages", "mobile", "number", "nurse", "office", "on", "oncall", "operator", "owner", "page",
        "pager", "phone", "portal", "primary", "reception", "receptionist", "second", "secondary",
        "service", "sms", "staff", "supervisor", "system", "team", "tech", "technician", "text", "the",
        "voicemail", "web", "work",
    )
)
"""Words for a part somebody plays or a way to reach them: what is made of these only is nobody's name."""

_RUN = re.compile(r"(?<![\w.])[+(]?\d(?:[\d\-./() \u00a0]{0,30}\d)?|\d+")
_ROW = re.compile(r"[,;|\t]|\s{2,}|\\t")
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_DATE = re.compile(
    r"^(?:(?:19|20)\d\d[-./]?\d\d[-./]?\d\d|\d{1,2}[-./]\d{1,2}[-./](?:\d\d){1,2})(?:[ .]*\d{0,6})$"
)
_PREFIX = re.compile(r"(?:\+\d{1,3}|(?<!\d)(?:1|001|011|00\d{1,3}))[\s.\-/(]*$|[+(]+$")
_ADDRESS = re.compile(r"[\w.+\-']+@[\w\-]+(?:\.[\w\-]+)*")
_DATED = re.compile(r"(?<![\d:.])\d{1,2}\s$")
_JOINED = re.compile(r"(?<!\d)\d{1,5}$")
HIDDEN = "(hidden)"
MONTHS = frozenset(["jan", "april", "apr", "may", "june", "jun", "jul", "august", "aug", "sep", "oct", "nov", "dec"])
"""Months that are names of people as well."""


def key_of(number: str) -> str:
    """Return what a number is known by: its last ten digits, or all where it has fewer.

    Examples
    --------
    >>> key_of("+1 (717) 555-1234"), key_of("555-1234")
    ('7175551234', '5551234')
    """
    return re.sub(r"\D", "", number)[-NATIONAL:]


@dataclass
class Masker:
    """Who the callers of one report are, and what stands for each.

    Examples
    --------
    >>> masker = Masker()
    >>> masker.learn_callers(["+17175551234"], ["Ann Lee"])
    >>> masker.text("Ann Lee (717-555-1234) called; later +17175551234 rang again.")
    'name 1 (caller 1) called; later caller 1 rang again.'
    """

    _numbers: set[str] = field(default_factory=set, repr=False)
    _names: dict[tuple[str, ...], str] = field(default_factory=dict, repr=False)
    _people: set[tuple[str, ...]] = field(default_factory=set, repr=False)
    _contacts: set[str] = field(default_factory=set, repr=False)
    _addresses: set[str] = field(default_factory=set, repr=False)
    _own: set[str] = field(default_factory=set, repr=False)
    _kept: set[tuple[str, ...]] = field(default_factory=set, repr=False)
    _lengths: set[int] = field(default_factory=lambda: {NATIONAL}, repr=False)
    _longest: int = 1
    _stand_ins: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _counts: dict[str, int] = field(default_factory=dict, repr=False)
    _tails: dict[str, str] = field(default_factory=dict, repr=False)
    _tails_of: int = 0
    _cases: list[Case] = field(default_factory=list, repr=False)
    _begin: set[str] = field(default_factory=set, repr=False)

    def learn(self, case: Case) -> Masker:
        """Take note of a Case's callers and people on call, and of the numbers and names that are neither's."""
        if any(case is known for known in self._cases):
            return self
        self._cases.append(case)
        accounts, calls = case.table("accounts"), case.calls
        for listed in accounts["numbers"].dropna():
            self._own.update(key_of(n) for n in str(listed).split(";"))
        self._own.update(key_of(str(n)) for n in accounts["office_number"].dropna())
        self.own(case.short_of.values())  # as the log writes them
        self.own(n for n in case.named("account") if n.startswith("+"))  # a client's that no row of the accounts table has
        for columns, note in ((_KEPT, self.keep), (_PEOPLE, self.learn_people), (_REACHED, self.learn_contacts)):
            for table, column in columns:
                frame = case.tables.get(table)
                if frame is not None:
                    note(str(n) for n in frame[column].dropna().unique())
        self.learn_callers(calls["ani"].dropna().unique(), calls["caller_name"].dropna().unique())
        return self

    def learn_callers(self, numbers: Iterable[str], names: Iterable[str] = ()) -> None:
        """Take note of callers' numbers and names, in any way of writing."""
        for number in numbers:
            key = key_of(str(number))
            if len(key) >= LEAST:
                self._numbers.add(key)
                self._lengths.add(len(key))
            elif not key or re.search(r"[A-Za-z]", str(number)):
                self._name(str(number))
        for name in names:
            self._name(str(name))

    def learn_people(self, names: Iterable[str]) -> None:
        """Take note of what the people are called that messages go to."""
        for name in names:
            words = _words(name)
            if not set(words) - PARTS or _shown(name):
                continue
            if len(key_of(name)) >= LEAST or "@" in name:  # where they are reached, for want of a name
                self.learn_contacts([name])
            else:
                self._people.add(words)
                self._name(name)

    def learn_contacts(self, reached: Iterable[str]) -> None:
        """Take note of the numbers and addresses at which the people are reached that messages go to."""
        for contact in (c for listed in reached for c in re.split(r"[;,/]", listed)):  # several, in some cells
            self._addresses.update(a.casefold() for a in _ADDRESS.findall(contact))
            if "@" not in contact and not _shown(contact) and len(key := key_of(contact)) >= LEAST:
                self._contacts.add(key)
                self.learn_callers([contact])

    def _name(self, name: str) -> None:
        words = _words(name)
        if not words or _shown(name):
            return
        # "=1+1" is a name of some carriers: in a sentence two ones are no name
        if len("".join(words)) >= 2 and any(c.isalpha() for c in name):
            self._names.setdefault(words, name.strip())
            self._begin.add(words[0])
            self._longest = max(self._longest, len(words))
        if len(key_of(name)) >= LEAST:  # a name that is a number, as many carriers send it
            self.learn_callers([name])

    def keep(self, names: Iterable[str]) -> None:
        """Take note of names that are no caller's: accounts, agents."""
        for name in names:
            words = _words(name)
            if words:
                self._kept.add(words)
                self._longest = max(self._longest, len(words))

    def own(self, numbers: Iterable[str]) -> None:
        """Take note of numbers that are the clients' own."""
        self._own.update(key_of(n) for n in numbers)

    # --- stand-ins ----------------------------------------------------------------------------------------

    def number(self, number: str) -> str:
        """Return what stands for a caller's number; also a client's own, for here it is who called."""
        key = key_of(number)
        if not number.strip() or _shown(number):
            return number
        self.learn_callers([number])
        if not key:  # an address of letters
            return self._stand_in("caller", number.strip().casefold())
        return self._of_number(key)

    def contact(self, reached: str) -> str:
        """Return what stands for the number or address of somebody messages go to; a client's own stays."""
        if not reached.strip() or _shown(reached) or not set(_words(reached)) - PARTS or key_of(reached) in self._own:
            return reached
        self.learn_contacts([reached])
        shown = self.text(reached)
        if shown != reached:
            return shown
        return self._stand_in("contact", reached.strip().casefold())

    def name(self, name: str) -> str:
        """Return what stands for a caller's name."""
        words = _words(name)
        if not words or _shown(name):
            return name
        self._name(name)
        return self._of_name(words)

    def _of_number(self, key: str) -> str:
        """Return what stands for a number: the same where somebody on call rings the line as where a message goes."""
        return self._stand_in("contact" if key in self._contacts else "caller", key)

    def _of_name(self, words: tuple[str, ...]) -> str:
        return self._stand_in("person" if words in self._people else "name", " ".join(words))

    def _stand_in(self, kind: str, key: str) -> str:
        found = self._stand_ins.get((kind, key))
        if found is None:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            found = self._stand_ins[kind, key] = f"{kind} {self._counts[kind]}"
        return found

    # --- texts --------------------------------------------------------------------------------------------

    def text(self, text: str, *, free: bool = False) -> str:
        """Return a text with the number and name of every known caller, and of everybody on call, hidden.

        ``free`` hides whatever else looks like a telephone number too, unless it is a client's own.
        """
        if not text:
            return text
        shown = _ADDRESS.sub(self._address, text) if self._addresses and "@" in text else text
        # most texts hold nobody: that is found out without going over them piece by piece
        if any(free or self._holds(run) for run in set(_SEVEN.findall(shown))):
            shown = _RUN.sub(lambda m: self._run(m[0], free=free), shown)
        if self._names and not self._begin.isdisjoint(_WORD.findall(shown.casefold())):
            shown = self._named(shown)
        return text if shown == text and "r caller " not in text else _TWICE.sub("", shown)

    def _address(self, found: re.Match[str]) -> str:
        known = found[0].casefold() in self._addresses
        return self._stand_in("contact", found[0].casefold()) if known else found[0]

    def _holds(self, run: str) -> bool:
        """Say whether a caller's number may be in a run of digits and what people set between them."""
        digits = run.translate(_BARE)
        if len(digits) == LEAST:
            return digits in self._numbers or digits in self._local()
        return any(
            digits[i : i + length] in self._numbers
            for length in self._lengths
            for i in range(len(digits) - length + 1)
        )

    def _local(self) -> dict[str, str]:
        """Return the numbers by their last seven digits, which is what people say of one that is near."""
        if self._tails_of != len(self._numbers):
            self._tails, self._tails_of = {k[-LEAST:]: k for k in sorted(self._numbers)}, len(self._numbers)
        return self._tails

    def raw(self, text: str) -> str:
        """Return a text quoted from a file: a row as a whole is hidden, and so is anything like a number."""
        quoted = re.search(r"([\"'])(.*)\1", text, re.DOTALL)
        inner = quoted[2] if quoted else text
        field_named = text[: quoted.start()].casefold() if quoted else ""
        private = any(k in field_named for k in ("ani", "caller", "name", "clid", "from", "src"))
        if len(_ROW.findall(inner)) >= 3 or (quoted and private):
            return (
                f"{text[: quoted.start(2)]}{HIDDEN}{text[quoted.end(2) :]}" if quoted else f"a row {HIDDEN}"
            )
        return self.text(text, free=True)

    def _run(self, run: str, *, free: bool) -> str:
        """Hide the numbers in a run of digits and what people set between them."""
        places = [i for i, c in enumerate(run) if c.isdigit()]
        digits = "".join(run[i] for i in places)
        if len(digits) < LEAST:
            return run
        found = self._known(digits)
        if (
            not found
            and free
            and len(digits) <= 15
            and digits[-NATIONAL:] not in self._own
            and not _DATE.match(run)
        ):
            return self._stand_in("caller", digits[-NATIONAL:])
        out, at = [], 0
        for start, end, key in found:
            before = run[at : places[start]]
            prefix = _PREFIX.search(before) or _JOINED.search(
                before
            )  # the country's code goes with the number
            begin = at + prefix.start() if prefix else places[start]
            begin -= begin > at and run[begin - 1] in "+("
            if run[begin] == "(" and ")" not in run[begin : places[end - 1]]:
                begin += 1  # the bracket is the sentence's
            out += [run[at:begin], self._of_number(key)]
            at = places[end - 1] + 1
        return "".join([*out, run[at:]])

    def _known(self, digits: str) -> list[tuple[int, int, str]]:
        """Return the callers' numbers in a run of digits: from, to, key; the longest first, none overlapping."""
        if digits[-NATIONAL:] in self._own and len(digits) <= NATIONAL + 3:
            return []
        found, at = [], 0
        lengths = sorted(self._lengths, reverse=True)
        while at <= len(digits) - LEAST:
            for length in lengths:
                key = digits[at : at + length]
                # fewer digits than a whole number are looked for as a whole only: in longer runs chance has them
                if len(key) < length or (length < NATIONAL and (at or length < len(digits))):
                    continue
                if key in self._numbers and key not in self._own:
                    found.append((at, at + length, key))
                    at += length - 1
                    break
            at += 1
        if not found and len(digits) == LEAST:  # people leave the area out
            full = self._local().get(digits)
            return [(0, LEAST, full)] if full and full not in self._own else []
        return found

    def _named(self, text: str) -> str:
        """Hide the callers' names in a text; the longest run of words that is a name of any kind wins."""
        words = [(m.start(), m.end(), m[0]) for m in _WORD.finditer(text)]
        folded = [w.casefold() for _, _, w in words]
        out, at, i = [], 0, 0
        while i < len(words):
            for n in range(min(self._longest, len(words) - i), 0, -1):
                candidate = tuple(folded[i : i + n])
                if candidate in self._kept:
                    i += n
                    break
                known = self._names.get(candidate)
                if known is None or (n == 1 and not self._alike(words[i][2], candidate, known)) or (
                        n == 1 and _DATED.search(text[: words[i][0]]) and folded[i] in MONTHS):
                    continue
                start, end = words[i][0], words[i + n - 1][1]
                out += [text[at:start], self._of_name(candidate)]
                at = end
                i += n
                break
            else:
                i += 1
        return "".join([*out, text[at:]]) if out else text

    def _alike(self, seen: str, words: tuple[str, ...], known: str) -> bool:
        """Say whether a single word is a name: as written in a roster, in capitals else, never a small word."""
        return seen[:1].isupper() or (words in self._people and seen == known)

    # --- values and frames --------------------------------------------------------------------------------

    def value(self, value: Any, key: str = "") -> Any:
        """Return any plain value, mapping, sequence or dataclass with the callers in it hidden.

        Fields are known by their names (``ani``, ``caller_name``, ``saw``, …), everything else by what it says.
        Frames are masked too (:meth:`frame`). What can't hold a caller comes back as it is.
        """
        self._note(value, key)
        return self._masked(value, key)

    def _note(self, value: Any, key: str) -> None:
        """Take note of the callers a value names in fields of their own, before the first sentence is shown."""
        if isinstance(value, str):
            if key in NUMBER_KEYS:
                self.learn_callers([value])
            elif key in NAME_KEYS:
                self._name(value)
            elif key in PERSON_KEYS:
                self.learn_people(value.split(", "))
            elif key in CONTACT_KEYS:
                self.learn_contacts([value])
            elif key in OWN_KEYS:
                self.own(value.split(";"))
        elif isinstance(value, Mapping):
            for name, inner in value.items():
                self._note(inner, str(name))
        elif is_dataclass(value) and not isinstance(value, type):
            if type(value).__name__ != "Case":
                for f in fields(value):
                    self._note(getattr(value, f.name), f.name)
        elif isinstance(value, (list, tuple, set, frozenset)):
            for inner in value:
                self._note(inner, key)

    def _masked(self, value: Any, key: str) -> Any:
        if isinstance(value, str):
            return self._masked_text(value, key)
        if isinstance(value, Mapping):
            return {
                self.text(name) if isinstance(name, str) else name: self._masked(inner, str(name))
                for name, inner in value.items()
            }
        if is_dataclass(value) and not isinstance(value, type):
            return self._masked_dataclass(value)
        if isinstance(value, (list, tuple)):
            inner = [self._masked(v, key) for v in value]
            if isinstance(value, tuple):
                return type(value)(*inner) if hasattr(value, "_fields") else tuple(inner)
            return inner
        if isinstance(value, (set, frozenset)):
            return type(value)(self._masked(v, key) for v in sorted(value, key=str))
        if type(value).__name__ == "DataFrame":
            return self.frame(value)
        return value

    def _masked_dataclass(self, value: Any) -> Any:
        if type(value).__name__ == "Case":
            return value
        made = object.__new__(type(value))
        for f in fields(value):
            object.__setattr__(made, f.name, self._masked(getattr(value, f.name), f.name))
        return made

    def _masked_text(self, text: str, key: str) -> str:
        if key in NUMBER_KEYS:
            return self.number(text)
        if key in NAME_KEYS:
            return self.name(text)
        if key in CONTACT_KEYS:
            return self.contact(text)
        if key in RAW_KEYS:
            return self.raw(text)
        return self.text(text, free=key in FREE_KEYS)

    def frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame with the callers hidden in every column of text; a text is looked at once."""
        import pandas as pd  # noqa: PLC0415 - a lookup that shows no frame needs none

        changed: dict[str, pd.Series[Any]] = {}
        for name in frame.columns:
            values = frame[name]
            if isinstance(values.dtype, pd.CategoricalDtype):
                values = values.astype("string")
            elif not isinstance(values.dtype, pd.StringDtype) and values.dtype != object:
                continue
            seen = {v: self._masked(v, str(name)) for v in values.dropna().unique() if isinstance(v, str)}
            if any(v != shown for v, shown in seen.items()):
                changed[str(name)] = values.map(seen, na_action="ignore").astype(values.dtype)
        return frame.assign(**changed) if changed else frame


def masked_case(case: Case, masker: Masker) -> Case:
    """Return the Case with the callers hidden in every table: for what is exported as it was read."""
    masker.learn(case)
    return replace(case, tables={name: masker.frame(frame) for name, frame in case.tables.items()}, cache={})


_KEPT = (
    ("accounts", "name"), ("calls", "agent"), ("calls", "account"), ("agents", "agent"), ("messages", "agent"))
"""Where names stand that are nobody's to hide."""

_PEOPLE = (("oncall", "person"), ("oncall", "updated_by"), ("dispatch", "recipient"))
_REACHED = (("oncall", "contact"), ("dispatch", "address"))
"""Where the people messages go to are named, and where it says how they are reached."""

_SEVEN = re.compile(r"\d(?:[\-./() \u00a0]{0,3}\d){6,}")
_BARE = str.maketrans("", "", "+-./() \u00a0")
_TWICE = re.compile(r"\b(?:caller (?=caller \d)|name (?=name \d))")
"""What a sentence says of a stand-in that says it itself."""

_STAND_IN = re.compile(r"(?:caller|name|person|contact) \d+")


def _shown(text: str) -> bool:
    """Say whether a text hides its caller already: a word for withheld, or a stand-in."""
    return text.strip().casefold() in WITHHELD or _STAND_IN.fullmatch(text) is not None


def _words(name: str) -> tuple[str, ...]:
    return tuple(w.casefold() for w in _WORD.findall(name))
