"""Which account is meant: its id, its number, or an unambiguous part of its name."""

from __future__ import annotations

import difflib

from calltrace.errors import UnknownAccountError
from calltrace.tables import known_as, national, phones
from calltrace.tables.case import Case
from calltrace.tables.owners import numbers_of


def known(case: Case) -> dict[str, str]:
    """Return the name of every account, by id; those without a row in the accounts table have their id as name."""
    accounts = case.table("accounts")
    names = {a: a for a in case.codes("account")[1]}
    for account, name in zip(accounts["account"], accounts["name"], strict=True):
        names[str(account)] = str(account) if name is None or name != name else str(name)  # noqa: PLR0124 (NA)
    return names


def resolve(case: Case, wanted: str) -> str:
    """Return the id of the account that is meant.

    Raises
    ------
    UnknownAccountError
        No account, or more than one, fits; the nearest names are offered.
    """
    names = known(case)
    if wanted in names:
        return wanted
    folded = wanted.casefold().strip()
    for account in names:
        if account.casefold() == folded:
            return account
    rewritten = known_as.meant(case.table("accounts"), [wanted])  # as a log may write it: 1590.0, "1590 - Thornton"
    if wanted in rewritten:
        return rewritten[wanted]
    by_number = _by_number(case, wanted)
    if by_number:
        return by_number
    exact = [a for a, n in names.items() if n.casefold() == folded]
    parts = exact or [a for a, n in names.items() if folded and folded in n.casefold()]
    if len(parts) == 1:
        return parts[0]
    if parts:
        offered = "; ".join(f"{names[a]} ({a})" for a in sorted(parts)[:6])
        raise UnknownAccountError(f"{wanted!r} fits {len(parts)} accounts: {offered}", fix="Give more of the name, or the id.")
    near = _nearest(folded, names)
    raise UnknownAccountError(
        f"there is no account {wanted!r} among the {len(names)} of these records",
        fix=f"Did you mean {near}?" if near else "List the accounts with: calltrace inspect PATH")


def _by_number(case: Case, wanted: str) -> str:
    if sum(ch.isdigit() for ch in wanted) < 7:
        return ""
    number = phones.one(wanted)
    if not number:
        return ""
    owned = [*numbers_of(case.table("accounts"))]
    own = national.meant(wanted, (n for n, _, _ in owned))
    claiming = dict.fromkeys(account for n, account, _ in owned if n in own)
    if len(claiming) == 1:
        return next(iter(claiming))
    if claiming:
        if len(case.rows("account", number)):  # calls to it that name no account go by the number
            return number
        raise UnknownAccountError(
            f"{number} is in the accounts table for {len(claiming)} accounts: {', '.join(claiming)}", fix="Give the account's id."
        )
    calls = case.calls
    hit = calls.loc[(calls["dnis"] == number).fillna(value=False), "account"].dropna()
    if len(hit):
        return str(hit.iloc[0])
    dialled = national.meant(wanted, case.codes("dnis")[1])
    hit = calls.loc[calls["dnis"].isin(dialled), "account"].dropna()
    if hit.nunique() > 1:
        raise UnknownAccountError(
            f"{wanted!r} may be any of the numbers {', '.join(dialled)}",
            fix="Give it with its country's code, or the account's id.",
        )
    return str(hit.iloc[0]) if len(hit) else ""


def _nearest(wanted: str, names: dict[str, str]) -> str:
    """Return up to three names near the one wanted, by whole name, by any of its words, and by id."""
    scored = []
    for account, name in names.items():
        words = [name.casefold(), account.casefold(), *name.casefold().split()]
        scored.append((max(difflib.SequenceMatcher(None, wanted, w).ratio() for w in words), name, account))
    best = sorted((s for s in scored if s[0] > 0.6), key=lambda s: (-s[0], s[1]))[:3]
    return ", ".join(f"{n} ({a})" if n != a else a for _, n, a in best)
