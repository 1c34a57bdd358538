"""Another account's surge took the agents this account's callers waited for.

This account's own volume was ordinary.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="another account's surge took the agents",
    party="another-client",
    complaints=("long-ring", "long-hold", "abandoned", "busy"),
    signs=(
        Sign("other-surge", "for", "against",
             "another account's callers came in far above its normal"),
        Sign("waits-rose", "for", "against",
             "callers of all accounts waited longer than usual"),
        Sign("held-after-answer", "against", "for",
             "most of the waiting came after an agent had answered"),
        Sign("own-rings-long", "for", None,
             "the account's calls rang longer than usual"),
        Sign("own-waits-long", "for", None,
             "the account's callers waited longer than usual"),
        Sign("abandoned-more", "for", None,
             "more of the account's callers left"),
        Sign("others-abandoned-more", "for", None,
             "more of the other accounts' callers left as well"),
        Sign("own-surge", "against", None,
             "the account's own callers rose"),
        Sign("wide-surge", "against", None,
             "many accounts were up together"),
        Sign("fewer-agents", "against", None,
             "fewer agents were logged in"),
        Sign("handling-slow", "against", None,
             "calls took longer to handle"),
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
    ),
    asks_next=(
        "Do not name the other client to this one.",
        "Plan agents for the other account's known promotions, and limit its paths if it comes again.",
    ),
    neighbours={
        "wide-surge":
            "many accounts rose together",
        "own-surge":
            "the account's own callers rose",
        "understaffed":
            "fewer agents than usual",
    },
    settled_by=(
        "calls by account in that hour",
    ),
)
