"""Laws any world must keep, told by its tables alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from calltrace import simulate
from calltrace.simulate import clock
from calltrace.tables.schema import OUTCOMES, TABLES


@pytest.fixture(scope="module")
def healthy():
    return simulate.world(31, weeks=3, size="small", faults=())


@pytest.fixture(scope="module")
def troubled():
    return simulate.world(32, weeks=4, size="medium")


def seconds(instants):
    return instants.astype("int64").to_numpy() / 1e6


@pytest.mark.parametrize("which", ["healthy", "troubled"])
def test_tables_are_the_contracts(which, request):
    world = request.getfixturevalue(which)
    assert set(world.tables) == set(TABLES)
    for name, frame in world.tables.items():
        assert tuple(frame.columns) == TABLES[name].names
        for column in TABLES[name].columns:
            assert str(frame[column.name].dtype) == column.dtype, (name, column.name)
            if not column.nullable:
                assert frame[column.name].notna().all()
            allowed = set(column.values)
            assert not allowed or set(frame[column.name].dropna()) <= allowed


@pytest.mark.parametrize("which", ["healthy", "troubled"])
def test_calls_tell_one_story_each(which, request):
    calls = request.getfixturevalue(which).tables["calls"]
    assert calls["offered_at"].is_monotonic_increasing
    assert calls["call_id"].is_unique
    assert calls["outcome"].isin(OUTCOMES).all()
    for column in ("ring_s", "queue_s", "hold_s", "talk_s"):
        assert (calls[column] >= 0).all()
    answered = calls["outcome"] == "answered"
    assert calls.loc[answered, "agent"].notna().all()
    unanswered = calls["outcome"].isin(["abandoned", "announcement", "busy"])
    assert calls.loc[unanswered, "agent"].isna().all()
    assert (calls.loc[unanswered, ["hold_s", "talk_s"]].to_numpy() == 0).all()
    busy = calls["outcome"] == "busy"
    assert (calls.loc[busy, ["ring_s", "queue_s"]].to_numpy() == 0).all()
    assert (calls.loc[calls["outcome"] == "abandoned", "ended_by"] == "caller").all()


def test_an_announcement_splits_the_wait_and_only_where_there_is_one(healthy):
    calls = healthy.tables["calls"]
    for client in healthy.clients:
        own = calls[calls["account"] == client.account]
        if client.auto_after_s is None:
            assert (own["queue_s"] == 0).all()
        elif not client.greeting_first:
            assert own["ring_s"].max() <= client.auto_after_s + 1
        else:
            assert (own.loc[own["outcome"] == "answered", "queue_s"] >= client.greeting_s - 1).all()


@pytest.mark.parametrize("which", ["healthy", "troubled"])
def test_only_agents_who_are_logged_in_answer(which, request):
    world = request.getfixturevalue(which)
    events = world.tables["agents"]
    calls = world.tables["calls"]
    since = events["at"].min()
    calls = calls[(calls["outcome"] == "answered") & (calls["offered_at"] > since + pd.Timedelta(days=1))]
    picked = seconds(calls["offered_at"]) + (calls["ring_s"] + calls["queue_s"]).to_numpy()
    assert len(picked) > 1000
    for agent, own in events.groupby("agent"):
        moves = own[own["event"].isin(["login", "logout"])]
        at, state = seconds(moves["at"]), (moves["event"] == "login").to_numpy()
        mine = picked[(calls["agent"] == agent).to_numpy()]
        # to the second: both times are rounded
        before = np.searchsorted(at, mine + 1.5) - 1
        known = before >= 0
        late = np.searchsorted(at, mine - 1.5) - 1
        assert (state[before[known]] | state[np.clip(late[known], 0, None)]).all()


@pytest.mark.parametrize("which", ["healthy", "troubled"])
def test_log_ins_and_log_outs_alternate(which, request):
    for _, own in request.getfixturevalue(which).tables["agents"].groupby("agent"):
        moves = own.loc[own["event"].isin(["login", "logout"]), "event"].tolist()
        assert len(moves) > 2
        assert all(a != b for a, b in pairwise(moves))


@pytest.mark.parametrize("which", ["healthy", "troubled"])
def test_never_more_calls_at_once_than_the_path_limit_or_the_trunks(which, request):
    world = request.getfixturevalue(which)
    limits = {c.account: c.path_limit for c in world.clients}
    for key, most in (("account", limits), ("trunk_group", world.house.channels)):
        spans: dict[str, list[tuple[float, int]]] = {}
        for call in world.record.calls:
            client = world.clients[call.account]
            name = client.account if key == "account" else client.trunk_group
            if call.outcome != "busy":
                spans.setdefault(name, []).extend([(call.t, 1), (call.end, -1)])
        for name, moves in spans.items():
            in_use = np.cumsum([step for _, step in sorted(moves, key=lambda m: (m[0], m[1]))])
            assert in_use.max() <= most[name], name
            assert in_use[-1] == 0


def test_kpi_is_what_the_rows_say_on_healthy_days(healthy):
    calls, kpi = healthy.tables["calls"], healthy.tables["kpi"]
    slot = calls["offered_at"].dt.floor("15min")
    answered = calls["outcome"] == "answered"
    platform = kpi[kpi["scope"] == "platform"].set_index("interval_start")
    assert platform["offered"].sum() == len(calls)
    pd.testing.assert_series_equal(
        platform["offered"],
        calls.groupby(slot).size().reindex(platform.index, fill_value=0),
        check_names=False,
        check_dtype=False,
        check_freq=False,
    )
    assert (platform["answered"] == answered.groupby(slot).sum().reindex(platform.index, fill_value=0)).all()
    lost = calls["outcome"].isin(["abandoned", "announcement"])
    assert (platform["abandoned"] == lost.groupby(slot).sum().reindex(platform.index, fill_value=0)).all()
    waited = (calls["ring_s"] + calls["queue_s"])[answered].groupby(slot[answered]).mean()
    gap = (platform["asa_s"].reindex(waited.index) - waited).abs()
    assert gap.max() <= 1.1  # rows are whole seconds
    for group in healthy.house.channels:
        own = kpi[kpi["scope"] == group].set_index("interval_start")
        counted = calls[calls["trunk_group"] == group].groupby(slot).size().reindex(own.index, fill_value=0)
        assert (own["offered"] == counted).all()
        assert own["answered"].isna().all()
        assert own["peak_trunks_in_use"].max() <= healthy.house.channels[group]
    inside = calls[slot.isin(platform.index)]
    assert len(inside) == len(calls)


def test_no_call_comes_in_while_the_lines_are_not_forwarded(healthy):
    calls = healthy.tables["calls"]
    first = clock.local(healthy.begin, healthy.zone).date()
    for client in healthy.clients:
        if client.coverage.always:
            continue
        spans = client.coverage.spans(first, 23, client.zone)
        at = seconds(calls.loc[calls["account"] == client.account, "offered_at"])
        assert len(at)
        # people are up to 20 minutes early or late, and that is no fault
        assert all(any(a - 1200 <= t < b + 1200 for a, b in spans) for t in at)


def test_usual_volume_and_waits_are_those_of_a_service_that_works(healthy):
    calls = healthy.tables["calls"]
    days = (healthy.end - healthy.begin) / 86400
    volume = sum(c.volume for c in healthy.clients)
    assert 0.75 * volume < len(calls) / days < 1.3 * volume
    assert (calls["outcome"] == "abandoned").mean() < 0.12
    assert (calls["outcome"] == "answered").mean() > 0.85


def test_messages_come_from_answered_calls_and_dispatch_from_messages(troubled):
    calls, messages = troubled.tables["calls"], troubled.tables["messages"]
    dispatch = troubled.tables["dispatch"]
    outcome = calls.set_index("call_id")["outcome"]
    found = messages["call_id"].map(outcome).dropna()
    assert (found == "answered").all()
    assert messages["call_id"].isin(calls["call_id"]).mean() > 0.9
    assert set(dispatch["message_id"]) <= set(messages["message_id"])
    taken = messages.set_index("message_id")["taken_at"]
    assert (dispatch["attempted_at"] >= dispatch["message_id"].map(taken)).all()


def test_rosters_leave_no_gap_and_no_overlap(healthy):
    for _, own in healthy.tables["oncall"].groupby("account"):
        assert (own["starts_at"].iloc[1:].to_numpy() == own["ends_at"].iloc[:-1].to_numpy()).all()
        assert (own["updated_at"] < pd.Timestamp(healthy.end, unit="s", tz="UTC")).all()
