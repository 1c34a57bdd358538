"""Signs that several causes have in common, each written once."""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Sign

FEED = (
    Sign("log-hides-unanswered", "against", None, "the log would not show calls that nobody answered"),
    Sign("records-end-early", "against", None, "the records do not reach over the time"),
)
"""What a log that hides calls, or ends early, cannot prove."""

NOT_SHARED = (
    Sign("trunk-silent", "against", None, "the whole trunk group was silent"),
    Sign("platform-silent", "against", None, "everybody was silent"),
    Sign("kpi-counts-calls", "against", None, "the switch counted calls whose records are lost"),
)
"""A silence that others shared is not the client's own."""

QUIET_ANYWAY = (
    Sign("closure-announced", "against", None, "a closed office brings no calls"),
    Sign("low-volume", "against", None, "few or no calls are usual at that time"),
)
"""A time at which no calls were to be expected."""

WAITS_ROSE = (
    Sign("waits-rose", "for", "against", "callers of all accounts waited longer than usual"),
    Sign("held-after-answer", "against", "for", "most of the waiting came after an agent had answered"),
)
"""Everybody's waits rose, before an agent answered."""

LONG_WAITS = (
    Sign("own-rings-long", "for", "against", "the account's calls rang longer than usual"),
    Sign("own-waits-long", "for", "against", "the account's callers waited longer than usual"),
    Sign("abandoned-more", "for", "against", "more of the account's callers left than usual"),
    Sign("lost-after-arrival", "for", "against", "calls arrived and never reached an agent"),
)
"""The account's own callers waited, left, or were lost."""

NO_SURGE = (
    Sign("own-surge", "against", None, "the account's own callers came in far above its normal"),
    Sign("other-surge", "against", None, "another account's surge took the agents"),
    Sign("wide-surge", "against", None, "many accounts were up together"),
)
"""Nobody called more than usual."""

NO_DEAD_END = (
    Sign("abandoned-early", "against", None, "those who left did so at once, as robots do"),
    Sign("ends-in-announcement", "against", None, "the calls ended in an announcement"),
    Sign("nuisance-callers", "against", None, "a few callers made many very short calls"),
    Sign("refused-at-ordinary-volume", "against", None, "callers were refused at the path limit"),
)
"""The calls did not end in an announcement, at the path limit, or with robots."""

CUT_SHORT = (
    Sign("answers-cut-short", None, None, "most answered calls were over within seconds", disputes=True),
    Sign("agent-cuts-short", None, None, "an agent's calls were over within seconds", disputes=True),
)
"""Calls that were answered and not served, which no cause accounts for: more of them are no demand, and none is as usual."""

DOUBTFUL = (
    Sign("bill-calls-twice", None, None, "calls are on record twice", disputes=True),
    Sign("bill-calls-of-another", None, None, "calls were made to another account's number", disputes=True),
)
"""Calls whose records can't be right as they stand: no more people called, and nobody forwarded a line."""

ELSEWHERE = (
    Sign("account-silent", "against", None, "no calls came in, and none was answered"),
    Sign("some-numbers-silent", "against", None, "one number's calls did not come in"),
    Sign("trunk-silent", "against", None, "the whole trunk group was silent"),
    Sign("platform-silent", "against", None, "everybody was silent"),
    Sign("kpi-counts-calls", "against", None, "the switch counted calls whose records are lost"),
    Sign("lost-after-arrival", "against", None, "calls arrived and were lost before anybody answered"),
    Sign("ends-in-announcement", "against", None, "the calls ended in an announcement"),
    Sign("handling-slow", "against", None, "calls of all accounts took longer"),
    Sign("agent-rings-out", "against", None, "agents let calls ring out"),
)
"""What befalls calls before they are answered, or makes them last, is not what ends them once they are."""

TROUBLES = {
    "message-not-dispatched": "no attempt to deliver the message is on record",
    "first-attempt-late": "the first attempt came later than the account allows",
    "delivered-to-wrong-person": "the message went to somebody who was not on call by the roster as it stood",
    "roster-changed-later": "the roster was changed only after the message was taken",
    "change-never-recorded": "the change the client speaks of was never recorded",
    "sent-to-other-address": "the message went to another number or address than the roster gave",
    "delivery-all-failed": "every attempt failed or bounced",
}
"""What can go wrong with a message, in the order in which the first one wins."""

DRIVERS = {
    "bill-more-calls": "the rise lies in the number of calls",
    "bill-longer-calls": "the rise lies in the length of calls",
    "bill-more-attempts": "the rise lies in delivery attempts",
    "bill-outside-coverage": "the rise lies outside the coverage",
    "bill-nuisance": "the rise lies in very short calls of a few callers",
}
"""What makes a bill rise."""


def other_troubles(*own: str) -> tuple[Sign, ...]:
    """Return the signs of every trouble with a message but these: each of them explains it instead."""
    return tuple(
        Sign(f, "against", None, f"another trouble explains it: {why}") for f, why in TROUBLES.items() if f not in own)


def other_drivers(*own: str) -> tuple[Sign, ...]:
    """Return the signs of every driver of a bill but these."""
    return tuple(Sign(f, "against", None, why) for f, why in DRIVERS.items() if f not in own)
