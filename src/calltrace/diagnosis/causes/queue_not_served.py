"""An account's calls are sent to a queue, to agents or to a skill that nobody serves: its callers wait until they leave.

From some time on, or in all the records, hardly any of them reaches an agent, while other accounts' callers do.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="the account's calls waited where nobody served them",
    party="service",
    complaints=("long-ring", "long-hold", "abandoned", "missed-calls", "caller-claim"),
    told_by="callers-unserved",
    signs=(
        Sign("callers-unserved", "for", "against",
             "hardly any caller who waited reached an agent, while other accounts' did"),
        Sign("lost-after-arrival", "for", None,
             "calls arrived and never reached an agent"),
        Sign("ends-in-announcement", "against", None,
             "the calls ended in an announcement"),
        Sign("agent-rings-out", "against", None,
             "the calls rang at agents, who let them ring"),
        Sign("nuisance-callers", "against", None,
             "a few callers made many very short calls"),
        Sign("abandoned-early", "against", None,
             "those who left did so at once, as robots do"),
        Sign("account-silent", "against", None,
             "no calls arrived"),
        Sign("caller-found", None, "against",
             "no call of that number is on record"),
        Sign("caller-was-handled", "against", None,
             "the call was answered"),
        Sign("caller-hung-up-soon", "against", None,
             "the caller left within seconds"),
    ),
    asks_next=(
        "Look up to which queue, agents or skill the account's calls are sent, who is logged in to it, and since when.",
        "Find what changed on the switch, or in the agents' log-ins, at the time the first call was left waiting.",
        "Call back those who left: their numbers are in the list of calls.",
    ),
    neighbours={
        "understaffed":
            "the callers of all accounts wait",
        "agent-not-answering":
            "the calls ring at agents who let them ring",
        "announcement-dead-end":
            "the calls end in a recording",
        "path-limit":
            "callers are refused while others of the account are answered; those who wait for nobody fill its paths as well",
        "caller-hung-up":
            "callers leave within seconds",
    },
    settled_by=(
        "the account's routing, and which agents were logged in to its queue",
    ),
    lasted="callers-unserved",
)
