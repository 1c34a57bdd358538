"""A way of delivering messages that failed for many clients at once: the sending of texts, or mail to one provider.

One client's attempts that all fail point at that client's pager, number or mailbox. Where in the same hours the attempts by
the same way to many other addresses fail as well, which were reached that way before or after, it is the way: what sends for
the service, or whoever carries it on. The stretch of a way's deliveries that a breakdown explains best is looked for
(the largest sum of log likelihood ratios), and counted by address: an address nobody ever reached is no witness, and one
dead pager of three clients is one pager.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.accounts import known
from calltrace.diagnosis.board import DEAD
from calltrace.diagnosis.checks._chance import after_looking, score, share_tail
from calltrace.diagnosis.diagnosis import Hit
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.words import count, span

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools
    from calltrace.diagnosis.evidence import Evidence
    from calltrace.diagnosis.scene import Scene
    from calltrace.tables.case import Case

AROUND = pd.Timedelta(days=7)
"""How far either side of a day a way's deliveries tell what is usual of it."""

BEFORE = pd.Timedelta(days=2)
"""How long before the first attempt looked at a message may have been taken."""

LEAST = 3
"""Accounts, and addresses, that a way must have failed for to be what failed."""

LEAST_SCORE = 3.0
"""Score from which so many failed at once by no chance, after looking at every stretch of every way."""

IN_COMMON = 0.02
"""Correlation of two addresses' failing on an ordinary day."""

PRIOR = (1.0, 20.0)
"""Failed deliveries, of how many, that are usual where few others are on record."""

MOSTLY = 5.0
"""Times the usual share that must fail for it to be the way, and not each address's own, four times in five."""


@dataclass(frozen=True)
class Down:
    """A way that failed, from its first delivery that did to its last.

    ``method`` is as logged, ``domain`` whose mail it was where only that of one provider failed, '' for all of the method.
    ``failed`` of ``tried`` deliveries failed by that way, ``else_failed`` of ``else_tried`` by any other in the same time.
    ``messages`` are those that failed; ``by_account`` has (failed, tried) of each account hit.
    """

    method: str
    domain: str
    start: pd.Timestamp
    end: pd.Timestamp
    failed: int
    tried: int
    else_failed: int
    else_tried: int
    score: float
    messages: frozenset[str]
    by_account: dict[str, tuple[int, int]]

    @property
    def name(self) -> str:
        """The way, as the end of "messages tried by …"."""
        return f"{self.method} to @{self.domain}" if self.domain else self.method

    @property
    def says(self) -> str:
        """What failed, as a sentence without a full stop."""
        beside = f"; of {self.else_tried} tried another way {self.else_failed or 'none'} did" if self.else_tried else ""
        return (f"{self.failed} of {count(self.tried, 'message')} tried by {self.name} failed, for"
                f" {count(len(self.by_account), 'account')}{beside}")

    @property
    def whose(self) -> str:
        """What that means, as a sentence without a full stop."""
        if self.domain:
            return "It was that provider's mail, and no client's own mailbox"
        return (f"It was the sending by {self.method}, and no client's own number: whether the service's own gateway or the"
                " carrier, the records do not show")

    def hits(self, case: Case, but: str = "") -> tuple[Hit, ...]:
        """Return the accounts hit, those with most failed first, without one of them."""
        names = known(case)
        order = sorted(self.by_account.items(), key=lambda one: (-one[1][0], one[0]))
        return tuple(Hit(a, names.get(a, a), None, float(k), f"{k} of {count(n, 'message')} tried by {self.name} failed")
                     for a, (k, n) in order if a != but)


def of_messages(case: Case, ids: Iterable[str], at: pd.Series, now: pd.Timestamp | None) -> Down | None:
    """Return the way by which at least half of some messages failed with many others', None where there is none.

    ``at`` holds when each was first attempted.
    """
    mine = frozenset(str(i) for i in ids)
    found = [(len(mine & d.messages), d.score, d) for d in downs(case, at, now)]
    many, _, best = max(found, key=lambda f: f[:2], default=(0, 0.0, None))
    return best if 2 * many >= len(mine) and many else None


def downs(case: Case, at: pd.Series, now: pd.Timestamp | None) -> list[Down]:
    """Return the ways that failed for many on any of the days that some instants lie in, each breakdown once."""
    found: list[Down] = []
    for day in sorted(pd.DatetimeIndex(at.dropna()).floor("D").unique()):
        key = f"ways down {day} {now}"
        kept = case.cache.get(key)
        if not isinstance(kept, list):
            kept = case.cache[key] = _of_day(case, day, now)
        found += [d for d in kept if not any(d.name == o.name and d.start < o.end and o.start < d.end for o in found)]
    return found


