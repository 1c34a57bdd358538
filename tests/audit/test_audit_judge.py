"""Findings joined, and those that others explain."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from calltrace.diagnosis import hedges
from calltrace.diagnosis.audit import confidence
from calltrace.diagnosis.audit import judge as judging
from calltrace.diagnosis.audit.explained import explained
from calltrace.diagnosis.audit.findings import Finding, Known, Severity, key
from calltrace.diagnosis.audit.ground import Candidate
from calltrace.diagnosis.audit.joining import merged, order, settled, still, uncut
from calltrace.diagnosis.audit.severity import severity
from calltrace.diagnosis.audit.telling import hedged, worded
from calltrace.diagnosis.audit.weighing import LEAST_PLAIN, weighed, worth_saying
from calltrace.diagnosis.causes import get
from calltrace.diagnosis.diagnose import Verdict
from calltrace.diagnosis.diagnosis import Bearing, Hit, Ranked
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.profile import Profile
from calltrace.report.audit import trouble_of
from support import at


def told(
    cause: str, start: pd.Timestamp, hours: float, *, account: str | None = "1", harmed: float = 4.0, **more: object
) -> Finding:
    values: dict[str, object] = {
        "key": key(account, None, cause, start, "UTC"), "account": account, "name": "Client", "trunk_group": None,
        "cause": cause, "title": cause, "party": "client", "confidence": 0.9, "wording": "confirmed",
        "severity": Severity.LOW, "check": "surge", "start": start, "end": start + pd.Timedelta(hours=hours), "zone": "UTC",
        "lost": 0.0, "harmed": harmed, "score": 4.0, "summary": cause, **more}
    return Finding(**values)  # type: ignore[arg-type]


def doubtful(account: str, chance: float) -> Finding:
    return told("lines-forwarded-late", at(1), 4, account=account, check="silence", lost=8.0, harmed=0.0, posterior=0.97,
                chance=chance)


def proven(many: int) -> list[Finding]:
    return [told("number-down", at(1), 9, account=f"x{k}", lost=90.0, posterior=0.99) for k in range(many)]


def test_the_more_troubles_are_beyond_doubt_the_surer_is_a_doubtful_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confidence, "fitted", lambda: dict.fromkeys(
        (*confidence.FAMILIES, confidence.TROUBLE), confidence.Fit(-9.0, dict.fromkeys(confidence.FEATURES, 1.0))))
    each = [
        next(f for f in weighed([doubtful("1", 0.05), *proven(many)], 300.0) if f.account == "1")
        for many in (2, 6, 14)]
    assert each[0].confidence < each[1].confidence < each[2].confidence < 0.97
    assert each[0].share < each[1].share < each[2].share
    # about two, five and eleven times as many troubles as an ordinary service's
    assert [round(f.share, 4) for f in each] == [0.0023, 0.0054, 0.0115]


def test_troubles_of_the_days_before_count_as_those_beside_it_and_so_do_days_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confidence, "stated", lambda *_: 0.9)
    seven = frozenset(("", f"group {n}", "carrier-outage") for n in range(7))

    def share(known: Known | None) -> float:
        return weighed([doubtful("1", 0.05)], 100.0, known)[0].share

    assert share(None) == share(Known()) == pytest.approx(1 / 1100)
    assert share(Known(account_days=900.0)) == pytest.approx(1 / 2000)
    assert share(Known(seven, 900.0)) == pytest.approx(8 / 2000)
    # the same trouble the day before says nothing of how many others there are
    assert share(Known(seven | {("1", "", "lines-forwarded-late")}, 900.0)) == pytest.approx(8 / 2000)


def test_a_trouble_does_not_vouch_for_itself() -> None:
    (alone,) = weighed([told("number-down", at(1), 9, lost=90.0, posterior=0.99)], 1000.0)
    twice = weighed([told("number-down", at(d), 9, lost=90.0, posterior=0.99) for d in (1, 3)], 1000.0)
    assert {f.share for f in twice} == {alone.share}


def test_what_is_too_doubtful_stays_unsaid_unless_nobody_can_miss_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confidence, "stated", lambda cause, _posterior, chance, *_: (
        0.1 if cause == "carrier-outage" else 1.0 - chance))
    down = told("carrier-outage", at(1), 2, account=None, check="outage", chance=0.05)
    found = [doubtful("1", 0.9), doubtful("2", 0.7), down, replace(down, chance=0.9)]
    assert [(f.account, f.chance) for f in weighed(found, 300.0)] == [("2", 0.7), (None, 0.05)]


def test_what_chance_hardly_brings_is_told_alone_but_not_where_it_is_hardly_ever_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for sure, many in ((0.12, 1), (0.05, 0)):
        monkeypatch.setattr(confidence, "stated", lambda *_, said=sure: said)
        assert len(weighed([doubtful("1", 0.03)], 300.0)) == many
        assert len(weighed([told("carrier-outage", at(1), 2, account=None, check="outage", chance=0.05)], 300.0)) == many


def test_one_accounts_crowd_that_is_no_chance_is_told_however_little_else_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confidence, "stated", lambda *_: 0.09)

    def sure(**more: object) -> list[float]:
        return [f.confidence for f in weighed([told("own-surge", at(1), 2, harmed=100.0, posterior=0.9, **more)], 300.0)]

    assert sure(chance=1e-6) == [pytest.approx(0.9, abs=1e-3)]
    assert sure(chance=3e-3) == [pytest.approx(0.63)]  # callers come in bursts now and then
    assert sure(chance=1e-2) == []
    assert sure(chance=1e-6, account=None) == []


def silent(causes: dict[str, float], *, goes_on: bool = False, **more: object) -> Finding:
    """A silence of account 1 whose investigation finds these causes likely, the first of them named."""
    ranked = tuple(Ranked(c, c, "nobody" if c == "expected-quiet" else "client", p, (), (), ()) for c, p in causes.items())
    evidence = [SimpleNamespace(facet="silence-goes-on", outcome=Outcome.FOUND)] if goes_on else []
    first, likely = next(iter(causes.items()))
    return told(first, at(1), 9, check="silence", lost=40.0, harmed=0.0, wording="inconclusive", posterior=likely,
                summary=f"Client: {first}. No call.", diagnosis=SimpleNamespace(ranked=ranked, evidence=evidence), **more)


def test_what_chance_plainly_rules_out_is_told_though_nothing_else_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stated", "trouble"):
        monkeypatch.setattr(confidence, name, lambda *_: 0.05)  # of a service where nothing else is wrong
    silence = weighed([silent(OPEN, chance=1e-5)], 300.0)[0]
    assert (silence.confidence, silence.real) == (pytest.approx(0.4, abs=1e-3), pytest.approx(0.95, abs=1e-3))
    assert weighed([silent(OPEN, chance=0.018)], 300.0) == []  # an office that closed unannounced is as likely
    waits = told("understaffed", at(1), 4, account=None, check="hold", posterior=0.7, chance=1e-12)
    assert weighed([waits], 300.0)[0].confidence == pytest.approx(0.7)
    for other in (replace(waits, chance=1e-3), replace(waits, check="busy"), replace(waits, check="surge", cause="wide-surge")):
        assert weighed([other], 300.0) == []


OPEN = {"lines-not-forwarded": 0.4, "lines-released-early": 0.35, "carrier-outage": 0.2, "expected-quiet": 0.05}


def test_of_a_silence_it_is_weighed_apart_whether_calls_were_lost_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confidence, "stated", lambda _cause, posterior, *_: 0.5 * posterior)
    monkeypatch.setattr(confidence, "trouble", lambda blame, chance, *_: blame * (1.0 - chance))
    (one,) = weighed([silent(OPEN, chance=0.02)], 300.0)
    assert (one.confidence, one.real) == (0.2, pytest.approx(0.95 * 0.98))  # 0.2 is too doubtful, but for that
    assert weighed([silent(OPEN, chance=0.3)], 300.0) == []
    assert weighed([told("own-surge", at(1), 2, posterior=0.9)], 300.0)[0].real is None
    # no surer of its cause than of there being one
    monkeypatch.setattr(confidence, "trouble", lambda *_: 0.1)
    assert [f.real for f in weighed([silent({"number-down": 0.99}, chance=0.02)], 300.0)] == [pytest.approx(0.495)]


@pytest.mark.parametrize(
    ("real", "goes_on", "said"),
    [
        (0.97, False, "Client: calls were lost (97% sure); why is not settled, perhaps lines-not-forwarded. No call."),
        (0.9999, True, "Client: calls are being lost (99% sure); why is not settled, perhaps lines-not-forwarded. No call."),
        (0.8, True, "Client: calls are most likely being lost (80%); why is not settled, perhaps lines-not-forwarded. No call."),
        (0.5, True, "Client: not settled, perhaps lines-not-forwarded. No call."),
    ],
)
def test_a_silence_whose_cause_is_open_says_how_sure_it_is_that_calls_were_lost(
    monkeypatch: pytest.MonkeyPatch, real: float, goes_on: bool, said: str
) -> None:
    monkeypatch.setattr(confidence, "stated", lambda *_: 0.3)
    monkeypatch.setattr(confidence, "trouble", lambda *_: real)
    (one,) = weighed([silent(OPEN, goes_on=goes_on, chance=0.02)], 300.0)
    assert (one.wording, one.summary) == ("inconclusive", said)
    lost = {0.97: "calls lost (97% sure), ", 0.9999: "calls lost (99% sure), ", 0.8: "calls most likely lost (80%), "}
    head = f"{lost.get(real, 'not settled, ')}perhaps lines-not-forwarded"
    assert hedges.said(one.title, one.summary, one.wording) == head
    settles = "Client: the records do not settle it; nearest is that lines-not-forwarded or x. No call."
    (other,) = weighed([replace(silent(OPEN, goes_on=goes_on, chance=0.02), summary=settles)], 300.0)
    assert ("the records do not settle why; nearest is" in other.summary) is (real > 0.6)
    assert hedges.said(other.title, other.summary, other.wording) == head
    rather = "Client: the records do not settle it; nearest is that x or lines-not-forwarded. No call."
    assert hedges.said(one.title, rather, one.wording) == "not settled, perhaps lines-not-forwarded"
    outright = "Client: lines-not-forwarded. No call."  # what the records show call by call is so, however rare
    assert hedges.said(one.title, outright, one.wording) == "lines-not-forwarded"


def test_messages_that_went_astray_are_facts_and_neither_doubted_nor_vouch_for_anything() -> None:
    fact = told("not-dispatched", at(1), 1, check="dispatch")
    alone, beside = weighed([fact, *proven(1)], 1000.0)
    assert alone == fact
    assert beside.share == weighed(proven(1), 1000.0)[0].share


def test_one_trouble_in_two_stretches_is_one_finding_that_keeps_the_first_days_key() -> None:
    joined = merged([told("own-surge", at(2, 1), 2), told("own-surge", at(1, 20), 2)], Profile())
    assert [(f.start, f.end, f.harmed) for f in joined] == [(at(1, 20), at(2, 3), 8.0)]
    assert joined[0].key == "1/own-surge/2026-06-02"
    assert joined[0].severity is Severity.MEDIUM


def test_two_views_of_the_same_hours_are_not_two_harms() -> None:
    first = told("understaffed", at(1, 9), 3, account=None, harmed=30, also_affected=(Hit("1", "A", 0, 3, ""),))
    second = told("understaffed", at(1, 10), 1, account=None, harmed=12, also_affected=(Hit("2", "B", 0, 3, ""),))
    (joined,) = merged([first, second], Profile())
    assert joined.harmed == 30
    assert {h.account for h in joined.also_affected} == {"1", "2"}


def test_one_silence_seen_by_two_parts_of_a_window_is_lost_once() -> None:
    whole = {"silence": {"start": at(1, 20), "end": at(2, 10)}}
    parts = [told("number-down", at(1, 20), 4, lost=30.0, harmed=0.0, data=whole),
             told("number-down", at(2), 10, lost=31.0, harmed=0.0, data=whole)]
    (joined,) = merged(parts, Profile())
    assert (joined.start, joined.end, joined.lost, joined.data) == (at(1, 20), at(2, 10), 31.0, {})
    # of three the third still says since when it counts
    (later,) = merged([parts[1]], Profile())
    assert later.counted == (at(1, 20), at(2, 10))


def test_days_apart_and_other_accounts_stay_apart() -> None:
    found = [told("own-surge", at(1), 2), told("own-surge", at(3), 2), told("own-surge", at(1), 2, account="2")]
    assert len(merged(found, Profile())) == 3


def test_a_limit_that_is_met_every_other_day_is_one_trouble_with_its_windows() -> None:
    days = (1, 3, 5, 12)
    found = [told("path-limit", at(d, 10), 1, summary="Refused.") for d in days] + [told("path-limit", at(3, 12), 1)]
    (joined,) = merged(found, Profile())
    assert (joined.start, joined.end, joined.key) == (at(1, 10), at(12, 11), "1/path-limit/2026-06-02")
    assert joined.harmed == 5 * 4.0
    # the two of the third day, an hour apart, are one of four
    assert joined.data["windows"] == [
        (at(1, 10), at(1, 11)), (at(3, 10), at(3, 13)), (at(5, 10), at(5, 11)), (at(12, 10), at(12, 11))]
    assert "felt 4 times" in still(joined, at(30)).summary
    # joined again, as the parts of a long audit are, it stays what it is
    assert merged([joined], Profile()) == [joined]


def test_a_robot_that_calls_every_evening_is_one_trouble_and_one_that_rests_two_days_is_another() -> None:
    found = [told("nuisance-calls", at(d, 18), 3, summary="Nuisance.") for d in (1, 2, 3, 6)]
    first, later = merged(found, Profile())
    assert (first.start, first.end, first.harmed) == (at(1, 18), at(3, 21), 12.0)
    assert "felt 3 times" in still(first, at(30)).summary
    assert (later.start, later.end) == (at(6, 18), at(6, 21))


def test_a_limit_raised_and_met_again_a_month_later_is_another() -> None:
    assert len(merged([told("path-limit", at(1), 1), told("path-limit", at(31), 1)], Profile())) == 2


def test_two_ranges_of_numbers_are_two_troubles_and_each_keeps_its_key() -> None:
    one, other = "+12155553xxx", "+13025557xxx"
    found = [told("number-down", at(1, 9 + h), 4, account=None, data={"range": r}) for r in (one, other) for h in (0, 3)]
    assert [f.key for f in merged(found, Profile())] == [
        f"range:{one}/number-down/2026-06-02", f"range:{other}/number-down/2026-06-02"]


def test_a_surge_explains_the_rise_of_the_bill_if_it_made_most_of_it() -> None:
    surge = told("own-surge", at(1), 2, harmed=60)
    made = told("more-calls", at(0), 240, data={"extra_calls": 100.0}, check="bill")
    grown = told("more-calls", at(0), 240, data={"extra_calls": 400.0}, check="bill")
    assert settled([surge, made]) == [surge]
    assert settled([surge, grown]) == [surge, grown]


def test_an_account_and_its_number_silent_in_the_same_hours_are_one_trouble_told_by_the_surer() -> None:
    night = told("lines-not-forwarded", at(1, 20), 12, check="silence", confidence=0.6)
    number = told("some-lines-not-forwarded", at(1, 18), 40, check="silence", confidence=0.9)
    assert settled([night, number]) == [number]
    assert settled([replace(night, confidence=0.95), number]) == [replace(night, confidence=0.95)]
    # another night, another client, or a crowd in those hours is another trouble
    apart = [number, told("lines-not-forwarded", at(3, 9), 12, check="silence"), replace(night, account="2"),
             told("own-surge", at(1, 20), 2)]
    assert settled(apart) == apart


def judged(monkeypatch: pytest.MonkeyPatch, screen: str, causes: tuple[str, ...], **likely: float) -> tuple[str, float] | None:
    """Return cause and posterior of what an investigation that says so makes of a candidate."""
    ranked = tuple(Ranked(c.replace("_", "-"), "", "client", p, (), (), ()) for c, p in likely.items())
    asked = SimpleNamespace(cache={"load": object()})
    monkeypatch.setattr(judging, "ask", lambda *_: asked)
    monkeypatch.setattr(judging, "decide", lambda _, **_known: Verdict(ranked, "likely", []))
    monkeypatch.setattr(judging, "conclude", lambda *_: None)
    monkeypatch.setattr(judging, "finding", lambda _g, _c, cause, confidence, _d: told(
        cause, at(1), 2, check=screen, confidence=confidence))
    candidate = Candidate(screen, "1", ("1",), "long-hold", at(1), at(2), 9.0, causes, harmed=90.0)
    found = judging.judge(None, candidate)  # type: ignore[arg-type]
    assert asked.cache == {}  # what was worked out is let go: a part has many candidates, and each takes many megabytes
    return None if found is None else (found.cause, round(found.posterior, 2))


def test_an_accounts_own_crowd_that_is_too_doubtful_is_returned_as_not_worth_telling(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, found in (("ask", SimpleNamespace(cache={})), ("worth_saying", False), ("conclude", None)):
        monkeypatch.setattr(judging, name, lambda *_, found=found: found)
    ranked = (Ranked("own-surge", "", "client", 0.9, (), (), ()),)
    monkeypatch.setattr(judging, "decide", lambda *_, **_known: Verdict(ranked, "likely", []))
    monkeypatch.setattr(judging, "finding", lambda _g, one, cause, *_: told(cause, one.start, 2, check=one.screen))
    crowd = Candidate("surge", "1", ("1",), "busy", at(1), at(2), 9.0, ("own-surge",), harmed=20.0)
    one = judging.judge(None, crowd)  # type: ignore[arg-type]
    assert one is not None
    assert not one.worth_it
    assert judging.judge(None, replace(crowd, screen="silence")) is None  # type: ignore[arg-type]
    # what it is asked as before is no answer either
    again = judging.judge(None, replace(crowd, rather=replace(crowd, start=at(0))))  # type: ignore[arg-type]
    assert again is not None
    assert again.start == at(1)


def test_where_two_say_as_much_as_the_records_can_nobody_else_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of accounts silent together those with few calls can't say what those with many do."""
    likely = {"1": 0.7, "2": 0.7, "3": 0.1}

    def decide(scene: SimpleNamespace, **_known: object) -> Verdict:
        p = likely[scene.account]
        both = ("carrier-outage", "carrier", p), ("expected-quiet", "nobody", 1 - p)
        return Verdict(tuple(Ranked(c, "", party, of, (), (), ()) for c, party, of in both), "likely", [])

    monkeypatch.setattr(judging, "ask", lambda _g, _c, account: SimpleNamespace(cache={}, account=account))
    monkeypatch.setattr(judging, "decide", decide)
    monkeypatch.setattr(judging, "conclude", lambda *_: SimpleNamespace(chart=pd.DataFrame()))
    monkeypatch.setattr(judging, "finding", lambda _g, _c, cause, _confidence, _d: told(cause, at(1), 2, check="outage"))
    together = Candidate("outage", None, ("1", "2", "3"), "missed-calls", at(1), at(2), 9.0, ("carrier-outage",), lost=40.0)
    found = judging.judge(None, together)  # type: ignore[arg-type]
    assert found is not None
    assert found.posterior == pytest.approx(0.7)
    likely["2"] = 0.5
    found = judging.judge(None, together)  # type: ignore[arg-type]
    assert found is None or found.posterior == pytest.approx(1.3 / 3)


