"""How long each attempt rang, waited and was talked on, and whether a machine picked it up first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.intake.asterisk.columns import NO_TIME, at_rows, between, codes, matches, said
from calltrace.intake.asterisk.course import DOUBTFUL_PICKUP_S
from calltrace.intake.asterisk.legs import WENT_ON_S

if TYPE_CHECKING:
    from calltrace.intake.asterisk.columns import Floats, Ints, Mask, Texts
    from calltrace.intake.asterisk.course import Course, Rows


def durations(rows: Rows, course: Course, auto: Ints) -> tuple[Floats, Floats, Floats]:
    """Return ring, queue and talk in seconds, NaN where neither log says it.

    A queue row's billsec holds greeting, wait and talk together, so behind an automatic pick-up only the
    queue_log tells them apart, or the legs of a Local channel that the agent was reached by.
    """
    log, picked = rows.log, course.picked
    ring = between(np.where(picked != NO_TIME, picked, course.over), course.offered)
    to_voicemail = at_rows(rows.start, rows.first_where(rows.app.voicemail & rows.own), NO_TIME)
    until = np.where(to_voicemail != NO_TIME, to_voicemail, course.over)
    until = np.where(log.left != NO_TIME, log.left, until)
    lost = np.where(course.reached, np.nan, between(until, picked))
    met, spoken = _behind_local(rows, course)
    told = between(log.connected, picked) + log.again_s
    waited = np.where(course.by_log, told, np.where(met != NO_TIME, between(met, picked), lost))
    queue = np.where(auto == 1, waited, np.where(auto == 0, 0.0, np.nan))
    seconds_billed = rows.legs["billsec_s"].to_numpy(dtype=float)
    billed = at_rows(seconds_billed, course.person, np.nan)
    np.add.at(billed, rows.call[course.went_on], np.nan_to_num(seconds_billed[course.went_on]))
    by_log = np.where(np.isnan(log.talk_s), between(course.over, log.connected) - log.again_s, log.talk_s)
    talk = np.where(course.by_log, by_log, np.where(auto == 0, billed, np.where(auto == 1, spoken, np.nan)))
    unsaid = course.reached & ~course.by_log & (course.picked == NO_TIME)
    ring, queue = (np.where(unsaid, np.nan, each) for each in (ring, queue))
    return ring, queue, np.where(course.reached, talk, 0.0)


def _behind_local(rows: Rows, course: Course) -> tuple[Ints, Floats]:
    """Return when an agent behind a Local channel took each call (NO_TIME where not told) and the talk in seconds.

    The channel's far half has a row of its own, with the phone's own answer; where the channel was taken out of the
    call the caller's next row begins with the talk.
    """
    billed = rows.legs["billsec_s"].to_numpy(dtype=float)
    far = matches(rows.legs["channel"], lambda name: name.str.startswith("Local/"))
    half = rows.first_where(course.person_leg & ~rows.own & far & (billed > 0))
    onward = rows.first_where(course.went_on)
    spoken = np.bincount(rows.call[course.went_on], weights=np.nan_to_num(billed[course.went_on]), minlength=rows.size)
    met = np.where(onward >= 0, at_rows(rows.start, onward, NO_TIME), at_rows(rows.answer, half, NO_TIME))
    return met, np.where(onward >= 0, spoken, at_rows(billed, half, np.nan))


def automatic(rows: Rows, course: Course, dnis: Texts, account: Texts) -> Ints:
    """Say whether a machine picked up first: 1 yes, 0 no, -1 where the logs don't say.

    With the queue_log it is the switch's answer against the agent's. Without, the habit of a number (of the
    account, where the number is not known) tells: its unanswered calls have an answer time, or nearly
    everything to it is answered within two seconds.
    """
    picked, reached, by_log = course.picked, course.reached, course.by_log
    auto = np.where(picked == NO_TIME, 0, np.where(reached, -1, 1))
    first = (picked != NO_TIME) & (picked < rows.log.connected - DOUBTFUL_PICKUP_S)
    met, _ = _behind_local(rows, course)
    told = ~by_log & reached & (met != NO_TIME) & (picked != NO_TIME)
    auto = np.where(told, picked < np.where(told, met, 0) - DOUBTFUL_PICKUP_S, np.where(by_log, first, auto)).astype(np.int64)
    unsure = auto == -1
    if not unsure.any():
        return auto
    # rings that failed although the call was already answered
    by_person = np.append(rows.answer, NO_TIME)[course.person][rows.call]
    ignored = rows.any_of(rows.own & rows.has_far & (rows.answer != NO_TIME) & (rows.answer < by_person))
    lag = np.where(picked != NO_TIME, picked - course.offered, -1)
    seen = {
        "quick": reached & (lag >= 0) & (lag <= WENT_ON_S),
        "slow": reached & (lag > WENT_ON_S + DOUBTFUL_PICKUP_S),
        "after": (~reached & (lag >= 0)) | ignored,
        "before": ~reached & (lag < 0),
    }
    habit = np.where(said(dnis), _habit(dnis, seen), _habit(account, seen))
    habit = np.where(ignored, 1, habit)
    # an agent's own pick-up after several seconds of ringing is no machine's, whatever the number's habit
    habit = np.where(seen["slow"] & (habit != 1), 0, habit)
    return np.where(unsure, habit, auto).astype(np.int64)


def _habit(of: Texts, seen: dict[str, Mask]) -> Ints:
    """Return for each call whether its number's calls are picked up by a machine: 1 yes, 0 no, -1 unknown."""
    number, names = codes(pd.Series(of, dtype="string"))
    size = len(names) + 1  # the last place, number -1, is for calls without a number
    count = {name: np.bincount(number[mask] % size, minlength=size) for name, mask in seen.items()}
    machine = (count["after"] > count["before"]) & (count["quick"] >= count["slow"])
    machine |= (count["quick"] >= 5) & (count["quick"] >= 9 * count["slow"])
    rings = ~machine & (count["slow"] > 0)
    habit = np.where(machine, 1, np.where(rings, 0, -1)).astype(np.int64)
    habit[-1] = -1
    return habit[number]
