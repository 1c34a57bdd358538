"""Fewer agents than usual for the hour, at a volume the usual staff handles.

Waits up, handling time ordinary.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="there were fewer agents than usual",
    party="service",
    complaints=("long-ring", "long-hold", "abandoned", "busy", "missed-calls"),
    signs=(
        Sign("fewer-agents", "for", "against",
             "fewer agents were logged in than usual for that hour"),
        Sign("waits-rose", "for", "against",
             "callers of all accounts waited longer than usual"),
        Sign("held-after-answer", "against", "for",
             "most of the waiting came after an agent had answered"),
        Sign("own-rings-long", "for", "against",
             "the account's calls rang longer than usual"),
        Sign("own-waits-long", "for", "against",
             "the account's callers waited longer than usual"),
        Sign("abandoned-more", "for", "against",
             "more of the account's callers left than usual"),
        Sign("lost-after-arrival", "for", "against",
             "calls arrived and never reached an agent"),
        Sign("own-surge", "against", None,
             "the account's own callers came in far above its normal"),
        Sign("other-surge", "against", None,
             "another account's surge took the agents"),
        Sign("wide-surge", "against", None,
             "many accounts were up together"),
        Sign("handling-slow", "against", None,
             "calls took longer to handle"),
        Sign("agent-rings-out", "against", None,
             "logged-in agents let calls ring out"),
        Sign("agent-answers-fewer", "for", None,
             "an agent answered far fewer calls than usual: away, or not answering"),
        Sign("agent-holds", "against", None,
             "one agent held callers"),
        Sign("abandoned-early", "against", None,
             "those who left did so at once, as robots do"),
        Sign("ends-in-announcement", "against", None,
             "the calls ended in an announcement"),
        Sign("nuisance-callers", "against", None,
             "a few callers made many very short calls"),
        Sign("refused-at-ordinary-volume", "against", None,
             "callers were refused at the path limit"),
        Sign("trunks-flattened", "against", None,
             "the trunk group was short of lines"),
    ),
    asks_next=(
        "Look up who was rostered and who did not log in, and why.",
        "Tell the client when it was and what will change in the roster.",
    ),
    neighbours={
        "slow-handling":
            "as many agents as usual, each call taking longer",
        "other-account-surge":
            "the usual agents, taken by one account",
        "agent-not-answering":
            "agents logged in who let calls ring out",
    },
    settled_by=(
        "the roster of that day",
        "agents' login events",
        "the switch's count of staffed agents",
    ),
)
