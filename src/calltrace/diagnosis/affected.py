"""Who else was hit without complaining: the other accounts that share a verdict's trouble."""

from __future__ import annotations

from collections.abc import Mapping

from calltrace.diagnosis import words
from calltrace.diagnosis.accounts import known
from calltrace.diagnosis.diagnosis import Hit
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.scene import Scene, within

SILENCES = {
    "platform-silent": ("platform-outage", "planned-shutdown", "records-missing"),
    "trunk-silent": ("carrier-outage",),
}

MOST = 200
"""Accounts looked at, those with most calls first: the others hardly have calls to lose."""


def hits(scene: Scene, cause: str, pieces: Mapping[str, Evidence]) -> tuple[Hit, ...]:
    """Return the other accounts a shared trouble hit, those that lost most first; empty for a client's own."""
    for facet, shared in SILENCES.items():
        piece = pieces.get(facet)
        if cause in shared and piece is not None and piece.outcome is Outcome.FOUND:
            return _silenced(scene, piece, trunk=facet == "trunk-silent")
    listed = [h for p in pieces.values() if p.outcome is Outcome.FOUND for h in _listed(p, cause)]
    return tuple(listed)


def _silenced(scene: Scene, piece: Evidence, *, trunk: bool) -> tuple[Hit, ...]:
    calls = scene.case.calls
    if trunk:
        calls = calls[calls["trunk_group"].isin(scene.account.trunk_groups).fillna(value=False)]
    names = known(scene.case)
    start, end = piece.start, piece.end
    if start is None or end is None:
        return ()
    inside = within(calls, start, end)
    # the gap's first instant is the last call before it
    observed = inside[inside["offered_at"] > start]["account"].value_counts()
    found = []
    for account in calls["account"].astype("string").value_counts().index[:MOST]:
        if account == scene.account.account:
            continue
        expected = scene.baseline.of("account", str(account)).expected(start, end)
        if expected >= 0.5 and int(observed.get(account, 0)) == 0:
            found.append(Hit(str(account), names.get(str(account), str(account)), expected, 0.0,
                             f"{words.count(round(expected, 1), 'call')} expected, none on record"))
    return tuple(sorted(found, key=lambda h: (-(h.expected or 0), h.account)))


def _listed(piece: Evidence, cause: str) -> list[Hit]:
    """Return the accounts a check itself names as hit, in ``data["also_affected"]`` under the cause."""
    listed = piece.data.get("also_affected")
    if not isinstance(listed, dict) or cause not in listed:
        return []
    return [Hit(str(h["account"]), str(h["name"]), h.get("expected"), h.get("observed"), str(h["says"]))
            for h in listed[cause]]
