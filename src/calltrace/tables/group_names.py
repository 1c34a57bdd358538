"""The names of trunk groups: two that differ only in capitals, or in blanks around or within, are one group.

A switch that writes ``tg-a`` after an upgrade has not lost ``TG-A``; nor has a table typed by hand another one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calltrace.tables.later import later

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from calltrace.tables.case import Case
else:
    pd = later("pandas")

NAMED = (("accounts", "trunk_group"), ("kpi", "scope"), ("line_tests", "trunk_group"))
"""The columns beside the calls' that name trunk groups."""


def folded(name: str) -> str:
    """Return what two spellings of one trunk group's name share.

    >>> folded(" TG-A "), folded("Tg-a")
    ('tg-a', 'tg-a')
    """
    return " ".join(name.casefold().split())


def in_one_spelling(case: Case) -> Case:
    """Return the case with every trunk group under one name, that of most of its calls; itself where each has one."""
    if not case.has("calls.trunk_group"):
        return case
    known = case.named("trunk_group")
    beside = [(table, column, case.tables[table][column].dropna().unique()) for table, column in NAMED if table in case.tables]
    spelled: dict[str, list[str]] = {}
    for name in dict.fromkeys([*known, *(str(name) for _, _, names in beside for name in names)]):
        spelled.setdefault(folded(name), []).append(name)
    several = [names for names in spelled.values() if len(names) > 1]
    if not several:
        return case
    counts = dict(zip(known, np.diff(case.in_groups("trunk_group")[2]).tolist(), strict=True))
    of = {name: max(names, key=lambda n: (counts.get(n, 0), n)) for names in several for name in names}
    of = {name: chosen for name, chosen in of.items() if name != chosen}
    tables = dict(case.tables)
    if not of.keys().isdisjoint(known):
        tables["calls"] = tables["calls"].assign(trunk_group=_renamed(tables["calls"]["trunk_group"], of))
    for table, column, names in beside:
        if not of.keys().isdisjoint(names):
            tables[table] = tables[table].assign(**{column: _renamed(tables[table][column], of)})
    kept = {key: value for key, value in case.cache.items() if "trunk_group" not in key}
    return replace(case, tables=tables, cache=kept)


def same(names: pd.Series[str], name: str) -> pd.Series[bool]:
    """Return which of some trunk groups' names are this one's, however they are spelled; NA is none."""
    alike = [other for other in names.dropna().unique() if folded(str(other)) == folded(name)]
    return names.isin(alike)


def _renamed(values: pd.Series[str], of: Mapping[str, str]) -> pd.Series[str]:
    """Return a column of names with each that ``of`` knows under its other name."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        names = _under(values.cat.categories, of)
        known = pd.Index(sorted(set(names)), dtype=values.cat.categories.dtype)
        places = np.append(known.get_indexer(pd.Index(names, dtype=known.dtype)), -1)  # the last is that of none
        return pd.Series(
            pd.Categorical.from_codes(places[values.cat.codes.to_numpy()], categories=known), index=values.index)
    return values.replace(dict(of)).astype(values.dtype)


def _under(names: Iterable[str], of: Mapping[str, str]) -> list[str]:
    return [of.get(name, name) for name in names]
