"""Every cause leaves the mark it is told by, in the tables alone, for the answer's account and window."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from calltrace import simulate
from calltrace.errors import UsageError
from calltrace.simulate.plan import (
    ASKED_FOR,
    CLAIMS,
    COMPLAINED_OF,
    DISPATCH,
    ONE_ACCOUNT,
    PARTIES,
    PLATFORM_WIDE,
)

SEEDS = (5,)


@cache
def posed(cause, seed):
    return simulate.scenario(cause, seed)


class Told:
    """One single-fault world, its question, and frames cut to the answer's window."""

    def __init__(self, cause, seed):
        self.world = posed(cause, seed)
        self.question = self.world.questions[0]
        self.answer = self.world.answers[self.question["id"]]
        self.account = self.question["account"]
        self.client = next(c for c in self.world.clients if c.account == self.account)
        self.start, self.end = (pd.Timestamp(t).tz_convert("UTC") for t in self.answer["window"])
        self.calls = self.world.tables["calls"]
        self.own = self.calls[self.calls["account"] == self.account]
        self.fault = next((f for f in self.world.plan.faults if f.cause == cause), None)

    def cut(self, frame, column="offered_at"):
        return frame[(frame[column] >= self.start) & (frame[column] < self.end)]

    def weeks_before(self, frame, column="offered_at"):
        """Rows of the same hours one and two weeks earlier."""
        parts = [
            frame[
                (frame[column] >= self.start - pd.Timedelta(days=d))
                & (frame[column] < self.end - pd.Timedelta(days=d))
            ]
            for d in (7, 14)
        ]
        return pd.concat(parts)

    def kpi(self, scope):
        kpi = self.world.tables["kpi"]
        return kpi[kpi["scope"] == scope]

    def line_tests(self):
        tested = self.cut(self.world.tables["line_tests"], "tested_at")
        return tested[tested["number"].isin(self.fault.numbers or self.client.numbers)]


@pytest.fixture(params=SEEDS)
def told(request):
    return lambda cause: Told(cause, request.param)


def test_every_cause_is_complained_of():
    assert set(COMPLAINED_OF) == set(PARTIES)
    for cause in PARTIES:
        assert posed(cause, SEEDS[0]).questions[0]["complaint"] in COMPLAINED_OF[cause]


@pytest.mark.parametrize("cause", [*PARTIES, "rude-operator"])
def test_every_cause_can_be_posed(cause):
    world = posed(cause, SEEDS[0])
    assert len(world.questions) == 1
    question = world.questions[0]
    answer = world.answers[question["id"]]
    assert answer["cause"] == (None if cause == "rude-operator" else cause)
    assert answer["party"] == PARTIES.get(cause)
    assert question["from"] < question["to"]
    assert question["account"] in set(world.tables["accounts"]["account"])


@pytest.mark.parametrize("cause", ["lines-not-forwarded", "lines-forwarded-late", "lines-released-early"])
def test_lines_of_one_client_are_silent_within_its_coverage(told, cause):
    t = told(cause)
    assert t.cut(t.own).empty
    assert len(t.weeks_before(t.own)) >= 2
    assert len(t.cut(t.calls)) > 0
    assert (t.line_tests()["result"] == "failed").sum() <= 1
    if t.client.coverage.always:  # who forwards for good may undo it at any hour, for all numbers at once
        assert cause == "lines-not-forwarded"
        assert len(t.client.numbers) > 1
        return
    first = pd.Timestamp(t.world.begin, unit="s", tz=t.client.zone).date()
    spans = t.client.coverage.spans(first, 30, t.client.zone)
    a, b = t.start.timestamp(), t.end.timestamp()
    whole = next(s for s in spans if s[0] <= a < s[1])
    assert (a == whole[0]) == (cause != "lines-released-early")
    assert (abs(b - whole[1]) < 1) == (cause != "lines-forwarded-late")


def test_some_lines_are_silent_while_others_ring(told):
    t = told("some-lines-not-forwarded")
    during = t.cut(t.own)
    assert not set(during["dnis"]) & set(t.fault.numbers)
    assert len(during) > 0


