"""Calls of all accounts took longer to handle than usual.

Waits up at ordinary volume and staffing.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="calls took longer to handle across all accounts",
    party="service",
    complaints=("long-ring", "long-hold", "abandoned", "busy"),
    signs=(
        Sign("handling-slow", "for", "against",
             "calls of all accounts took longer to handle"),
        Sign("waits-rose", "for", "against",
             "callers of all accounts waited longer than usual"),
        Sign("held-after-answer", "against", "for",
             "most of the waiting came after an agent had answered"),
        Sign("own-rings-long", "for", None,
             "the account's calls rang longer than usual"),
        Sign("own-waits-long", "for", None,
             "the account's callers waited longer than usual"),
        Sign("abandoned-more", "for", None,
             "more of the account's callers left than usual"),
        Sign("own-surge", "against", None,
             "the account's own callers came in far above its normal"),
        Sign("other-surge", "against", None,
             "another account's surge took the agents"),
        Sign("wide-surge", "against", None,
             "many accounts were up together"),
        Sign("fewer-agents", "against", None,
             "fewer agents were logged in"),
        Sign("agent-rings-out", "against", None,
             "agents let calls ring out"),
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
        "Ask what slowed everybody: a system outage, a new script, training?",
        "Tell the client when it was and that it was not its callers.",
    ),
    neighbours={
        "understaffed":
            "handling as usual, agents missing",
        "agent-long-holds":
            "one agent's calls alone",
    },
    settled_by=(
        "the state of the agents' screens and systems at that time",
        "handling time by agent",
    ),
)