def test_a_crowd_is_one_whatever_else_made_its_callers_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    causes = ("own-surge",)
    assert judged(monkeypatch, "surge", causes, slow_handling=0.97, own_surge=0.03) == ("own-surge", 1.0)
    assert judged(monkeypatch, "surge", causes, path_limit=0.6, own_surge=0.3, within_normal=0.1) == ("own-surge", 0.75)
    assert judged(monkeypatch, "surge", causes, path_limit=0.6, own_surge=0.1, within_normal=0.3) is None
    # what a crowd may be taken for is another matter
    assert judged(monkeypatch, "surge", causes, nuisance_calls=0.6, own_surge=0.4) is None


def test_a_surge_that_hit_the_others_is_told_with_whose_it_was_and_what_to_do_about_it() -> None:
    says = ("17 of 59 of the other accounts' callers left before an agent", "account 7 (Polar Ice) had 31 calls, 2 are usual")
    left, surged = Bearing("others-abandoned-more", says[0], "", 4.0), Bearing("other-surge", says[1], "", 2.0)
    rank = Ranked("other-account-surge", get("other-account-surge").title, "another-client", 0.99, (left, surged), (), ())
    candidate = SimpleNamespace(says="", account=None, trunk_group=None, screen="abandonment")
    made = judging._summary(candidate, rank, SimpleNamespace(ranked=(rank,), evidence=()), "")  # type: ignore[arg-type]
    assert made == ("The whole platform: another account's surge took the agents. Account 7 (Polar Ice) had 31 calls, 2 are"
                    " usual.")
    steps = get(rank.cause).asks_next
    one = told(rank.cause, at(1), 2, account=None, name="", next_steps=steps, severity="high")
    first, then = trouble_of(one).next_steps
    assert first.startswith("Plan agents for the known promotions of the account that surged")
    assert then == "Do not name the client whose surge it was to the others."
    assert trouble_of(replace(one, account="1")).next_steps == steps


