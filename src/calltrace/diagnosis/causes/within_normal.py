"""The records do not bear the complaint out.

Calls arrived, waited and were answered as usual for this account at that time.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import CUT_SHORT

CAUSE = Cause(
    title="the records do not bear the complaint out",
    party="nobody",
    complaints=("long-ring", "long-hold", "abandoned", "busy", "missed-calls", "high-bill"),
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
        Sign("waits-rose", "against", "for",
             "callers of all accounts waited longer than usual"),
        Sign("own-rings-long", "against", "for",
             "the account's calls rang longer than usual"),
        Sign("own-waits-long", "against", "for",
             "the account's callers waited longer than usual"),
        Sign("own-holds-long", "against", "for",
             "the account's callers were kept on hold"),
        Sign("abandoned-more", "against", "for",
             "more of the account's callers left than usual"),
        Sign("refused-busy", "against", "for",
             "the account's callers were refused"),
        Sign("ends-in-announcement", "against", None,
             "calls ended in an announcement"),
        Sign("callers-unserved", "excludes", None,
             "the account's callers waited and reached nobody, while others' did"),
        Sign("lost-together", "excludes", None,
             "everybody's calls were lost as they came in"),
        Sign("trunks-flattened", "against", None,
             "the trunk group was short of lines"),
        Sign("blocked-at-ordinary-volume", "against", None,
             "calls were blocked"),
        Sign("trunks-too-few", None, None,
             "more calls were blocked than a trunk group is built for", disputes=True),
        Sign("own-surge", "against", None,
             "the account's own callers rose"),
        Sign("nuisance-callers", "against", None,
             "a few callers made many very short calls"),
        Sign("agent-holds", "against", None,
             "one agent held callers"),
        Sign("agent-rings-out", "against", None,
             "agents let calls ring out"),
        Sign("bill-rose", "against", "for",
             "the bill rose beyond chance"),
        Sign("bill-outside-coverage", "against", None,
             "calls came outside the coverage"),
        Sign("bill-more-attempts", "against", None,
             "messages took more attempts"),
        Sign("bill-more-calls", "against", None,
             "more calls came"),
        Sign("bill-longer-calls", "against", None,
             "calls took longer"),
        Sign("agent-alone-cuts-short", "against", None,
             "one agent's calls were over at once", beside="agent-ends-calls"),
        Sign("group-cuts-short", "against", None,
             "most calls of one trunk group were over at once", beside="one-way-audio"),
        Sign("calls-of-another", None, None,
             "many of the calls were made to another account's number", disputes=True),
        *CUT_SHORT,
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
