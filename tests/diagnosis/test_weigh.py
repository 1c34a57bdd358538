"""Laws of the weighing: monotone signs, rows that count once, silence of what did not run, probabilities that sum."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calltrace.diagnosis import causes, complaints
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.weigh import Weights, _facets, bearings, fitted, rows_of, weigh

FACETS = sorted(_facets())
CAUSES = sorted(causes.NAMES)


def evidence(facet: str, outcome: Outcome, strength: float = 1.0) -> Evidence:
    return Evidence(facet, outcome, "…", strength=strength if outcome is not Outcome.NOT_RUN else 0.0)


pieces = st.lists(
    st.builds(evidence, st.sampled_from(FACETS), st.sampled_from(list(Outcome)), st.floats(0, 1)),
    max_size=25, unique_by=lambda e: e.facet)


def total(cause: str, found: list[Evidence]) -> float:
    return sum(b.weight for b in bearings(cause, {e.facet: e for e in found}, fitted()))


@given(found=pieces, name=st.sampled_from(CAUSES), strength=st.floats(0, 1))
@settings(max_examples=150, deadline=None)
def test_a_sign_for_a_cause_never_lowers_it_nor_one_against_it_raises_it(
    found: list[Evidence], name: str, strength: float
) -> None:
    for sign in causes.get(name).signs:
        rest = [e for e in found if e.facet != sign.facet]
        for outcome, direction in ((Outcome.FOUND, sign.found), (Outcome.CLEAR, sign.clear)):
            change = total(name, [*rest, evidence(sign.facet, outcome, strength)]) - total(name, rest)
            if direction == "for":
                assert change >= 0
            elif direction in {"against", "excludes"}:
                assert change <= 0
            else:
                assert change == 0


@given(found=pieces, name=st.sampled_from(CAUSES))
@settings(max_examples=150, deadline=None)
def test_a_check_that_did_not_run_bears_on_nothing(found: list[Evidence], name: str) -> None:
    unrun = [evidence(f, Outcome.NOT_RUN) for f in FACETS if f not in {e.facet for e in found}]
    assert total(name, [*found, *unrun]) == total(name, found)


@given(found=pieces, complaint=st.sampled_from([c for c in complaints.NAMES if complaints.causes_of(c)] + [""]))
@settings(max_examples=100, deadline=None)
def test_probabilities_sum_to_one_and_come_in_order(found: list[Evidence], complaint: str) -> None:
    ranked = weigh(complaint, found)
    assert sum(r.probability for r in ranked) == pytest.approx(1.0)
    assert [r.probability for r in ranked] == sorted((r.probability for r in ranked), reverse=True)


@given(found=pieces, name=st.sampled_from(CAUSES))
@settings(max_examples=100, deadline=None)
def test_signs_read_off_the_same_rows_count_once_a_direction(found: list[Evidence], name: str) -> None:
    seen = [(rows_of(b.facet), b.weight > 0) for b in bearings(name, {e.facet: e for e in found}, fitted()) if b.weight]
    assert len(seen) == len(set(seen))


def test_the_order_of_the_evidence_does_not_matter() -> None:
    found = [evidence(f, Outcome.FOUND, 0.5) for f in FACETS[::2]] + [evidence(f, Outcome.CLEAR, 0.7) for f in FACETS[1::2]]
    assert weigh("missed-calls", found) == weigh("missed-calls", found[::-1])


def test_nothing_found_names_nobody() -> None:
    for complaint in (c for c in complaints.NAMES if complaints.causes_of(c)):
        blamed = [r for r in weigh(complaint, [], Weights()) if r.party != "nobody"]
        spared = [r for r in weigh(complaint, [], Weights()) if r.party == "nobody"]
        assert max(r.probability for r in spared) >= max(r.probability for r in blamed)


def test_a_cause_with_something_found_for_it_outweighs_the_same_cause_without() -> None:
    shown = weigh("missed-calls", [evidence("platform-silent", Outcome.FOUND, 0.01)], Weights())
    bare = weigh("missed-calls", [], Weights())
    probability = {r.cause: r.probability for r in bare}
    for rank in shown:
        if rank.cause in {"platform-outage", "records-missing"}:
            assert rank.probability > 2 * probability[rank.cause]


def test_no_fitted_weight_is_negative() -> None:
    for facets in fitted().signs.values():
        for outcomes in facets.values():
            assert all(w >= 0 for w in outcomes.values())


def test_lost_calls_alone_show_no_agent_who_let_them_ring() -> None:
    """That calls were lost fits it; without a ring that nobody answered, nothing of an agent is on record."""
    found = [evidence(f, Outcome.FOUND) for f in ("lost-after-arrival", "abandoned-more", "own-rings-long", "own-waits-long")]
    found.append(evidence("held-after-answer", Outcome.CLEAR))
    first = weigh("missed-calls", found)[0]
    assert first.cause != "agent-not-answering" or first.probability < 0.6
    rung = weigh("missed-calls", [*found, evidence("agent-rings-out", Outcome.FOUND)])[0]
    assert rung.cause == "agent-not-answering"


def test_what_another_cause_accounts_for_speaks_against_a_cause_only_beside_that_one() -> None:
    cut = Evidence("group-cuts-short", Outcome.FOUND, "calls of one trunk group were over at once")
    found = {cut.facet: cut}
    [bearing] = bearings("within-normal", found, fitted())
    assert bearing.weight < 0
    assert not bearings("within-normal", found, fitted(), complaints.causes_of("high-bill"))
    assert bearings("within-normal", found, fitted(), complaints.causes_of("missed-calls"))


def test_causes_of_calls_that_are_over_at_once_are_excluded_where_their_sign_is_clear() -> None:
    for name, facet in (("agent-ends-calls", "agent-alone-cuts-short"), ("one-way-audio", "group-cuts-short")):
        for complaint in ("missed-calls", "abandoned", ""):
            clear = weigh(complaint, [Evidence(facet, Outcome.CLEAR, "nothing stood out")])
            unasked_ = weigh(complaint, [Evidence(facet, Outcome.NOT_RUN, "nobody could tell", strength=0.0)])
            assert next(r.probability for r in clear if r.cause == name) < 1e-4
            assert unasked_[0].cause != name
