"""The ground an audit stands on: one case, one window, and what every screen shares, computed when first asked for.

A screen looks at all accounts at once, in quarters of an hour, and never at single calls in a loop; what it cannot
explain becomes a :class:`Candidate`, which is then investigated as a complaint would be.
"""

from __future__ import annotations

from dataclasses import field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.accounts import known
from calltrace.diagnosis.another_name import rung
from calltrace.diagnosis.checks._chance import score
from calltrace.diagnosis.checks._columns import columns
from calltrace.diagnosis.checks._load import Load
from calltrace.diagnosis.checks._on_end import on_end
from calltrace.diagnosis.checks._ongoing import rates_of_each, shares_of_each
from calltrace.diagnosis.checks._quarters import QUARTER_US
from calltrace.diagnosis.checks._unserved import Served, always, new
from calltrace.diagnosis.profile import Profile
from calltrace.diagnosis.scene import Question, Scene, account_zones, groups_of, numbers_of, records_end
from calltrace.errors import InputError
from calltrace.intake.quality import Feed, feed
from calltrace.normal.baseline import Baseline
from calltrace.tables.case import Case
from calltrace.tables.coverage import coverage_spans

if TYPE_CHECKING:
    from calltrace.diagnosis.another_name import Rung
    from calltrace.diagnosis.checks._chance import Bools, Floats, Ints
    from calltrace.diagnosis.checks._columns import Columns
    from calltrace.diagnosis.checks._unserved import Stretch
    from calltrace.diagnosis.diagnosis import Hit

BRIEF = pd.Timedelta(minutes=30)
"""How far a question reaches beyond a candidate on either side, as people remember a window wider."""

LEAST_UNSERVED = 1.0
"""Score from which a stretch in which nobody served an account is worth a thought."""

SURE_UNSERVED, PLAIN_UNSERVED = 4.0, 0.5
"""Score and effect from which it is plain: chance makes it once in ten thousand windows."""

Unit = Literal["account-day", "number-day", "agent-day", "trunk-day", "platform-day", "message", "account", "account-weeks"]


WHOLE = "silence"
"""Name of a finding's figures under which stands all of a silence that the window cuts, where ``lost`` counts all of it."""


BILL = "bill"
"""The screen of bills."""

ROSE = "rise"
"""The same of a bill's rise, where ``harmed`` counts all of it."""

GOES_ON = "goes_on"
"""Name of a candidate's figure that says of a silence which ends with one of everybody, as far as it is the account's own,
that no call has come since: it is not over."""


@dataclass(frozen=True)
class Candidate:
    """What a screen could not explain by chance: whom to ask, of what, when, and how sure it is to be something.

    ``account`` is the account it is about, None for a trouble of a trunk group (``trunk_group``) or of everybody.
    ``asked`` are the accounts whose view of it is investigated, those hit hardest first; ``complaint`` is what they
    would complain of. ``causes`` are the verdicts that make a finding of it; any other leaves it unsaid. ``score`` is
    −log10 of the false alarms per ``unit`` that chance gives at this strength (an ``account`` is looked at once, however
    long the window, and its ``account-weeks`` once besides); ``doubt`` the share of false ones among candidates as strong as
    this, ``local`` the chance that it is one itself, known once all are; ``beyond`` says that the false discovery rate would
    not let it through, and only what the investigation finds can make a finding of it. The question asked reaches ``margin``
    beyond it on either side.
    ``says`` tells it in a sentence without a full stop, where the investigation of one account can't. ``rather`` is what it
    is first investigated as: only where that finds nothing, as itself. ``since`` is when it began, where that was before the
    window and how it began is to be asked as well. ``beside`` are causes that had a part of it, as is known, and explain too
    little of it. ``note`` is what is said of it instead of asking, where the records show that no call was lost.
    """

    screen: str
    account: str | None
    asked: tuple[str, ...]
    complaint: str
    start: pd.Timestamp
    end: pd.Timestamp
    score: float
    causes: tuple[str, ...]
    unit: Unit = "account-day"
    trunk_group: str | None = None
    lost: float = 0.0
    harmed: float = 0.0
    doubt: float = 0.0
    local: float = 0.0
    beyond: bool = False
    margin: pd.Timedelta = BRIEF
    hits: tuple[Hit, ...] = ()
    says: str = ""
    data: dict[str, object] = field(default_factory=dict)
    rather: Candidate | None = None
    since: pd.Timestamp | None = None
    beside: tuple[str, ...] = ()
    note: str = ""


HOURS_OF_DAYS = 72
"""Hours of the day, of weekdays, Saturdays and Sundays apart."""

