"""The bill rose with the delivery attempts a message.

Nobody acknowledges, so the service goes on trying as it was told.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import other_drivers

CAUSE = Cause(
    title="messages took more delivery attempts, since nobody acknowledged them",
    party="client",
    complaints=("high-bill",),
    signs=(
        Sign("bill-more-attempts", "for", "against",
             "messages took more attempts each, nobody acknowledging"),
        Sign("bill-rose", None, "against",
             "the bill did not rise beyond chance"),
        *other_drivers("bill-more-attempts"),
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
