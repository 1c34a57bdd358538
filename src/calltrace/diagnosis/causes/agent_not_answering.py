"""Logged-in agents let offered calls ring out.

One or many, named.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="a logged-in agent let calls ring out",
    party="service",
    complaints=("long-ring", "long-hold", "abandoned", "busy", "missed-calls"),
    signs=(
        Sign("agent-rings-out", "for", "against",
             "a logged-in agent let offered calls ring out"),
        Sign("agent-answers-fewer", "for", None,
             "an agent at work answered far fewer calls than usual"),
        Sign("waits-rose", "for", None,
             "callers of all accounts waited longer"),
        Sign("held-after-answer", "against", "for",
             "most of the waiting came after an agent had answered"),
        Sign("own-rings-long", "for", "against",
             "the account's calls rang longer than usual"),
        Sign("own-waits-long", "for", None,
             "the account's callers waited longer than usual"),
        Sign("abandoned-more", "for", None,
             "more of the account's callers left"),
        Sign("lost-after-arrival", "for", None,
             "calls arrived and never reached an agent"),
        Sign("own-surge", "against", None,
             "the account's own callers came in far above its normal"),
        Sign("other-surge", "against", None,
             "another account's surge took the agents"),
        Sign("wide-surge", "against", None,
             "many accounts were up together"),
        Sign("handling-slow", "against", None,
             "calls took longer to handle"),
        Sign("fewer-agents", "against", None,
             "fewer agents were logged in"),
        Sign("abandoned-early", "against", None,
             "those who left did so at once, as robots do"),
        Sign("ends-in-announcement", "against", None,
             "the calls ended in an announcement"),
        Sign("nuisance-callers", "against", None,
             "a few callers made many very short calls"),
        Sign("refused-at-ordinary-volume", "against", None,
             "callers were refused at the path limit"),
    ),
    asks_next=(
        "Ask the agent named what happened: away without logging out, a dead headset, calls not seen?",
        "Set the switch to pause an agent after a call that rang out.",
    ),
    neighbours={
        "understaffed":
            "agents not logged in at all",
        "agent-long-holds":
            "the calls are answered, then held",
    },
    settled_by=(
        "the ring-no-answer events of the agents' log",
        "the agent's own account",
    ),
)
