"""Worlds to order: some weeks of a size, or one that shows one cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.errors import UsageError
from calltrace.simulate.plan import PARTIES
from calltrace.simulate.service import Spec, World, build
from calltrace.tables.clock import zone_named

if TYPE_CHECKING:
    from datetime import date


# (accounts, calls a day) of a size asked for by name
SIZES = {
    "tiny": ((8, 12), (90, 160)),
    "small": ((12, 18), (160, 320)),
    "medium": ((20, 32), (380, 760)),
    "large": ((34, 46), (1000, 1150)),
    "huge": ((40, 60), (1600, 2600)),
}
# causes that take more calls an account to show
_BUSY = {
    "trunk-group-degraded": 40.0,
    "too-few-trunks": 40.0,
    "agent-long-holds": 26.0,
    "agent-ends-calls": 26.0,
    "one-way-audio": 26.0,
    "understaffed": 26.0,
    "slow-handling": 26.0,
    "agent-not-answering": 26.0,
    "wide-surge": 26.0,
}


def world(
    seed: int,
    *,
    weeks: int = 6,
    size: str | None = None,
    faults: tuple[str, ...] | None = None,
    zone: str | None = None,
    accounts: int | None = None,
    start: date | None = None,
    rude: bool = False,
) -> World:
    """Simulate some weeks of an answering service, with troubles in the last ten days.

    Parameters
    ----------
    seed : int
        The same seed and arguments give the same world, to the byte.
    weeks : int
        Length, at least 3 so that there is something to compare with.
    size : {"tiny", "small", "medium", "large", "huge"}, optional
        How many accounts and calls; drawn where not given. "large" is some 45,000 calls in six weeks.
    faults : tuple of str, optional
        Causes to put in, of :data:`calltrace.simulate.CAUSES`; drawn where None, none where empty (a healthy world).
    zone : str, optional
        IANA zone of the service; drawn where None.
    accounts : int, optional
        How many clients.
    start : date, optional
        First day; drawn where None.
    rude : bool
        Also pose a rude-operator complaint, whose true cause is None.

    Raises
    ------
    UsageError
        On a cause, size or zone that does not exist, or fewer than three weeks.
    """
    if weeks < 3:
        raise UsageError(
            f"{weeks} weeks", expected="at least 3 weeks, so that there is something to compare with"
        )
    if size is not None and size not in SIZES:
        raise UsageError(f'size "{size}"', expected=", ".join(SIZES))
    if zone is not None:
        zone_named(zone)  # which says where there is none of that name
    rng = np.random.default_rng([seed, 99])
    per_day = None
    if size is not None:
        (lo, hi), (few, many) = SIZES[size]
        accounts = accounts or int(rng.integers(lo, hi + 1))
        per_day = float(rng.uniform(few, many))
    return build(
        Spec(
            seed=seed,
            days=7 * weeks,
            zone=zone,
            accounts=accounts,
            calls_per_day=per_day,
            start=start,
            causes=faults,
            rude=rude,
        )
    )


def scenario(
    cause: str,
    seed: int,
    *,
    days: int = 24,
    accounts: int = 12,
    calls_per_day: float | None = None,
    zone: str | None = None,
) -> World:
    """Pose one single-fault world quickly, with one question (more seeds are tried until the mark shows).

    Parameters
    ----------
    cause : str
        One of :data:`calltrace.simulate.CAUSES`, or ``rude-operator``.
    seed : int
    days, accounts, calls_per_day, zone
        Size of the world; enough calls are drawn that the cause has something to bite on.

    Raises
    ------
    UsageError
        On an unknown cause, or where no world of that size shows it.
    """
    if cause not in PARTIES and cause != "rude-operator":
        raise UsageError(f'"{cause}" is no cause', expected=", ".join(sorted(PARTIES)))
    for attempt in range(12):
        spec = Spec(
            seed=seed + 1_000_003 * attempt,
            days=days,
            accounts=accounts,
            zone=zone,
            calls_per_day=calls_per_day or accounts * _BUSY.get(cause, 16.0),
            groups=2 if cause in _BUSY else 3,
            causes=(cause,),
            tail_days=8.0,
            many_questions=False,
            decoys=attempt % 2 == 0,
        )
        played = build(spec)
        if played.questions and played.true_cause() == (None if cause == "rude-operator" else cause):
            return played
    raise UsageError(
        f"no world of {accounts} accounts and {days} days shows {cause}",
        fix="Give it more accounts, days or calls a day.",
    )