def _of_day(case: Case, day: pd.Timestamp, now: pd.Timestamp | None) -> list[Down]:
    """Return the ways that failed for many on a day (UTC)."""
    dispatch = case.table("dispatch")
    # a few rows tell whether there is anything to look at
    today = within(dispatch, day, day + pd.Timedelta(days=1), "attempted_at")
    dead = today[today["status"].isin(DEAD).fillna(value=False)]
    if dead["message_id"].nunique() < LEAST:
        return []
    start, end = day - AROUND, day + pd.Timedelta(days=1) + AROUND
    if now is not None:
        end = min(end, now + pd.Timedelta(microseconds=1))
    sent = _deliveries(case, within(dispatch, start, end, "attempted_at"), start, end)
    methods = set(dead["method"].dropna().str.casefold())
    sent["alike"] = sent["method"].isin(methods)
    kinds: list[tuple[str, str]] = [(m, "") for m in sorted(methods)]
    mail = sent[sent["alike"] & (sent["domain"] != "")]
    kinds += sorted(set(zip(mail["method"], mail["domain"], strict=True)))
    stretches = [found for kind in kinds if (found := _stretch(sent, *kind, looks=len(kinds))) is not None]
    told: list[Down] = []
    for one in sorted(stretches, key=lambda d: (-d.score, d.method, d.domain)):
        here = one.start < day + pd.Timedelta(days=1) and one.end > day
        if here and not any(one.messages & other.messages for other in told):
            told.append(one)
    return told


def _deliveries(case: Case, tries: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """Return one row a message and way: when it was first tried, where, for whom, and whether no attempt got through."""
    taken = within(case.table("messages"), start - BEFORE, end, "taken_at")
    account = taken.drop_duplicates("message_id").set_index("message_id")["account"]
    tries = tries.assign(account=account.reindex(tries["message_id"]).array)
    tries = tries[tries["status"].notna() & tries["method"].notna() & tries["account"].notna()]
    address = tries["address"].astype("string").str.casefold()
    tries = tries.assign(
        method=tries["method"].str.casefold(), dead=tries["status"].isin(DEAD).astype(bool),
        address=address.fillna("of " + tries["account"]),
        domain=address.str.extract(r"@([^@\s>]+)\s*>?$", expand=False).fillna(""))
    return (tries.sort_values(["attempted_at", "message_id"])
            .groupby(["method", "domain", "message_id"], sort=False, as_index=False)
            .agg(at=("attempted_at", "first"), last=("attempted_at", "last"), account=("account", "first"),
                 address=("address", "first"), failed=("dead", "all")))


def _stretch(sent: pd.DataFrame, method: str, domain: str, *, looks: int) -> Down | None:
    """Return the stretch in which one way failed for many, None where there is none that chance does not make."""
    of_it = (sent["method"] == method) & ((sent["domain"] == domain) if domain else True)
    its = sent[of_it.to_numpy(dtype=bool)].sort_values(["at", "message_id"])
    failed = its["failed"].to_numpy(dtype=bool)
    if int(failed.sum()) < LEAST:
        return None
    first, last, usual = _densest(failed)
    inside, outside = its.iloc[first:last], pd.concat([its.iloc[:first], its.iloc[last:]])
    lost = inside[inside["failed"]]
    by_account = inside.groupby("account")["failed"].agg(["sum", "size"])
    by_account = by_account[by_account["sum"] > 0]
    share = len(lost) / max(1, len(inside))
    if len(by_account) < LEAST or share < MOSTLY * usual:
        return None
    witnesses = inside[inside["address"].isin(outside.loc[~outside["failed"], "address"])]
    of_address = witnesses.groupby("address")["failed"].mean()
    bad = int((of_address > 0.5).sum())
    if bad < LEAST:
        return None
    strength = score(after_looking(share_tail(bad, len(of_address), usual, IN_COMMON), float(looks * len(its))))
    if strength < LEAST_SCORE:
        return None
    start, end = lost["at"].min(), lost["last"].max() + pd.Timedelta(minutes=1)
    beside = sent[~of_it.to_numpy(dtype=bool) & ((sent["at"] >= start) & (sent["at"] < end)).to_numpy(dtype=bool)]
    return Down(
        method, domain, start, end, len(lost), len(inside), int(beside["failed"].sum()), len(beside), strength,
        frozenset(lost["message_id"].astype(str)),
        {str(a): (int(k), int(n)) for a, k, n in by_account.itertuples()})


def _densest(failed: Bools) -> tuple[int, int, float]:
    """Return the stretch [first, last) that a breakdown explains best, and the share that fails outside it.

    Both shares are estimated anew from what the stretch holds and leaves, until it settles.
    """
    usual, share, first, last = PRIOR[0] / PRIOR[1], 0.5, 0, 0
    for _ in range(4):
        gain = np.where(failed, np.log(share / usual), np.log((1.0 - share) / (1.0 - usual)))
        total = np.concatenate(([0.0], np.cumsum(gain)))
        last = int(np.argmax(total - np.minimum.accumulate(total)))
        first = int(np.argmin(total[:last + 1]))
        inside, many = int(failed[first:last].sum()), last - first
        usual = (int(failed.sum()) - inside + PRIOR[0]) / (len(failed) - many + PRIOR[1])
        share = min(0.95, max((inside + 0.5) / (many + 1.0), 2.0 * usual))
        if share <= usual:
            break
    return first, last, float(usual)


WAY = "way"
"""Of an Evidence's data: the way that failed for many, as ``method``, ``domain``, and from when to when."""


def shared(piece: Evidence, down: Down, scene: Scene) -> Evidence:
    """Return the evidence that messages could not be delivered with the way that failed for others in the same hours."""
    zone = scene.account.zone
    way = {"method": down.method, "domain": down.domain, "start": down.start.isoformat(), "end": down.end.isoformat()}
    return replace(
        piece,
        says=f"{piece.says} {down.says}, {span(down.start, down.end, zone)}. {down.whose}.",
        data={**piece.data, WAY: way,
              "also_affected": {"delivery-failed": [asdict(h) for h in down.hits(scene.case, scene.account.account)]}})
