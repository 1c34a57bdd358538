"""The formulas of the field, each in its one home: ASA, AHT, abandon rate, service level, occupancy.

Pure: counts and seconds go in, one Float64 Series comes out, NA where nothing was there to divide by. No
thresholds (those stand in the profile) and no defaults where the field has more than one convention.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

Abandons = Literal["missed", "early_ignored", "ignored", "met"]
"""What a hang-up counts as in the service level. One worked day reads 81 to 86 % by the choice.

``missed``
    every abandoned call counts against: answered in time / (answered + abandoned).
``early_ignored``
    those who left within the threshold count neither way: answered in time / (answered + abandoned later).
``ignored``
    no abandoned call counts: answered in time / answered.
``met``
    those who left within the threshold were served in time: (answered + abandoned in time) / (answered +
    abandoned).
"""


def _ratio(top: pd.Series, below: pd.Series) -> pd.Series:
    bottom = below.astype("Float64")
    return (top.astype("Float64") / bottom.where(bottom > 0)).astype("Float64")


def asa(counts: pd.DataFrame) -> pd.Series:
    """Average speed of answer: waiting time of answered calls over answered calls.

    Parameters
    ----------
    counts : DataFrame
        ``answer_wait_s`` (ring and queue seconds of answered calls, summed) and ``answered`` (calls).

    Returns
    -------
    Series of Float64
        Seconds; NA where no call was answered.

    References
    ----------
    Cisco Unified Contact Center Enterprise reporting guide: answer wait time / calls answered; abandoned
    calls stay out of both.
    """
    return _ratio(counts["answer_wait_s"], counts["answered"])


def aht(counts: pd.DataFrame) -> pd.Series:
    """Average handling time: talk and hold of answered calls over answered calls.

    Parameters
    ----------
    counts : DataFrame
        ``talk_s``, ``hold_s`` (summed over answered calls) and ``answered``.

    Returns
    -------
    Series of Float64
        Seconds; NA where no call was answered or where either sum is not known. After-call work is not in the
        records and not in here.

    References
    ----------
    The generic layout: handling time is talk and hold of answered calls.
    """
    return _ratio(counts["talk_s"].astype("Float64") + counts["hold_s"].astype("Float64"), counts["answered"])


def abandon_share(counts: pd.DataFrame, *, short: Literal["counted", "left_out"]) -> pd.Series:
    """Share of callers who left before an agent.

    Parameters
    ----------
    counts : DataFrame
        ``answered``, ``abandoned``, and for ``left_out`` also ``abandoned_short``, in calls.
    short : {"counted", "left_out"}
        Whether those who left within the short-abandon limit count. ``left_out`` takes them from both sides.

    Returns
    -------
    Series of Float64
        Share, 0 to 1; NA where nobody was answered or left.

    References
    ----------
    Cisco: calls that abandon before the Abandon Call Wait Time are short calls, "not considered offered or
    abandoned"; RingCentral's ``abandonedThresholdSeconds`` of 0 counts all.
    """
    left = counts["abandoned"].astype("Float64")
    if short == "left_out":
        left = left - counts["abandoned_short"].astype("Float64")
    return _ratio(left, counts["answered"].astype("Float64") + left)


def service_level(counts: pd.DataFrame, *, abandons: Abandons) -> pd.Series:
    """Share of calls answered within the threshold, per row.

    Parameters
    ----------
    counts : DataFrame
        ``answered``, ``answered_in_time``, ``abandoned``, ``abandoned_in_time``, in calls. In time is within
        the service level's own threshold, for both.
    abandons : {"missed", "early_ignored", "ignored", "met"}
        What a hang-up counts as, see :data:`Abandons`. No default: the choice moves the answer.

    Returns
    -------
    Series of Float64
        Share, 0 to 1; NA where nothing counts as offered.

    Raises
    ------
    ValueError
        For a convention nobody knows.

    References
    ----------
    vcc.live (answered + abandoned below the line); Cisco's service level types (abandons ignored, negative,
    positive); Koole, Call Center Optimization (2013), on the choice.
    """
    answered, in_time = counts["answered"].astype("Float64"), counts["answered_in_time"].astype("Float64")
    left, left_soon = counts["abandoned"].astype("Float64"), counts["abandoned_in_time"].astype("Float64")
    if abandons == "missed":
        return _ratio(in_time, answered + left)
    if abandons == "early_ignored":
        return _ratio(in_time, answered + left - left_soon)
    if abandons == "ignored":
        return _ratio(in_time, answered)
    if abandons == "met":
        return _ratio(in_time + left_soon, answered + left)
    raise ValueError(f"abandons={abandons!r} is none of missed, early_ignored, ignored, met")


def occupancy(counts: pd.DataFrame) -> pd.Series:
    """Share of logged-in agents' time spent on calls.

    Parameters
    ----------
    counts : DataFrame
        ``talk_s``, ``hold_s`` (summed over answered calls) and ``staffed_s`` (agent-seconds logged in).

    Returns
    -------
    Series of Float64
        Share; above 1 where calls begun in the interval ran past its end. NA where nobody was logged in.

    References
    ----------
    Offered load over agents, Erlang's rho: Cooper, Introduction to Queueing Theory (1981), ch. 3.
    """
    return _ratio(
        counts["talk_s"].astype("Float64") + counts["hold_s"].astype("Float64"), counts["staffed_s"]
    )
