"""The records do not bear the complaint out.

Calls arrived, waited and were answered as usual for this account at that time.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="the records do not bear the complaint out",
    party="nobody",
    complaints=("missed-calls",),
    signs=(
        Sign("calls-arrived", "for", "against",
             "calls arrived as usual"),
        Sign("lost-after-arrival", "against", "for",
             "the calls that arrived reached an agent about as often as usual"),
        Sign("account-silent", "against", None,
             "there was a gap beyond chance"),
        Sign("some-numbers-silent", "against", None,
             "one number was silent beyond chance"),
        Sign("platform-silent", "against", None,
             "the whole platform was silent"),
        Sign("trunk-silent", "against", None,
             "the whole trunk group was silent"),
        Sign("kpi-counts-calls", "against", None,
             "the switch counted calls that have no record"),
    ),
    asks_next=(
        "Ask for one call the client has in mind: the caller's number and the time.",
        "Send the list of the calls of that time with agent and outcome.",
    ),
    neighbours={
        "expected-quiet":
            "no calls were to be expected, and none came",
        "caller-hung-up":
            "one caller left within seconds",
    },
    settled_by=(
        "the number and time of one caller who complained",
    ),
)
