"""Agents' logins and logouts whose counterpart was lost from the log, and how long such a session will have lasted.

A log that lost a single logout has its agent in until the next one, a day later; one that lost a login has them out for a
whole shift. A second login beside the first (a second queue, a telephone that registered anew) looks the same and is not:
it comes within the time an agent usually stays. So only a stretch longer than that is taken for two sessions with a row
missing between them, and the one whose end, or beginning, is not known for as long as that agent's usually are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.tables.later import later

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
else:
    pd = later("pandas")

LEAST_SESSIONS = 3
"""Whole sessions of one agent from which their own length tells; with fewer, that of all agents, if these
have as many."""


@dataclass(frozen=True)
class Logins:
    """Logins and logouts in order of agent and time: whose (a code), when (microseconds), and whether a login.

    ``rows`` are their places in the table; ``lost`` those, among these rows, of the second one of two logins, or of two
    logouts, between which one was lost, and ``lasts`` how long such an agent usually stays (microseconds).
    """

    agent: NDArray[np.int64]
    at: NDArray[np.int64]
    enters: NDArray[np.bool_]
    rows: NDArray[np.int64]
    lost: NDArray[np.int64]
    lasts: NDArray[np.int64]

    def mended(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Return whose, when and whether a login, with a row for each that was lost, in order of agent and time."""
        if not len(self.lost):
            return self.agent, self.at, self.enters
        second = self.enters[self.lost]
        when = np.where(second, self.at[self.lost - 1] + self.lasts, self.at[self.lost] - self.lasts)
        agent = np.concatenate((self.agent, self.agent[self.lost]))
        at, enters = np.concatenate((self.at, when)), np.concatenate((self.enters, ~second))
        order = np.lexsort((np.arange(len(at)), at, agent))
        return agent[order], at[order], enters[order]


def logins(agents: pd.DataFrame) -> Logins:
    """Return the logins and logouts of the agents' log (``agent``, ``event``, ``at``), and which of them lost a counterpart."""
    events = agents["event"]
    rows = np.flatnonzero(np.asarray(events.isin(["login", "logout"])))
    own = agents.iloc[rows]
    index = pd.DatetimeIndex(own["at"]).as_unit("us")
    code = np.asarray(own["agent"].astype("category").cat.codes, dtype=np.int64)
    at, enters = np.asarray(index.asi8, dtype=np.int64), np.asarray(own["event"] == "login")
    order = np.lexsort((np.arange(len(at)), at, code))
    code, at, enters, rows = code[order], at[order], enters[order], rows[order]
    nobody = np.empty(0, dtype=np.int64)
    again = np.flatnonzero((code[1:] == code[:-1]) & (enters[1:] == enters[:-1])) + 1
    if not len(again):
        return Logins(code, at, enters, rows, nobody, nobody)
    usual = _usual(code, at, enters)
    if usual is None:
        return Logins(code, at, enters, rows, nobody, nobody)
    lasts = usual[code[again]]
    torn = at[again] - at[again - 1] > lasts
    return Logins(code, at, enters, rows, again[torn], lasts[torn])


def _usual(code: NDArray[np.int64], at: NDArray[np.int64], enters: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    """Return by agent how long a session usually lasts, first login to first logout; None where too few tell."""
    changes = np.concatenate(([True], (code[1:] != code[:-1]) | (enters[1:] != enters[:-1])))
    code, at, enters = code[changes], at[changes], enters[changes]
    whole = np.flatnonzero(enters[:-1] & ~enters[1:] & (code[1:] == code[:-1]))
    if len(whole) < LEAST_SESSIONS:
        return None
    lasted = pd.Series(at[whole + 1] - at[whole]).groupby(code[whole]).agg(["median", "size"])
    usual = np.full(int(code.max()) + 1, np.median(at[whole + 1] - at[whole]))
    sure = lasted[lasted["size"] >= LEAST_SESSIONS]
    usual[sure.index.to_numpy()] = sure["median"].to_numpy()
    return usual.astype(np.int64)