def test_forwarding_left_on_brings_calls_outside_coverage(told):
    t = told("forwarding-left-on")
    gaps = t.fault.extra["gaps"]
    at = t.own["offered_at"].astype("int64") / 1e6
    assert sum(((at >= a + 1200) & (at < b - 1200)).sum() for a, b in gaps) >= 8


def test_a_number_that_is_down_fails_its_line_tests(told):
    t = told("number-down")
    during = t.cut(t.own)
    assert not set(during["dnis"]) & set(t.fault.numbers)
    assert len(t.line_tests()) >= 1
    assert (t.line_tests()["result"] == "failed").all()


def test_a_carrier_outage_silences_one_group(told):
    t = told("carrier-outage")
    during = t.cut(t.calls)
    assert t.fault.trunk not in set(during["trunk_group"])
    assert len(during) > 0
    assert t.client.trunk_group == t.fault.trunk


def test_a_degraded_group_flattens_and_blocks(told):
    t = told("trunk-group-degraded")
    group = t.kpi(t.fault.trunk)
    inside = group[(group["interval_start"] >= t.start) & (group["interval_start"] < t.end)]
    before = group[group["interval_start"] < t.start]
    settled = inside["peak_trunks_in_use"].iloc[2:-1]  # calls in progress at the start run on
    assert settled.max() <= t.fault.extra["channels"]
    assert settled.max() < before["peak_trunks_in_use"].max()
    assert inside["blocked"].sum() >= 8
    assert inside["all_trunks_busy_s"].sum() > 600


def test_a_group_of_too_few_lines_blocks_every_week_and_never_had_more():
    t = Told("too-few-trunks", SEEDS[0])
    group = t.kpi(t.fault.trunk)
    assert group["peak_trunks_in_use"].max() == t.fault.extra["channels"]
    week = (group["interval_start"] - group["interval_start"].min()) // pd.Timedelta(weeks=1)
    assert (group.groupby(week)["blocked"].sum().iloc[:3] > 0).all()
    assert (group.loc[group["blocked"] > 0, "peak_trunks_in_use"] == t.fault.extra["channels"]).all()


@pytest.mark.parametrize("cause", ["platform-outage", "planned-shutdown"])
def test_an_outage_stops_everything(told, cause):
    t = told(cause)
    assert t.cut(t.calls).empty
    whole = [
        s
        for s in pd.date_range(t.start.floor("15min"), t.end, freq="15min")
        if s >= t.start and s + pd.Timedelta(minutes=15) <= t.end
    ]
    assert not t.kpi("platform")["interval_start"].isin(whole).any()
    events = t.world.tables["agents"]
    dropped = events[(events["at"] - t.start).abs() < pd.Timedelta(seconds=2)]
    assert (dropped["event"] == "logout").all()
    planned = t.world.tables["events"]
    planned = planned[
        (planned["kind"] == "maintenance") & (planned["starts_at"] <= t.start) & (planned["ends_at"] >= t.end)
    ]
    if cause == "planned-shutdown":
        assert len(planned) >= 1


def test_missing_records_are_counted_by_the_switch(told):
    t = told("records-missing")
    assert t.cut(t.calls).empty
    kpi = t.kpi("platform")
    assert kpi[(kpi["interval_start"] >= t.start) & (kpi["interval_start"] < t.end)]["offered"].sum() >= 3


def test_understaffed_means_fewer_agents_than_usual(told):
    t = told("understaffed")
    kpi = t.kpi("platform")
    now = t.cut(kpi, "interval_start")["agents_staffed"].mean()
    assert now < 0.85 * t.weeks_before(kpi, "interval_start")["agents_staffed"].mean()


def test_slow_handling_is_across_accounts_at_the_usual_volume(told):
    t = told("slow-handling")
    answered = t.calls[t.calls["outcome"] == "answered"]
    answered = answered.assign(handled=answered["talk_s"] + answered["hold_s"])
    assert t.cut(answered)["handled"].mean() > 1.25 * t.weeks_before(answered)["handled"].mean()
    assert t.cut(answered)["account"].nunique() > 3


