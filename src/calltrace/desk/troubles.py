"""Troubles followed from morning to morning: what a day's findings are beside what was told before.

A *trouble* is followed by its finding's ``key``; where the key changed (its window was cut at midnight, or its cause was
read otherwise the next day) by whose it is with its cause, or its check. What was told before and is found again *goes
on*; what is not found again, though its account was judged, has *ended*; what could not be judged stays open and is told
as neither.

An outage goes on only where it was still going on when it was told: the next evening's is another one. What was over
when it was told and is found again at the same account is told as found *again*.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.diagnosis import hedges
from calltrace.diagnosis.audit.findings import Finding, Known, Severity

if TYPE_CHECKING:
    from calltrace.desk.late_rows import Counts, Late, Then, Undone

BRIDGE_DAYS = 7
"""Days without a run after which only the same key is the same trouble, and without being found or judged after which one
is no longer open: a week may have held anything."""

EVENTS = frozenset({"dispatch"})
"""Checks whose findings are single events: another one tomorrow is another one, and no acknowledgement covers it."""

SILENCES = frozenset({"silence"})
"""Checks whose findings end with a call."""

EPISODES = frozenset({"outage"})
"""Checks whose findings, once over, are over: the same cause the next day is another outage."""

APART = frozenset({"too-few-trunks"})
"""Causes beside which another of the same check is another trouble: a group that never had lines enough may lose some, too."""

GRACE = timedelta(hours=2)
"""How long after an acknowledgement ran out a silence may last and still be covered: it ends with the next call."""

MISSED_AT_MOST = 31
"""Days without a morning that are told, at most: longer, and nobody was meant to look."""

KEPT_TO = timedelta(seconds=1)
"""How exactly instants are remembered."""

PLATFORM = "the platform"
GROUP = "trunk group "
"""What a scope that is no account begins with."""

_RANK = {str(s): n for n, s in enumerate(Severity)}


@dataclass(frozen=True)
class Ack:
    """Somebody knows. ``scope`` is an account's id, ``trunk group X`` or ``the platform``.

    ``chain`` is the trouble it is about, '' for all of the scope; ``cause`` narrows it where not ''. ``severity`` is
    how bad it was then ('' where nothing had been found): worse is told again. ``until`` is when it runs out.
    """

    number: int
    scope: str
    chain: str
    cause: str
    severity: str
    until: datetime | None
    note: str
    made_by: str
    made_at: datetime

    def runs(self, now: datetime) -> bool:
        """Say whether it has not run out."""
        return self.until is None or now < self.until

    def covers(self, start: datetime, end: datetime) -> bool:
        """Say whether it covers what lasted so long, whenever the report of it is made; :data:`GRACE` is given."""
        return self.until is None or (start < self.until and end <= self.until + GRACE)


@dataclass(frozen=True)
class Trouble:
    """A trouble as one morning left it.

    ``state`` is found, carried (not judged that day), unproved (not found again, in records that are not whole), silent (not
    found again, but there was no call either), resting (not met that day, but it stands until somebody changes a setting) or
    ended.

    ``since`` is when it began (UTC; ``zone`` is the account's), ``mornings`` on how many it was found, ``chain`` its
    first key; ``ongoing`` says whether it was still going on when it was last found, on the day ``last``. ``lost`` and
    ``harmed`` are what it cost over all its mornings, in calls.
    """

    chain: str
    key: str
    scope: str
    cause: str
    check: str
    severity: str
    who: str
    title: str
    since: datetime
    zone: str
    mornings: int
    ongoing: bool
    last: date
    state: str
    lost: float = 0.0
    harmed: float = 0.0


@dataclass(frozen=True)
class Stand:
    """How a finding stands this morning.

    ``new``, ``going-on``, ``over`` (it was going on when it was last told, and the day saw its end), ``again`` or ``worse``
    (than before, or than acknowledged). ``before`` is the trouble as it was last told; ``ack`` is set where it stays quiet.
    """

    state: str
    trouble: Trouble
    before: Trouble | None = None
    ack: Ack | None = None


@dataclass(frozen=True)
class Morning:
    """All findings of a day in their order, each with its stand; and what has ended, or could not be judged again.

    ``ended`` and ``carried`` hold all; :attr:`news` and :attr:`unsettled` those that were still going on when last told.
    ``missed`` are the days since the last morning of which none was made; ``accounts`` the accounts of the records, by id;
    ``known`` what the day's audit showed of how many troubles the service has, ``heard`` when each account's last call on
    record was, UTC, and ``counted`` how many calls of each day are. ``late`` are days of which calls came on record after
    their morning, ``undone`` what was told of them without those.
    """

    day: date
    stands: tuple[Stand, ...]
    ended: tuple[Trouble, ...] = ()
    carried: tuple[Trouble, ...] = ()
    missed: tuple[date, ...] = ()
    accounts: dict[str, str] = field(default_factory=dict, compare=False)
    by_key: dict[str, Stand] = field(default_factory=dict, compare=False)
    known: Known = field(default_factory=Known, compare=False)
    heard: Mapping[str, datetime] = field(default_factory=dict, compare=False)
    counted: Counts = field(default_factory=dict, compare=False)
    late: tuple[Late, ...] = ()
    undone: tuple[Undone, ...] = ()

    @property
    def news(self) -> tuple[Trouble, ...]:
        """What has ended and was going on when it was last told: of the others the end was told with them."""
        undone = {u.trouble.chain for u in self.undone}
        return tuple(t for t in self.ended if t.ongoing and t.chain not in undone)

    @property
    def unsettled(self) -> tuple[Trouble, ...]:
        """What was going on when it was last told, and could not be judged again."""
        return tuple(t for t in self.carried if t.ongoing)


def scope_of(finding: Finding) -> str:
    """Return whose a finding is: an account's id, a trunk group, or the platform."""
    if finding.account is not None:
        return finding.account
    return f"{GROUP}{finding.trunk_group}" if finding.trunk_group else PLATFORM


@dataclass(frozen=True)
class Left:
    """What the mornings before ``day`` left: the ``last`` of them (None for none), what was ``open``, what is acknowledged.

    ``known`` is what those of the last weeks have shown of the service; ``heard`` when each account's last call was, UTC,
    by their records; ``then`` how many calls those had of each day (None for no knowledge), ``found`` what was found in them,
    each trouble as it was found last.
    """

    day: date
    last: date | None = None
    open: Sequence[Trouble] = ()
    acks: Sequence[Ack] = ()
    known: Known = field(default_factory=Known)
    heard: Mapping[str, datetime] = field(default_factory=dict)
    then: Then | None = None
    found: Sequence[Trouble] = ()


def followed(
    left: Left,
    findings: Sequence[Finding],
    *,
    judged: Collection[str],
    whole: bool,
    shared: bool = True,
    unasked: Collection[str] = (),
    silent: Collection[str] = (),
) -> Morning:
    """Hold a day's findings against what the mornings before it left.

    Parameters
    ----------
    left : Left
        What they left.
    findings : sequence of Finding
        What was found of the day.
    judged : collection of str
        Accounts that could be judged: of these, what is not found has ended.
    whole : bool
        Whether the records of the day are whole; where they are not, nothing ends.
    shared : bool
        Whether those of all accounts are; where not, no trouble of many ends.
    unasked : collection of str
        Checks that could not be asked: none of their troubles ends.
    silent : collection of str
        Accounts without a call that day, or to the number that was silent: of these no silence ends, whatever can be proved
        of the day.
    """
    from calltrace.diagnosis.audit.joining import STANDING  # noqa: PLC0415 -- brings in every check, as an audit does

    day, last, open_ = left.day, left.last, left.open
    near = last is not None and (day - last).days <= BRIDGE_DAYS
    before = _paired(findings, open_, near=near)
    stands = tuple(_stand(f, before.get(n), left.acks, day) for n, f in enumerate(findings))
    continued = {t.chain for t in before.values()}
    over = [t for t in open_ if t.chain not in continued]
    platform_wide = {t.scope for t in over} - _accounts(over)
    # a limit is not raised because a day did not meet it
    resting = {t.chain for t in over if t.cause in STANDING and (day - t.last).days <= BRIDGE_DAYS}
    quiet = {t.chain for t in over if t.ongoing and t.check in SILENCES and t.scope in silent}
    ended = tuple(
        replace(t, state="ended")
        for t in over
        if t.chain not in resting | quiet and whole and t.check not in unasked
        and (t.scope in judged or (shared and t.scope in platform_wide))
    )
    gone = {t.chain for t in ended}
    carried = tuple(
        replace(t, state="carried" if t.check in unasked
                or (t.scope not in judged and not (shared and t.scope in platform_wide and t.chain in resting))
                else "silent" if t.chain in quiet and whole else "resting" if t.chain in resting and whole else "unproved")
        for t in over
        if t.chain not in gone and t.check not in EVENTS and (day - t.last).days <= BRIDGE_DAYS
    )
    missed = tuple(
        last + timedelta(days=n) for n in range(1, (day - last).days if last else 0)
        if last and (day - last).days <= MISSED_AT_MOST
    )  # fmt: skip
    return Morning(day, stands, ended, carried, missed, by_key={f.key: s for f, s in zip(findings, stands, strict=True)})


def _paired(findings: Sequence[Finding], open_: Sequence[Trouble], *, near: bool) -> dict[int, Trouble]:
    """Return the open trouble each finding (by place) goes on from: the same key first, then ever looser."""
    pairs: dict[int, Trouble] = {}
    free = list(open_)
    tests: list[Callable[[Finding, Trouble], bool]] = [lambda f, t: f.key in {t.key, t.chain}, _same_beginning]
    if near:
        tests += [
            lambda f, t: (
                f.check not in EVENTS
                and (scope_of(f), f.cause) == (t.scope, t.cause)
                and (t.ongoing or f.check not in EPISODES)
            ),
            lambda f, t: (
                t.ongoing and f.check not in EVENTS and (scope_of(f), f.check) == (t.scope, t.check)
                and APART.isdisjoint({f.cause, t.cause})
            ),
        ]
    for same in tests:
        for place, finding in enumerate(findings):
            found = None if place in pairs else next((t for t in free if same(finding, t)), None)
            if found is not None:
                pairs[place] = found
                free.remove(found)
    return pairs


def _same_beginning(finding: Finding, trouble: Trouble) -> bool:
    """Say whether a finding began where an open trouble did: midnight cut it, and it was over or not by the day before."""
    if finding.check in EVENTS or (scope_of(finding), finding.check) != (trouble.scope, trouble.check):
        return False
    return abs(_began(finding) - trouble.since) <= KEPT_TO


def _began(finding: Finding) -> datetime:
    """Return when a finding began, of a silence that began before the day when that did; UTC."""
    return finding.counted[0].to_pydatetime().astimezone(UTC)


def _stand(finding: Finding, before: Trouble | None, acks: Sequence[Ack], day: date) -> Stand:
    began, end = (t.to_pydatetime().astimezone(UTC) for t in (finding.start, finding.end))
    whole = _began(finding)
    scope = scope_of(finding)
    # what began with it counts all of it; else the day's cost comes to that of the days before
    earlier = before if before is not None and whole > before.since + KEPT_TO else None
    now = Trouble(
        chain=before.chain if before else finding.key,
        key=finding.key,
        scope=scope,
        cause=finding.cause,
        check=finding.check,
        severity=str(finding.severity),
        who=finding.name if finding.account is not None else scope,
        title=hedges.said(finding.title, finding.summary, finding.wording),
        since=min(whole, before.since) if before else whole,
        zone=finding.zone,
        ongoing=finding.ongoing,
        last=day,
        mornings=before.mornings + 1 if before else 1,
        state="found",
        lost=finding.lost + (earlier.lost if earlier else 0.0),
        harmed=finding.harmed + (earlier.harmed if earlier else 0.0),
    )
    worse = before is not None and _RANK[now.severity] > _RANK.get(before.severity, 0)
    mine = [
        a for a in acks
        if (a.chain == now.chain or (not a.chain and a.scope == scope)) and a.cause in {"", now.cause}
    ]  # fmt: skip
    mine = [a for a in mine if a.covers(began, end)]
    quiet = [a for a in mine if not a.severity or _RANK[now.severity] <= _RANK.get(a.severity, 0)]
    if worse or (mine and not quiet):
        said = "worse"
    elif before is None:
        said = "new"
    elif before.ongoing or (abs(whole - before.since) <= KEPT_TO and whole < began):  # midnight cut what was known to be over
        said = "over" if _ended(finding) else "going-on"
    else:
        said = "going-on" if finding.key in {before.key, before.chain} else "again"
    return Stand(said, now, before, quiet[-1] if quiet else None)


def _ended(finding: Finding) -> bool:
    """Say whether a finding shows the end of its trouble; what stands until a setting is changed shows none."""
    from calltrace.diagnosis.audit.joining import STANDING  # noqa: PLC0415 -- brings in every check, as an audit does

    return not finding.ongoing and finding.cause not in STANDING


def _accounts(troubles: Sequence[Trouble]) -> set[str]:
    return {t.scope for t in troubles if not t.scope.startswith(GROUP) and t.scope != PLATFORM}
