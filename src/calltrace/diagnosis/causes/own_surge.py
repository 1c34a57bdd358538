"""The account's own callers came in far above its normal.

Announced or not; whatever they then ran into. A second try within an hour of one that was not served is no caller more: of
calls that came in it is said how many are left without such tries.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import CUT_SHORT

CAUSE = Cause(
    title="the account's own callers came in far above its normal",
    party="client",
    complaints=("long-ring", "long-hold", "abandoned", "busy", "missed-calls"),
    signs=(
        Sign("own-surge", "for", "against",
             "the account's own callers came in far above its normal"),
        Sign("other-surge", "against", None,
             "another account rose"),
        Sign("wide-surge", "against", None,
             "many accounts were up together"),
        Sign("nuisance-callers", "against", None,
             "a few callers made the calls"),
        Sign("refused-at-ordinary-volume", "against", "for",
             "callers were refused at an ordinary volume"),
        Sign("limit-lowered", "against", "for",
             "the account had more calls at once before"),
        Sign("refused-busy", "for", None,
             "the account's callers were refused as busy"),
        Sign("at-path-limit", "for", None,
             "they met the limit"),
        Sign("fewer-agents", "against", None,
             "fewer agents were logged in"),
        Sign("ends-in-announcement", "against", None,
             "the calls ended in an announcement"),
        Sign("trunks-flattened", "against", None,
             "the trunk group was short of lines"),
        Sign("group-cuts-short", "against", None,
             "most calls of one trunk group were over at once, and the callers called again", beside="one-way-audio"),
        Sign("calls-of-another", None, None,
             "many of the calls were made to another account's number", disputes=True),
        *CUT_SHORT,
    ),
    asks_next=(
        "Ask what brought so many callers, and whether it will come again.",
        "Ask to be told of promotions beforehand, so that agents and paths can be planned.",
    ),
    neighbours={
        "path-limit":
            "refused at ordinary volume",
        "wide-surge":
            "many accounts rose together",
        "other-account-surge":
            "another account rose",
    },
    settled_by=(
        "the client's own word on a promotion or event",
    ),
    told_by="own-surge",
    lasted="own-surge",
)