def test_a_bill_that_rose_is_told_though_two_causes_of_it_are_likely(monkeypatch: pytest.MonkeyPatch) -> None:
    both = ("more-calls", "longer-calls")
    assert judged(monkeypatch, "bill", both, longer_calls=0.55, more_calls=0.45) == ("longer-calls", 0.55)
    assert judged(monkeypatch, "bill", both, longer_calls=0.55, within_normal=0.45) is None
    assert judged(monkeypatch, "hold", both, longer_calls=0.55, more_calls=0.45) is None


def test_lines_left_forwarded_explain_the_crowds_they_let_in_and_no_others() -> None:
    left = told("forwarding-left-on", at(0), 240, check="bill")
    night = told("own-surge", at(1), 8, data={"outside_coverage": True})
    day = told("own-surge", at(2, 12), 2)
    assert settled([left, night, day]) == [left, day]


def test_a_crowd_explains_that_callers_waited_and_not_that_none_came() -> None:
    hit = (Hit("1", "A", 5.0, 0.0, ""),)
    crowd = told("wide-surge", at(1), 12, account=None, check="hold", also_affected=hit)
    down = told("carrier-outage", at(1), 12, account=None, check="outage", also_affected=hit)
    silent = Candidate("silence", "1", ("1",), "missed-calls", at(1, 2), at(1, 10), 5.0, ("lines-not-forwarded",))
    waited = replace(silent, screen="hold", complaint="long-hold", causes=("wide-surge",))
    assert explained(waited, [crowd])
    assert not explained(silent, [crowd])
    assert explained(silent, [crowd, down])


