"""Who is meant: agents and trunk groups as people write them, and the nearest where nobody is."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, cast

from calltrace.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calltrace.tables.case import Case


KNOWN = "people.known."
"""In a Case's cache, before "agent" or "trunk_group": names the records have, though none of the Case's rows does."""


def agents_of(case: Case) -> list[str]:
    """Return every agent the records name, sorted."""
    named = [case.table("agents")["agent"], case.table("messages")["agent"]]
    beside = cast("tuple[str, ...]", case.cache.get(f"{KNOWN}agent", ()))
    return sorted({*case.named("agent"), *beside, *(str(a) for column in named for a in column.dropna().unique())})


def trunk_groups_of(case: Case) -> list[str]:
    """Return every trunk group the records name, sorted."""
    kpi = case.table("kpi")["scope"].dropna()
    named = [case.table("accounts")["trunk_group"], kpi[kpi != "platform"]]
    beside = cast("tuple[str, ...]", case.cache.get(f"{KNOWN}trunk_group", ()))
    return sorted({*case.named("trunk_group"), *beside, *(str(g) for column in named for g in column.dropna().unique())})


def agent(case: Case, wanted: str) -> str:
    """Return the agent that is meant: a name or id, in any case, or an unambiguous part of it."""
    return which("agent", wanted, agents_of(case))


def trunk_group(case: Case, wanted: str) -> str:
    """Return the trunk group that is meant."""
    return which("trunk group", wanted, trunk_groups_of(case))


def which(kind: str, wanted: str, known: Iterable[str]) -> str:
    """Return the one of the known names that is meant.

    Raises
    ------
    InputError
        None of them, or more than one; the nearest are offered.

    Examples
    --------
    >>> which("agent", "ann", ["Ann Lee", "Bo Day"])
    'Ann Lee'
    """
    names = sorted(known)
    if wanted in names:
        return wanted
    folded = wanted.casefold().strip()
    found = [n for n in names if n.casefold() == folded] or [
        n for n in names if folded and folded in n.casefold()
    ]
    if len(found) == 1:
        return found[0]
    if found:
        more = f" and {len(found) - 6} more" if len(found) > 6 else ""
        raise InputError(
            f"{wanted!r} fits {len(found)} {kind}s: {', '.join(found[:6])}{more}",
            fix="Give more of the name.",
        )
    near = nearest(folded, names)
    if not names:
        raise InputError(
            f"these records name no {kind}", expected=f"a log that does, to look for {wanted!r} in"
        )
    raise InputError(
        f"no {kind} {wanted!r} among the {len(names)} of these records",
        fix=f"Did you mean {' or '.join(near)}?"
        if near
        else f"There are {', '.join(names[:8])}{' …' if len(names) > 8 else '.'}",
    )


def nearest(wanted: str, names: Iterable[str], most: int = 3) -> list[str]:
    """Return the names most like the one wanted, by the whole name or any of its words, best first."""
    scored = [
        (
            max(
                difflib.SequenceMatcher(None, wanted, w).ratio()
                for w in (n.casefold(), *n.casefold().split())
            ),
            n,
        )
        for n in names
    ]
    return [n for score, n in sorted(scored, key=lambda s: (-s[0], s[1])) if score > 0.6][:most]
