"""Calls by quarter, account and agent: what is counted quickly is what counting one by one gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calltrace.diagnosis.checks import _columns
from calltrace.diagnosis.checks._columns import AGAIN_US, columns
from calltrace.diagnosis.checks._load import Load, load
from calltrace.diagnosis.checks._ongoing import going_on, rates_of_each, shares_of_each
from calltrace.diagnosis.checks._quarters import QUARTER_US
from calltrace.diagnosis.profile import Profile
from calltrace.diagnosis.scene import Question, Scene
from calltrace.tables.case import Case
from calltrace.tables.schema import CALLS, conform

START = pd.Timestamp("2026-02-16", tz="UTC")
Row = tuple[int, str | None, str | None, str, str | None]
OUTCOMES = ("answered", "abandoned", "busy", "failed")

calls = st.lists(
    st.tuples(
        st.integers(0, 30 * 24 * 60), st.sampled_from(["A", "B", None]), st.sampled_from(["+1", "+2", None]),
        st.sampled_from(OUTCOMES), st.sampled_from(["anna", "ben", None])),
    min_size=1, max_size=60)


def made(rows: list[Row], *, in_order: bool = True) -> Case:
    rows = sorted(rows, key=lambda row: row[0]) if in_order else rows
    frame = pd.DataFrame(rows, columns=["minute", "account", "ani", "outcome", "agent"])
    frame["offered_at"] = (START + pd.to_timedelta(frame.pop("minute"), unit="min")).dt.as_unit("us")
    frame["call_id"] = [f"c{k}" for k in range(len(frame))]
    return Case({"calls": conform(frame, CALLS)})


def view_of(case: Case) -> Load:
    window = Question("A", "", START + pd.Timedelta(days=20), START + pd.Timedelta(days=22))
    return load(Scene(case, window, Profile()))


@given(calls, st.integers(1, 7))
@settings(deadline=None, max_examples=25)
def test_who_tries_again_is_told_block_by_block(rows: list[Row], block: int) -> None:
    found = columns(made(rows))
    at, expected = found.at, []
    for k in range(len(at)):
        same = [
            j for j in range(k)
            if found.account[j] == found.account[k] and found.ani.iloc[j] is not pd.NA and found.ani.iloc[k] is not pd.NA
            and found.ani.iloc[j] == found.ani.iloc[k]]
        last = same[-1] if same else None
        expected.append(
            last is not None and bool(at[k] - at[last] <= AGAIN_US)
            and found.outcomes[found.outcome[last]] != "answered")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_columns, "BLOCK", block)
        assert found.again.tolist() == expected
    assert found.again_within(1, len(expected)).tolist() == expected[1:]


@given(calls, st.integers(1, 7))
@settings(deadline=None, max_examples=25)
def test_how_and_when_calls_ended_is_told_one_by_one(rows: list[Row], block: int) -> None:
    case = made(rows)
    legs = pd.DataFrame({
        "ring_s": [k % 3 for k in range(len(rows))], "talk_s": [None if k % 2 else 10.5 * k for k in range(len(rows))]})
    known = Case({"calls": conform(case.calls.assign(**legs.astype("Float64")), CALLS)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_columns, "BLOCK", block)
        found = columns(known)
        assert found.over.tolist() == [
            at + (k % 3) * 1_000_000 + (0 if k % 2 else int(10.5 * k * 1e6)) for k, at in enumerate(found.at.tolist())]
    lost = ("busy", "failed", "voicemail")
    assert found.ended_as(lost).tolist() == [found.outcomes[k] in lost for k in found.outcome]
    assert found.ended_as((), slice(1, 3)).tolist() == [False] * len(found.at[1:3])


@given(calls, st.booleans())
@settings(deadline=None, max_examples=25)
def test_answers_and_usual_calls_are_counted_one_by_one(
    rows: list[Row], in_order: bool
) -> None:
    view = view_of(made(rows, in_order=in_order))
    found = view.calls
    bins = found.at // QUARTER_US - view.grid.first
    assert view.usual_calls.tolist() == [bool(view.usual[b]) for b in bins]
    counted = np.zeros((len(found.agents), view.grid.size))
    for k in np.flatnonzero(found.answered & (found.agent >= 0)):
        counted[found.agent[k], bins[k]] += 1
    assert view.answers.tolist() == counted.tolist()
    assert view.per_quarter(found.answered).tolist() == np.bincount(
        bins[found.answered], minlength=view.grid.size).tolist()
    near = view.places(3, 900)
    assert set(np.flatnonzero((bins >= 3) & (bins < 900))) <= set(range(near.start, near.stop))


def test_more_agents_than_are_counted_at_a_time() -> None:
    rows = [(k, "A", "+1", "answered", f"agent{k % 120:03}") for k in range(600)]
    answers = view_of(made(rows)).answers
    assert answers.sum(axis=1).tolist() == [5] * 120
    assert answers.dtype == np.uint8


@given(calls, st.booleans())
@settings(deadline=None, max_examples=25)
def test_usual_shares_are_counted_one_by_one(rows: list[Row], in_order: bool) -> None:
    view = view_of(made(rows, in_order=in_order))
    found, bins = view.calls, view.calls.at // QUARTER_US - view.grid.first
    bad, size = found.ended("abandoned") | found.ended("busy"), len(found.accounts)
    could = bad | found.answered
    only = going_on(view, bad, could, found.account, size)
    usual = [
        (found.account == k) & view.usual[bins] & ((bins < view.until) | (not only[k])) for k in range(size)]
    k, n = shares_of_each(view, bad, could, found.account, size)
    assert k.tolist() == [(of & bad).sum() for of in usual]
    assert n.tolist() == [(of & could).sum() for of in usual]
    quarters = [view.until if one else view.usual.sum() for one in only]
    assert rates_of_each(view, bad, could, found.account, size).tolist() == pytest.approx(
        [many / each for many, each in zip(k, quarters, strict=True)])


@given(calls, st.booleans(), st.integers(-60, 30 * 24 * 60), st.integers(-60, 3 * 24 * 60))
@settings(deadline=None, max_examples=25)
def test_calls_offered_between_two_instants_are_those_held_against_both(
    rows: list[Row], in_order: bool, begins: int, minutes: int
) -> None:
    view = view_of(made(rows, in_order=in_order))
    start = int((START + pd.Timedelta(minutes=begins)).value // 1000)
    end = start + minutes * 60_000_000 + 1
    assert view.offered_within(start, end).tolist() == [start <= at < end for at in view.calls.at.tolist()]


def test_how_long_those_wait_whom_an_agent_answers_is_worked_out_once_for_all_questions() -> None:
    frame = pd.DataFrame({
        "offered_at": START + pd.to_timedelta(range(6), unit="min"), "account": "A", "agent": "anna",
        "outcome": ["answered"] * 5 + ["abandoned"], "ring_s": [1.0, 2.0, 3.0, 4.0, None, 90.0],
        "call_id": [f"c{k}" for k in range(6)]})
    frame["offered_at"] = frame["offered_at"].dt.as_unit("us")
    found = columns(Case({"calls": conform(frame, CALLS)}))
    assert found.patience == np.quantile([1.0, 2.0, 3.0, 4.0], 0.75)
    assert vars(found)["patience"] == found.patience
    untold = frame.assign(ring_s=None)
    assert np.isnan(columns(Case({"calls": conform(untold, CALLS)})).patience)
