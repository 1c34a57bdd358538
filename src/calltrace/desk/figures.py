"""The figures of a page: what each is called, its unit, and its formula over the calls of one window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.board import board
from calltrace.diagnosis.profile import Profile
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.series import REFUSED
from calltrace.normal import metrics

if TYPE_CHECKING:
    from calltrace.tables.case import Case

ELSEWHERE = ("announcement", "voicemail")


@dataclass(frozen=True)
class Slice:
    """What a figure is made of: the calls of one window, their messages, and what else the switch counted then."""

    case: Case
    calls: pd.DataFrame
    start: pd.Timestamp
    end: pd.Timestamp
    key: str
    profile: Profile


@dataclass(frozen=True)
class Measure:
    """A figure to be made: its name, words, unit, formula, and the threshold that is its target."""

    name: str
    label: str
    unit: str
    formula: Callable[[Slice], float | None]
    target: str = ""
    at_least: bool = False
    peers: bool = False


def answered(s: Slice) -> pd.DataFrame:
    """Return the calls an agent answered."""
    return s.calls[s.calls["outcome"] == "answered"]


def _count(s: Slice) -> float | None:
    return float(len(s.calls))


def _share(of: Callable[[Slice], pd.Series[bool]]) -> Callable[[Slice], float | None]:
    """Return what gives the share of a window's calls of which something is true.

    Those of which it is not known count neither way.
    """

    def formula(s: Slice) -> float | None:
        known = of(s).dropna()
        return float(known.mean()) if len(known) else None

    return formula


def _is(*outcomes: str) -> Callable[[Slice], pd.Series[bool]]:
    return lambda s: s.calls["outcome"].isin(outcomes)


def _sums(s: Slice) -> pd.DataFrame:
    """Return one row of what the formulas of :mod:`metrics` are made of; calls whose wait is not known stay out."""
    limit = s.profile.value("service_level_s", s.key)
    waits = s.calls["wait_s"]
    answered = (s.calls["outcome"] == "answered") & waits.notna()
    left = s.calls["outcome"].isin(["abandoned", "no_answer"]) & waits.notna()
    return pd.DataFrame(
        {
            "answered": [int(answered.sum())],
            "answer_wait_s": [float(waits[answered].sum())],
            "answered_in_time": [int((waits[answered] <= limit).sum())],
            "abandoned": [int(left.sum())],
            "abandoned_in_time": [int((waits[left] <= limit).sum())],
        }
    )


def _one(values: pd.Series[float]) -> float | None:
    return None if pd.isna(values.iloc[0]) else float(values.iloc[0])


def _asa(s: Slice) -> float | None:
    return _one(metrics.asa(_sums(s)))


def _service_level(s: Slice) -> float | None:
    return _one(metrics.service_level(_sums(s), abandons="missed"))


def _aht(s: Slice) -> float | None:
    known = answered(s).dropna(subset=["talk_s", "hold_s"])
    sums = pd.DataFrame(
        {"answered": [len(known)], "talk_s": [known["talk_s"].sum()], "hold_s": [known["hold_s"].sum()]}
    )
    return _one(metrics.aht(sums)) if len(known) else None


def _mean(column: str) -> Callable[[Slice], float | None]:
    def formula(s: Slice) -> float | None:
        values = answered(s)[column].dropna()
        return float(values.mean()) if len(values) else None

    return formula


def _longest(column: str) -> Callable[[Slice], float | None]:
    def formula(s: Slice) -> float | None:
        values = s.calls[column].dropna()
        return float(values.max()) if len(values) else None

    return formula


def _held_long(s: Slice) -> float | None:
    values = answered(s)["hold_s"].dropna()
    return float((values > s.profile.value("long_hold_s", s.key)).mean()) if len(values) else None


def _reaches(frame: pd.DataFrame, column: str, s: Slice) -> bool:
    """Say whether a table reaches back to a window: one that begins later has no zero of its own."""
    return len(frame) > 0 and bool(frame[column].min() < s.start + (s.end - s.start) / 4)


def _urgent_in_time(s: Slice) -> float | None:
    """Return the share of urgent messages whose first attempt came in time."""
    messages = s.case.table("messages")
    if not (_reaches(s.case.table("dispatch"), "attempted_at", s) and _reaches(messages, "taken_at", s)):
        return None
    own = within(messages[(messages["account"] == s.key).fillna(value=False)], s.start, s.end, "taken_at")
    urgent = own[(own["priority"] == "urgent").fillna(value=False)]
    if urgent.empty:
        return None
    told = board(s.case, urgent, s.profile)
    judged = told[~told["state"].isin(["unlogged", "pending"])]
    in_time = judged["lag_min"].notna() & (judged["lag_min"] <= judged["limit_min"])
    return float(in_time.mean()) if len(judged) else None


def _messages(s: Slice) -> float | None:
    messages = s.case.table("messages")
    if not _reaches(messages, "taken_at", s):
        return None
    return float(
        len(within(messages[(messages["agent"] == s.key).fillna(value=False)], s.start, s.end, "taken_at"))
    )


def _ring_outs(s: Slice) -> float | None:
    agents = s.case.table("agents")
    if not (agents["event"] == "ring_no_answer").any() or not _reaches(agents, "at", s):
        return None
    own = agents[(agents["agent"] == s.key).fillna(value=False) & (agents["event"] == "ring_no_answer")]
    return float(len(within(own, s.start, s.end, "at")))


def _ring_out_share(s: Slice) -> float | None:
    missed = _ring_outs(s)
    rung = None if missed is None else missed + len(answered(s))
    return missed / rung if missed is not None and rung else None


def _logged_in_h(s: Slice) -> float | None:
    """Return the hours between login and logout in the window; a first logout means in since the table begins."""
    agents = s.case.table("agents")
    own = agents[(agents["agent"] == s.key).fillna(value=False) & agents["event"].isin(["login", "logout"])]
    if own.empty or not _reaches(agents, "at", s):
        return None
    own = own.sort_values("at", kind="stable")
    reach_start, reach_end = agents["at"].min(), agents["at"].max()
    total, since = pd.Timedelta(0), reach_start if own["event"].iloc[0] == "logout" else None
    for at, event in zip(own["at"], own["event"], strict=True):
        if event == "login":
            since = at if since is None else since
        elif since is not None:
            total += max(min(at, s.end) - max(since, s.start), pd.Timedelta(0))
            since = None
    if since is not None:
        total += max(min(reach_end, s.end) - max(since, s.start), pd.Timedelta(0))
    return total.total_seconds() / 3600


def _an_hour(s: Slice) -> float | None:
    hours = _logged_in_h(s)
    return len(answered(s)) / hours if hours else None


def _occupancy(s: Slice) -> float | None:
    hours, known = _logged_in_h(s), answered(s).dropna(subset=["talk_s", "hold_s"])
    if not hours:
        return None
    sums = pd.DataFrame(
        {"talk_s": [known["talk_s"].sum()], "hold_s": [known["hold_s"].sum()], "staffed_s": [hours * 3600]}
    )
    return _one(metrics.occupancy(sums))


def _counted(s: Slice) -> pd.DataFrame:
    kpi = s.case.table("kpi")
    return within(kpi[(kpi["scope"] == s.key).fillna(value=False)], s.start, s.end, "interval_start")


def _kpi(column: str, how: str) -> Callable[[Slice], float | None]:
    def formula(s: Slice) -> float | None:
        values = _counted(s)[column].dropna()
        return float(getattr(values, how)()) if len(values) else None

    return formula


def _blocked_share(s: Slice) -> float | None:
    rows = _counted(s).dropna(subset=["offered", "blocked"])
    tried = float(rows["offered"].sum() + rows["blocked"].sum())
    return float(rows["blocked"].sum()) / tried if tried else None


def _hung_up(s: Slice) -> pd.Series[bool]:
    return answered(s)["ended_by"] == "agent"


_ACCOUNT = (
    Measure("offered", "calls offered", "calls", _count),
    Measure("answered_share", "answered by an agent", "share", _share(_is("answered"))),
    Measure("abandoned_share", "abandoned", "share", _share(_is("abandoned", "no_answer")), "abandon_share_warn"),
    Measure("refused_share", "busy or cut", "share", _share(_is(*REFUSED))),
    Measure("recorded_share", "ended in a recording", "share", _share(_is(*ELSEWHERE))),
    Measure("asa_s", "average speed of answer", "s", _asa),
    Measure("service_level", "service level, hang-ups missed", "share", _service_level, "service_level_share", at_least=True),
    Measure("longest_wait_s", "longest wait", "s", _longest("wait_s"), "bad_hold_s"),
    Measure("aht_s", "average handling time", "s", _aht),
    Measure("held_long_share", "long holds", "share", _held_long),
    Measure("urgent_in_time", "urgent messages tried in time", "share", _urgent_in_time),
)  # fmt: skip
_AGENT = (
    Measure("answered", "calls answered", "calls", lambda s: float(len(answered(s))), peers=True),
    Measure("an_hour", "calls answered an hour logged in", "count", _an_hour, peers=True),
    Measure("logged_in_h", "logged in", "hours", _logged_in_h, peers=True),
    Measure("occupancy", "share of it on calls (occupancy)", "share", _occupancy, peers=True),
    Measure("aht_s", "average handling time", "s", _aht, peers=True),
    Measure("talk_s", "talk, on average", "s", _mean("talk_s"), peers=True),
    Measure("hold_s", "hold, on average", "s", _mean("hold_s"), "long_hold_s", peers=True),
    Measure("held_long_share", "calls with a long hold", "share", _held_long, peers=True),
    Measure("longest_hold_s", "longest hold", "s", _longest("hold_s"), "bad_hold_s", peers=True),
    Measure("ring_outs", "calls let ring out", "calls", _ring_outs, peers=True),
    Measure("ring_out_share", "of all that rang there", "share", _ring_out_share, peers=True),
    Measure("hung_up_share", "calls ended by the agent", "share", _share(_hung_up), peers=True),
    Measure("messages", "messages taken", "count", _messages, peers=True),
)  # fmt: skip
_TRUNK = (
    Measure("offered", "calls that arrived", "calls", _count),
    Measure("blocked", "calls blocked", "calls", _kpi("blocked", "sum")),
    Measure("blocked_share", "of all that tried", "share", _blocked_share, "blocked_share"),
    Measure("all_trunks_busy_s", "no trunk free", "s", _kpi("all_trunks_busy_s", "sum")),
    Measure("peak", "most trunks in use at once", "count", _kpi("peak_trunks_in_use", "max")),
    Measure("failed_share", "cut by the switch", "share", _share(_is("failed"))),
    Measure("answered_share", "answered by an agent", "share", _share(_is("answered"))),
    Measure("asa_s", "average speed of answer", "s", _asa),
)

MEASURES = {"account": _ACCOUNT, "agent": _AGENT, "trunk": _TRUNK}
"""The figures of each kind of page, in their order."""