def test_the_worst_comes_first_and_ties_go_by_key() -> None:
    low, high = told("b", at(1), 1), told("c", at(1), 1, severity=Severity.HIGH)
    same = told("a", at(1), 1)
    assert [f.cause for f in order([low, high, same])] == ["c", "a", "b"]


def test_severity_counts_calls_and_an_urgent_message_as_several() -> None:
    field = Profile()
    assert severity(field, "1", "lines-not-forwarded", 4.0, 0.0) is Severity.LOW
    assert severity(field, "1", "lines-not-forwarded", 20.0, 0.0) is Severity.HIGH
    assert severity(field, None, "platform-outage", 60.0, 40.0) is Severity.CRITICAL
    assert severity(field, "1", "not-dispatched", 0.0, 1.0) is Severity.MEDIUM
    assert severity(field, "1", "more-calls", 0.0, 500.0) is Severity.MEDIUM
    own = Profile(accounts={"1": {"severity_critical_calls": 3.0}})
    assert severity(own, "1", "lines-not-forwarded", 4.0, 0.0) is Severity.CRITICAL


@pytest.mark.parametrize(
    ("judged", "window", "rest"),
    [((at(20), at(40)), (at(29, 20), at(31, 4)), None),  # both borders were of parts
     ((at(20), at(31)), (at(29, 20), at(31)), (at(29, 20), at(31, 4))),
     ((at(30), at(31)), (at(30), at(31)), (at(29, 20), at(31, 4)))],
)
def test_a_silence_is_told_as_far_as_the_window_goes_and_not_its_part(
    judged: tuple[pd.Timestamp, pd.Timestamp], window: tuple[pd.Timestamp, pd.Timestamp],
    rest: tuple[pd.Timestamp, pd.Timestamp] | None,
) -> None:
    """It lasted from 20:00 to 04:00 a day later, and the part that it was told in is the day between."""
    silence = {"start": at(29, 20), "end": at(31, 4)}
    found = uncut(told("some-lines-not-forwarded", at(30), 24, check="silence", data={"silence": silence}), *judged)
    assert (found.start, found.end) == window
    assert found.key == f"1/some-lines-not-forwarded/{window[0]:%Y-%m-%d}"
    assert found.counted == (rest or window)
    assert ("silence" in found.data) is (rest is not None)


