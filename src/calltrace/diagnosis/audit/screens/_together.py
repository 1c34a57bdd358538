"""Accounts silent together whose trunk group the records do not name: one candidate, not a silence of each.

Each account's gaps are looked at for others that begin and end with them (:mod:`calltrace.diagnosis.together`). Only a
silence that has ended tells: while it goes on, offices that closed early look the same. One that a trunk group's or
everybody's outage explains is theirs, and one of numbers that lie side by side is told of their range.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from calltrace.diagnosis.audit.ground import Candidate, Ground, whole
from calltrace.diagnosis.audit.screens._scan import ASKED
from calltrace.diagnosis.diagnosis import Hit
from calltrace.diagnosis.together import ALONE, LEAST, Span, Together, together, worth
from calltrace.diagnosis.words import count
from calltrace.normal.intervals import to_us
from calltrace.tables import phones

TOGETHER = "together"
"""Of a candidate's and a finding's data: how many accounts were silent together."""

COVERED = 0.5
"""Part of such a silence that an outage already found must have, of most of its accounts, to be why."""

MOST = 200
"""Gaps of the window that are held against the others, those least likely by chance first."""


def silent_together(ground: Ground, found: Sequence[Candidate]) -> list[Candidate]:
    """Return the accounts silent together in the window, beside the outages already ``found``.

    None where every account is known to lie on one of several trunk groups: what they share is looked at by group then.
    """
    if len(ground.groups) > 1 and frozenset[str]().union(*ground.groups.values()).issuperset(ground.names_in_order):
        return []
    gaps = _gaps(ground)
    left, candidates = gaps[:MOST], []
    while left:
        log, anchor, own = left.pop(0)
        found_with: dict[str, tuple[float, Span]] = {}
        for other, name, span in gaps:  # the least likely of each account's comes first
            if span[0] < own[1] and own[0] < span[1]:
                found_with.setdefault(name, (other, span))
        found_with[anchor] = log, own
        if not worth(ground.baseline, [one for one, _ in found_with.values()]):
            continue
        beside = {name: span for name, (_, span) in found_with.items()}
        one = together(ground.baseline, anchor, beside)
        if one is None:
            continue
        left = [g for g in left if g[1] not in one.expected or not _within(g[2], one)]
        if not (_explained(one, found) or _side_by_side(ground, one)):
            candidates.append(_candidate(ground, one))
    return candidates


def _gaps(ground: Ground) -> list[tuple[float, str, Span]]:
    """Return the gaps between two calls of an account in the window that are unlikely by themselves, the least likely first.

    Each with log10 of its chance. Of accounts with nothing to learn from there are none.
    """
    names = ground.names_in_order
    rhythms = ground.baseline.all("account", names)
    found: list[tuple[float, str, Span]] = []
    if len(rhythms) < LEAST:
        return found
    begin, finish = to_us(ground.start), to_us(ground.end)
    for places, silences in rhythms.silences(begin, finish):
        gaps = silences.gaps(np.full(len(places), -np.log10(ALONE)))
        for series, start, end, log in zip(gaps.series, gaps.starts, gaps.ends, gaps.log, strict=True):
            rhythm = rhythms[int(places[series])]
            # the edges of the records are no calls: nobody knows when such a silence began, or will end
            known = rhythm.calls[0] <= start and end <= rhythm.calls[-1] if len(rhythm.calls) else False
            if log <= np.log10(ALONE) and rhythm.learned_from and known and begin <= end <= finish:
                found.append((float(log), names[int(places[series])], (int(start), int(end))))
    return sorted(found)


def _within(span: Span, one: Together) -> bool:
    return span[0] <= to_us(one.start) and to_us(one.end) <= span[1]


def _explained(one: Together, found: Iterable[Candidate]) -> bool:
    """Say whether an outage already found, of everybody or of a trunk group, has most of the silence and of its accounts."""
    for other in found:
        shared = min(one.end, other.end) - max(one.start, other.start)
        hit = {h.account for h in other.hits}
        if shared >= COVERED * (one.end - one.start) and len(hit & set(one.accounts)) > len(one.accounts) / 2:
            return True
    return False


def _side_by_side(ground: Ground, one: Together) -> bool:
    """Say whether all of them have numbers in one block, of which none took a call: a range tells it better."""
    blocks = [{phones.block_of(n) for n in ground.numbers_of.get(a, [])} for a in one.accounts]
    shared = {b for b in set.intersection(*blocks) if b}
    if not shared:
        return False
    calls = ground.case.calls
    inside = calls.loc[(calls["offered_at"] > one.start) & (calls["offered_at"] < one.end), "dnis"].dropna().astype(str)
    rang = {phones.block_of(number) for number in inside.unique()}
    return not shared <= rang


def _candidate(ground: Ground, one: Together) -> Candidate:
    hits = tuple(Hit(a, ground.names[a], lost, 0.0, f"{count(round(lost, 1), 'call')} expected, none on record")
                 for a, lost in one.expected.items())
    start, end = max(one.start, ground.start), min(one.end, ground.end)
    lost = sum(one.expected.values())
    return Candidate(
        screen="outage", account=None, asked=one.accounts[:ASKED], complaint="missed-calls", start=start, end=end,
        score=one.score, unit="platform-day", causes=("carrier-outage",), lost=lost, hits=hits,
        says=(f"fell silent and took calls again together, where {count(round(lost), 'call')} usually come; the other clients"
              f" had {count(one.came, 'call')}, {one.usual:.0f} are usual. No client's forwarding does that: what carries"
              " these clients' calls was down, the carrier's or the service's own, and the records name no trunk group that"
              " was"),
        data={TOGETHER: len(hits)} | whole((one.start, one.end), (start, end)))
