"""What is to be said of an agents' log that lost single logins or logouts: who was there is then partly a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.errors import Location
from calltrace.tables.later import later
from calltrace.tables.problems import Problem
from calltrace.tables.sessions import logins
from calltrace.tables.text import visible

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.tables.case import Case
else:
    pd = later("pandas")


def told(case: Case) -> list[Problem]:
    """Return a note of the logins and logouts whose counterpart is missing; none of a store's slice, which is a part of a log."""
    agents = case.tables.get("agents")
    if case.slice_of is not None or agents is None or agents.empty:
        return []
    read = logins(agents)
    if not len(read.lost):
        return []
    second = agents.iloc[int(read.rows[read.lost[0]])]
    first = agents.iloc[int(read.rows[read.lost[0] - 1])]
    before, after = (f"{row['at'].tz_convert(case.zone):%Y-%m-%d %H:%M}" for row in (first, second))
    what = "login" if second["event"] == "login" else "logout"
    line = second["source_line"]
    return [
        Problem(
            at=Location(str(second["source_file"]), 0 if pd.isna(line) else int(line)),
            saw=(
                f"{len(read.lost):,} of {len(read.at):,} logins and logouts have no counterpart, the first a second {what} of"
                f" {visible(str(second['agent']))} {after} after that of {before}"
            ),
            expected="a logout after each login",
            fix="Such a session is taken to last as long as that agent's usually do; the switch's count of agents, where there is"
            " one, goes before it. Export the log again if it was cut or filtered.",
            table="agents",
            effect="noted",
            rows=0,
            kind="lost-login",
        )
    ]
