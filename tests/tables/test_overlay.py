from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from calltrace.tables.overlay import overlay
from calltrace.tables.schema import TABLES, conform

ACCOUNTS = TABLES["accounts"]

rows = st.lists(
    st.fixed_dictionaries(
        {
            "account": st.sampled_from("123"),
            "name": st.one_of(st.none(), st.sampled_from("AB")),
            "path_limit": st.one_of(st.none(), st.integers(1, 3)),
        }
    ),
    unique_by=lambda row: row["account"],
)


def table(listed: list[dict[str, object]]) -> pd.DataFrame:
    return conform(pd.DataFrame(listed, columns=["account", "name", "path_limit"]), ACCOUNTS)


def told(frame: pd.DataFrame) -> dict[str, tuple[object, object]]:
    clean = frame.astype(object).where(frame.notna(), None)
    return {a: (n, p) for a, n, p in zip(clean["account"], clean["name"], clean["path_limit"], strict=True)}


@given(rows, rows)
def test_what_is_said_above_stands_and_the_rest_shows_through(
    below: list[dict[str, object]], above: list[dict[str, object]]
) -> None:
    expected = {r["account"]: {**r} for r in below}
    for row in above:
        said = {k: v for k, v in row.items() if v is not None}
        expected[row["account"]] = {**expected.get(row["account"], dict.fromkeys(row)), **said}
    result = overlay(table(below), table(above), ACCOUNTS)
    assert told(result) == {a: (r["name"], r["path_limit"]) for a, r in expected.items()}
    assert result.dtypes.drop("source_file").equals(table(below).dtypes.drop("source_file"))


@given(rows, rows)
def test_laid_over_twice_is_laid_over_once(below: list[dict[str, object]], above: list[dict[str, object]]) -> None:
    once = overlay(table(below), table(above), ACCOUNTS)
    assert told(overlay(once, table(above), ACCOUNTS)) == told(once)


def test_nothing_below_is_what_is_above() -> None:
    assert told(overlay(None, table([{"account": "1", "name": "A", "path_limit": 2}]), ACCOUNTS)) == {"1": ("A", 2)}
