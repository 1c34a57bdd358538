"""A trunk group has too few lines for its ordinary calls.

Calls are blocked and all its trunks are busy at the peaks of ordinary weeks, one week after another, always with as many in
use as it ever had, and more of them than a group is built for; nothing changed. A blocked call leaves no row, so that nobody
can tell whose it was.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="the trunk group has too few lines for its ordinary calls",
    party="service",
    complaints=("busy", "missed-calls"),
    signs=(
        Sign("trunks-too-few", "for", "against",
             "more calls are blocked at the peaks of ordinary weeks than a trunk group is built for"),
        Sign("trunks-flattened", "against", None,
             "the trunk group was full below what it used to carry"),
        Sign("refused-busy", "against", None,
             "the refusals were on the switch, at the account"),
        Sign("own-surge", "against", None,
             "the account's own callers rose"),
        Sign("wide-surge", "against", None,
             "many accounts were up together"),
        Sign("account-silent", "against", None,
             "there was a gap beyond chance, and lines that are full at peaks leave none"),
        Sign("some-numbers-silent", "against", None,
             "one number was silent beyond chance"),
        Sign("trunk-silent", "against", None,
             "the whole group was silent"),
        Sign("platform-silent", "against", None,
             "everybody was silent"),
        Sign("lost-after-arrival", "against", None,
             "calls were lost that had found a line"),
    ),
    asks_next=(
        "Look up how many lines the trunk group was ordered with; order as many more as its busy hour takes, or let it overflow.",
        "Tell the clients on the trunk group that some of their callers met a busy signal at its peaks; no record tells whose.",
        "Hold the interval counts against it again a week after: blocked calls, and trunks in use at most.",
    ),
    neighbours={
        "trunk-group-degraded":
            "the group was full below what it used to carry: lines were lost",
        "path-limit":
            "refused at the account's own limit",
        "own-surge":
            "the group was full because far more callers came, that once",
        "wide-surge":
            "the group was full because many accounts' callers came together, that once",
    },
    settled_by=(
        "how many lines were ordered for the trunk group",
        "the trunk group's interval counts of some weeks",
    ),
    told_by="trunks-too-few",
)