def test_an_agent_who_does_not_answer_lets_calls_ring_out(told):
    t = told("agent-not-answering")
    events = t.cut(t.world.tables["agents"], "at")
    rung_out = events[events["event"] == "ring_no_answer"]
    assert rung_out["agent"].isin(t.fault.agent.split(";")).mean() > 0.7
    assert len(rung_out) >= 5


def test_an_agent_who_holds_long_is_the_one_named(told):
    t = told("agent-long-holds")
    during = t.cut(t.calls[t.calls["outcome"] == "answered"])
    held = during["hold_s"].groupby(during["agent"]).mean()
    assert held.idxmax() == t.fault.agent
    assert held.max() > 30


@pytest.mark.parametrize("cause", ["agent-ends-calls", "one-way-audio"])
def test_calls_that_are_over_at_once_are_one_agents_or_one_groups(told, cause):
    t = told(cause)
    during = t.cut(t.calls[t.calls["outcome"] == "answered"])
    its = during["agent"] == t.fault.agent if t.fault.agent else during["trunk_group"] == t.fault.trunk
    assert its.any()
    assert not its.all()
    assert (during.loc[its, "talk_s"] < 20).mean() > 0.4
    assert (during.loc[~its, "talk_s"] < 20).mean() < 0.1
    assert during.loc[its, "account"].nunique() >= 3


@pytest.mark.parametrize("cause", ["own-surge", "other-account-surge", "wide-surge"])
def test_surges_bring_more_calls_where_they_should(told, cause):
    t = told(cause)
    if cause == "wide-surge":
        busier = t.cut(t.calls)["account"].value_counts()
        assert len(t.cut(t.calls)) > 1.4 * len(t.weeks_before(t.calls)) / 2
        assert (busier > 1).sum() > 4
        return
    source = t.account if cause == "own-surge" else t.fault.source
    own = t.calls[t.calls["account"] == source]
    assert len(t.cut(own)) >= 2 * len(t.weeks_before(own)) / 2
    if cause == "other-account-surge":
        assert source != t.account


def test_a_path_limit_refuses_ordinary_volume(told):
    t = told("path-limit")
    refused = t.cut(t.own[t.own["outcome"] == "busy"])
    assert len(refused) >= 4
    assert (
        t.own[t.own["offered_at"] < t.start]["outcome"] == "busy"
    ).mean() < 0.03 or t.fault.start == t.world.begin


def test_a_dead_end_answers_nobody_from_then_on(told):
    t = told("announcement-dead-end")
    during = t.cut(t.own)
    assert (during["outcome"] == "announcement").sum() >= 4
    assert not (during["outcome"] == "answered").any()


def test_an_unserved_queue_lets_its_callers_wait_while_others_are_answered(told):
    t = told("queue-not-served")
    during, others = t.cut(t.own), t.cut(t.calls[t.calls["account"] != t.account])
    assert not (during["outcome"] == "answered").any()
    left = during[during["outcome"] == "abandoned"]
    assert (left["ring_s"] + left["queue_s"]).median() > 30
    assert (others["outcome"] == "answered").mean() > 0.7
    assert (t.weeks_before(t.own)["outcome"] == "answered").mean() > 0.7


@pytest.mark.parametrize(("size", "weeks"), [("tiny", 5), (None, 3)])
def test_what_is_put_in_only_where_asked_for_is_never_drawn(size, weeks):
    assert set(ASKED_FOR) <= set(PARTIES)
    assert not set(ASKED_FOR) & {*ONE_ACCOUNT, *PLATFORM_WIDE, *DISPATCH}
    drawn = {f.cause for seed in range(3) for f in simulate.world(seed, size=size, weeks=weeks).plan.faults}
    assert drawn
    assert not drawn & set(ASKED_FOR)


