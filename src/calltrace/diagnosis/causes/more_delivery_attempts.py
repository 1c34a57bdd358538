"""The bill rose with the delivery attempts a message.

Nobody acknowledges, so the service goes on trying as it was told.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="messages took more delivery attempts, since nobody acknowledged them",
    party="client",
    complaints=("high-bill",),
    signs=(
        Sign("bill-more-attempts", "for", "against",
             "messages took more attempts each, nobody acknowledging"),
        Sign("bill-more-calls", "against", None,
             "the rise lies in the number of calls"),
        Sign("bill-longer-calls", "against", None,
             "the rise lies in the length of calls"),
        Sign("bill-outside-coverage", "against", None,
             "the rise lies outside the coverage"),
        Sign("bill-nuisance", "against", None,
             "the rise lies in very short calls of a few callers"),
        Sign("bill-rose", None, "against",
             "the bill did not rise beyond chance"),
    ),
    asks_next=(
        "Ask why the on-call person does not acknowledge, and whether the number is right.",
        "Offer another way to deliver, or fewer repeats.",
    ),
    neighbours={
        "delivery-failed":
            "the attempts failed for technical reasons",
        "more-calls":
            "more calls brought more messages",
    },
    settled_by=(
        "the on-call person's word",
        "the delivery instructions of the account",
    ),
)
