"""Many very short calls from a few callers.

They inflate abandonment, and the bill.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import CUT_SHORT, DOUBTFUL, other_drivers

CAUSE = Cause(
    title="a few callers made many very short calls",
    party="callers",
    complaints=("long-ring", "long-hold", "abandoned", "busy", "high-bill"),
    signs=(
        Sign("nuisance-callers", "for", "against",
             "a few callers made many very short calls"),
        Sign("abandoned-early", "for", "against",
             "those who left did so at once"),
        Sign("abandoned-more", "for", None,
             "more of the account's callers left than usual"),
        Sign("bill-nuisance", "for", "against",
             "the rise lies in very short calls of a few callers"),
        Sign("bill-more-calls", "against", None,
             "the rise lies in ordinary calls"),
        Sign("waits-rose", "against", None,
             "callers of all accounts waited"),
        Sign("fewer-agents", "against", None,
             "fewer agents were logged in"),
        Sign("ends-in-announcement", "against", None,
             "the calls ended in an announcement"),
        Sign("wide-surge", "against", None,
             "many accounts were up together"),
        *other_drivers("bill-more-calls", "bill-nuisance"),
        Sign("group-cuts-short", "against", None,
             "most calls of one trunk group were over at once, and the callers called again", beside="one-way-audio"),
        *CUT_SHORT,
        *DOUBTFUL,
    ),
    asks_next=(
        ("Block or screen these callers' numbers, if the client agrees: calltrace calls with --account, --from, --to and --by"
         " caller tells which they are."),
        "Take their calls off the bill.",
    ),
    neighbours={
        "own-surge":
            "many different callers",
        "announcement-dead-end":
            "all callers end in the announcement",
    },
    settled_by=(
        "the numbers' owner, as far as the carrier tells",
    ),
    lasted="nuisance-callers",
)