CAPPED = "full_intervals"
"""Name of a finding's figures: how many of the switch's intervals a cap filled now and then, over hours and days in which calls
came in as ever between them."""


@dataclass(frozen=True)
class Ground:
    """One case and the window audited, [start, end) in UTC, as far as the records reach (``end`` is cut to them)."""

    case: Case
    start: pd.Timestamp
    end: pd.Timestamp
    profile: Profile
    now: pd.Timestamp | None = None

    def __reduce__(self) -> tuple[type[Ground], tuple[object, ...]]:
        """Travel without what was computed: whoever gets it computes what it needs."""
        return Ground, (replace(self.case, cache={}), self.start, self.end, self.profile, self.now)

    @cached_property
    def scene(self) -> Scene:
        """The window asked of as a whole: what is usual is learned outside it."""
        first = self.names_in_order[0] if self.names_in_order else ""
        return Scene(self.case, Question(first, "", self.start, self.end, now=self.now), self.profile)

    @cached_property
    def view(self) -> Load:
        """Demand, waits and what is usual of them, by quarter hour."""
        return Load(self.scene)

    @property
    def baseline(self) -> Baseline:
        """How many calls to expect, learned outside the window."""
        return self.scene.baseline

    @cached_property
    def columns(self) -> Columns:
        """The calls' columns as arrays."""
        return columns(self.case)

    @cached_property
    def feed(self) -> Feed:
        """What is known of the records themselves, without their problems: nobody asks for those of a part."""
        return feed(self.case, now=self.now, problems=False)

    @cached_property
    def names(self) -> dict[str, str]:
        """Every account's name, by id: of the accounts table and of the calls."""
        return known(self.case)

    @cached_property
    def names_in_order(self) -> tuple[str, ...]:
        """The accounts that have calls, as the columns number them."""
        return self.case.codes("account")[1]

    @cached_property
    def zones(self) -> dict[str, str]:
        """The zone of every account that has one of its own."""
        return account_zones(self.case)

    def zone(self, account: str | None) -> str:
        """Return an account's zone; the service's for None."""
        return self.zones.get(account, self.case.zone) if account else self.case.zone

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """The accounts of every trunk group: by the accounts table, else by where most of their calls came in."""
        return groups_of(self.case)

    @cached_property
    def rung(self) -> dict[str, Rung]:
        """The silences of every trunk group in the window, where calls told apart by the group's name can tell of one."""
        if len(self.groups) < 2:
            return {}
        self.baseline.all("trunk_group", self.groups)
        of = self.groups
        return {group: rung(self.case, self.baseline, group, (self.start, self.end), of.__getitem__) for group in of}

    @cached_property
    def facts(self) -> pd.DataFrame:
        """The accounts table by account, the first row of each."""
        return self.case.table("accounts").drop_duplicates("account").set_index("account")

    def coverage(
        self, account: str, start: pd.Timestamp, end: pd.Timestamp
    ) -> list[tuple[pd.Timestamp, pd.Timestamp]] | None:
        """Return when the account's lines should be forwarded within [start, end); None where always, or not known."""
        text = self.coverage_text(account)
        if text.strip() in {"", "24/7"}:
            return None
        try:
            zone = self.zone(account)
            holidays = self.case.holidays(account, zone) if "PH" in text else frozenset()
            return coverage_spans(text, zone, start, end, holidays)
        except InputError:
            return None  # an investigation of the account says what is wrong with it

    def coverage_text(self, account: str) -> str:
        """Return the account's coverage as the accounts table has it; '' where it says nothing."""
        text = self.facts["coverage"].get(account) if len(self.facts) else None
        return "" if text is None or pd.isna(text) else str(text)

    @cached_property
    def numbers(self) -> int:
        """How many numbers belong to accounts that have several."""
        listed = self.case.table("accounts")["numbers"].dropna()
        if listed.empty:
            pairs = self.case.pairs("account", "dnis")
            counted = pairs["account"].value_counts()
        else:
            counted = listed.str.count(";") + 1
        return int(counted[counted > 1].sum())

    @cached_property
    def numbers_of(self) -> dict[str, list[str]]:
        """The numbers of every account: by the accounts table, else those its calls were made to, sorted."""
        return numbers_of(self.case)

    @cached_property
    def days(self) -> float:
        """Days of the window that the records cover."""
        return max((self.end - self.start) / pd.Timedelta(days=1), 1e-9)

    @cached_property
    def records_end(self) -> pd.Timestamp:
        """Up to when the switch speaks."""
        return records_end(self.case)

    @cached_property
    def served(self) -> Served:
        """Which calls tell whether somebody served their callers."""
        return Served(self.view, self.profile.value("hung_up_soon_s"))

    @cached_property
    def unserved(self) -> tuple[tuple[int, Stretch], ...]:
        """The stretches in the window in which hardly any caller of an account reached an agent, with the account's number."""
        rows = on_end(self.view, self.profile.value("hung_up_soon_s"), LEAST_UNSERVED) if len(self.names_in_order) > 1 else []
        if not rows:
            return ()
        served, first, last = self.served, self.view.first, self.view.last
        clients = [row for row in rows if served.is_client(row)]
        found = [(row, one) for row in clients for one in new(served, row, first, last)]
        # of one that is served at other hours, at those it may well be the office that picks up
        never = ((row, always(served, row, first, last)) for row in clients if not served.ever(row))
        found += [(row, one) for row, one in never if one is not None]
        return tuple((row, one) for row, one in found if one.effect > 0 and score(one.chance) >= LEAST_UNSERVED)

    @cached_property
    def waited_in_vain(self) -> Bools:
        """Which calls are of stretches in which plainly nobody served their account: they say nothing of anybody else's waits."""
        found = np.zeros(len(self.columns.at), dtype=bool)
        for _, one in self.unserved:
            if one.effect >= PLAIN_UNSERVED and score(one.chance) >= SURE_UNSERVED:
                found[one.places] = True
        return found

    def per_account(self, which: Bools, first: int, last: int) -> Floats:
        """Return how many of the calls ``which`` every account had, by quarter from ``first`` to before ``last``."""
        near = self.view.places(first, last)
        account, bins = self.columns.account[near], self.view.bin[near]
        picked = np.flatnonzero(which[near] & self.columns.owned[near] & (bins >= first) & (bins < last))
        size = last - first
        cells = account[picked] * size + (bins[picked] - first)
        # with weights they are counted as what is returned: made of whole numbers it would be as much memory again
        counts = np.bincount(cells, weights=np.ones(len(cells)), minlength=len(self.columns.accounts) * size)
        return np.asarray(counts.reshape(-1, size), dtype=np.float64)

    def usual_shares(self, bad: Bools, could: Bools) -> tuple[Floats, Floats]:
        """Return how many of every account's usual calls ended so, and how many might have."""
        calls = self.columns
        return shares_of_each(self.view, bad & calls.owned, could & calls.owned, calls.account, len(calls.accounts))

    def usual_by_hour(self, which: Bools) -> Floats:
        """Return how many of every account's usual calls ``which`` came in each hour of weekdays, of Saturdays and of Sundays.

        Returns
        -------
        array (accounts, 72)
            Hours of the service's zone; :attr:`hour_cells` has that of each quarter.
        """
        calls, view = self.columns, self.view
        places = np.flatnonzero(which & calls.owned & view.usual_calls)
        cells = calls.account[places] * HOURS_OF_DAYS + self.hour_cells[view.bin[places]]
        counts = np.bincount(cells, minlength=len(calls.accounts) * HOURS_OF_DAYS)
        return np.asarray(counts.reshape(-1, HOURS_OF_DAYS), dtype=np.float64)

    @cached_property
    def hour_cells(self) -> Ints:
        """Each quarter's hour of the day, weekdays, Saturdays and Sundays apart: 0 to 71."""
        return self.view.grid.day // 4

    @cached_property
    def calls_by_hour(self) -> Floats:
        """All of every account's usual calls, as :meth:`usual_by_hour`."""
        return self.usual_by_hour(self.columns.owned)

    def usual_rates(self, bad: Bools) -> Floats:
        """Return how many of every account's calls usually end so in a quarter hour."""
        calls = self.columns
        return rates_of_each(self.view, bad & calls.owned, calls.owned, calls.account, len(calls.accounts))

    def quarter(self, at: pd.Timestamp) -> int:
        """Return the quarter an instant lies in, counted from the first on record."""
        return int(at.value // 1000 // QUARTER_US) - self.view.grid.first

    def at(self, quarter: int) -> pd.Timestamp:
        """Return when a quarter begins, within the window."""
        return min(max(self.view.grid.at(quarter), self.start), self.end)


def whole(
    lasted: tuple[pd.Timestamp, pd.Timestamp], shown: tuple[pd.Timestamp, pd.Timestamp], check: str = ""
) -> dict[str, object]:
    """Return the figures that say how long a silence, or a bill's rise, lasted in all, none where the window shows all of it."""
    return {} if lasted == shown else {ROSE if check == BILL else WHOLE: {"start": lasted[0], "end": lasted[1]}}
