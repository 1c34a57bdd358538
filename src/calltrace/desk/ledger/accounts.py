"""Which account is meant when no logs are at hand: those the configuration names, and those of earlier cases."""

from __future__ import annotations

from collections.abc import Iterable

from calltrace.classes import dataclass
from calltrace.desk.ledger.ledger import Ledger
from calltrace.errors import UsageError


@dataclass(frozen=True)
class Known:
    """An account somebody has named before: its id, its name and its zone ('' where not known)."""

    account: str
    name: str = ""
    zone: str = ""


def known(ledger: Ledger | None, configured: Iterable[Known] = ()) -> tuple[Known, ...]:
    """Return every account that has a name, the configuration's word before the ledger's, in order of id."""
    found: dict[str, Known] = {}
    if ledger is not None:
        with ledger.database.reading():
            rows = ledger.database.rows("SELECT account, name, zone FROM cases ORDER BY id")
        found = {r["account"]: Known(r["account"], r["name"], r["zone"]) for r in rows}
    for one in configured:
        before = found.get(one.account, Known(one.account))
        found[one.account] = Known(one.account, one.name or before.name, one.zone or before.zone)
    return tuple(found[a] for a in sorted(found))


def meant(wanted: str, among: Iterable[Known]) -> Known | None:
    """Return the account that is meant: by its id, its name, or an unambiguous part of its name, in any case.

    Returns
    -------
    Known or None
        None where none fits: an account nobody has written about yet.

    Raises
    ------
    UsageError
        Where several fit.
    """
    folded = wanted.strip().casefold()
    listed = list(among)
    for exact in (
        [k for k in listed if k.account.casefold() == folded],
        [k for k in listed if k.name.casefold() == folded],
        [k for k in listed if folded and folded in k.name.casefold()],
    ):
        if len(exact) == 1:
            return exact[0]
        if exact:
            offered = "; ".join(f"{k.name} ({k.account})" for k in exact[:6])
            raise UsageError(f"{wanted!r} fits {len(exact)} accounts: {offered}", fix="Give more of the name, or the id.")
    return None