@pytest.mark.parametrize(
    ("check", "end", "ongoing"),
    [("silence", at(30), True), ("silence", at(29), False), ("bill", at(29), False), ("dispatch", at(31), False)],
)
def test_what_was_over_by_the_end_of_all_that_was_judged_is_not_still_going_on(
    check: str, end: pd.Timestamp, ongoing: bool
) -> None:
    found = told("x", end - pd.Timedelta(hours=2), 2, check=check, ongoing=True)
    assert still(found, at(30)).ongoing is ongoing


@pytest.mark.parametrize(
    ("said", "confidence", "words"),
    [("confirmed", 0.95, "confirmed"), ("confirmed", 0.7, "likely"), ("confirmed", 0.45, "inconclusive"),
     ("likely", 0.99, "likely"), ("inconclusive", 0.99, "inconclusive")],
)
def test_words_are_no_surer_than_the_finding(said: str, confidence: float, words: str) -> None:
    assert worded(said, confidence) == words


@pytest.mark.parametrize(
    ("said", "wording", "told"),
    [
        ("A: the line was down. No call.", "confirmed", "A: the line was down. No call."),
        ("A: the line was down. No call.", "likely", "A: most likely the line was down. No call."),
        ("A: most likely the line was down. No call.", "inconclusive", "A: not settled, perhaps the line was down. No call."),
        ("A: most likely the line was down. No call.", "likely", "A: most likely the line was down. No call."),
        ("A: 3 calls where 9 are usual.", "inconclusive", "A: 3 calls where 9 are usual."),
    ],
)
def test_a_sentence_is_no_surer_than_its_finding(said: str, wording: str, told: str) -> None:
    assert hedged(said, "the line was down", wording) == told


@pytest.mark.parametrize("screen", ["outage", "silence", "busy"])
def test_nothing_is_told_at_less_than_a_tenth_however_rarely_chance_brings_it(screen: str) -> None:
    assert not worth_saying(screen, 0.001, LEAST_PLAIN - 0.01, None)
    assert worth_saying(screen, 0.001, LEAST_PLAIN, None)
    assert worth_saying(screen, 0.001, 0.01, 0.9)  # unless calls were lost at all events