def test_nuisance_calls_are_short_and_from_few(told):
    t = told("nuisance-calls")
    during = t.cut(t.own)
    few = during[during["ani"].isin(t.fault.extra["callers"])]
    assert len(few) >= 10
    assert (few["ring_s"] + few["queue_s"] + few["talk_s"]).median() < 20


@pytest.mark.parametrize("cause", ["more-calls", "longer-calls", "more-delivery-attempts"])
def test_a_bill_rises_with_what_the_cause_says(told, cause):
    t = told(cause)
    before, during = t.own[t.own["offered_at"] < t.start], t.cut(t.own)
    days = (t.end - t.start) / pd.Timedelta(days=1)
    days_before = (t.start - pd.Timestamp(t.world.begin, unit="s", tz="UTC")) / pd.Timedelta(days=1)
    if cause == "more-calls":
        assert len(during) / days > 1.15 * len(before) / days_before
    elif cause == "longer-calls":
        assert during["talk_s"].mean() > 1.15 * before["talk_s"].mean()
    else:
        messages = t.world.tables["messages"]
        urgent = messages[(messages["account"] == t.account) & (messages["priority"] == "urgent")]
        tries = t.world.tables["dispatch"]["message_id"].value_counts()
        per_message = urgent["message_id"].map(tries).fillna(0)
        now = urgent["taken_at"] >= t.start
        assert per_message[now].mean() > 1.4 * per_message[~now].mean()


@pytest.mark.parametrize("cause", DISPATCH)
def test_a_spoiled_message_shows_it(told, cause):
    t = told(cause)
    messages = t.cut(t.world.tables["messages"], "taken_at")
    message = messages[(messages["account"] == t.account) & (messages["priority"] == "urgent")].iloc[0]
    taken = message["taken_at"]
    tries = t.world.tables["dispatch"]
    tries = tries[tries["message_id"] == message["message_id"]].sort_values("attempted_at")
    roster = t.world.tables["oncall"]
    row = roster[
        (roster["account"] == t.account) & (roster["starts_at"] <= taken) & (roster["ends_at"] > taken)
    ].iloc[0]
    limit = pd.Timedelta(minutes=t.client.dispatch_within_min)
    if cause == "not-dispatched":
        assert tries.empty
        return
    late = tries["attempted_at"].iloc[0] - taken > limit
    assert late == (cause == "dispatched-late")
    if cause == "delivery-failed":
        assert tries["status"].isin(["failed", "bounced"]).all()
        assert (tries["recipient"] == row["person"]).all()
    elif cause == "dispatched-to-wrong-person":
        assert row["updated_at"] <= taken
        assert (tries["recipient"] != row["person"]).all()
    elif cause == "on-call-not-updated":
        if row["updated_at"] > taken:
            assert (tries["recipient"] != row["person"]).all()
        else:
            assert (tries["recipient"] == row["person"]).all()
            assert "change" in t.question["claim"]


@pytest.mark.parametrize("cause", CLAIMS)
def test_a_caller_is_there_or_is_not(told, cause):
    t = told(cause)
    digits = "".join(filter(str.isdigit, t.question["caller"]))[-9:]
    hits = t.calls[t.calls["ani"].str[-9:] == digits]
    near = hits[(hits["offered_at"] - t.start).abs() < pd.Timedelta(hours=6)]
    if cause == "no-record-of-call":
        assert hits.empty
    else:
        call = near[near["account"] == t.account].iloc[0]
        assert call["outcome"] == ("abandoned" if cause == "caller-hung-up" else "answered")
        if cause == "caller-hung-up":
            assert call["ring_s"] + call["queue_s"] <= 10


def test_an_expected_quiet_is_quiet(told):
    t = told("expected-quiet")
    usual = len(t.weeks_before(t.own)) / 2
    assert len(t.cut(t.own)) <= max(0.5 * usual, 0)


def test_a_cause_that_does_not_exist_is_refused():
    with pytest.raises(UsageError, match="is no cause"):
        simulate.scenario("gremlins", 1)
