"""What an audit says of calls that are over within seconds: one incident, of one agent or of one trunk group, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.audit.screens.cutoff import SCREEN
from calltrace.diagnosis.profile import Profile
from checks.cutting import TROUBLE, WINDOW, cut_by, floor, quiet, records, unheard
from checks.floor import Row, during
from support import at, case, steady

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.diagnosis.audit.findings import Audit
    from calltrace.diagnosis.audit.ground import Candidate


def audited(rows: list[Row], start: pd.Timestamp = WINDOW[0], end: pd.Timestamp = WINDOW[1]) -> Audit:
    return audit_case(records(rows), start=start, end=end)


def looked_at(rows: list[Row]) -> list[Candidate]:
    return SCREEN.run(Ground(records(rows), *WINDOW, Profile()), [])


def test_one_agents_calls_are_one_incident_of_all_it_hit() -> None:
    [one] = audited(floor(cut_by("A2"))).findings
    assert (one.cause, one.party, one.account, one.name) == ("agent-ends-calls", "service", None, "Agent A2")
    assert one.key == "agent:A2/agent-ends-calls/2026-06-25"
    assert {h.account for h in one.also_affected} == set("1234567")
    assert one.summary.startswith("Agent A2: calls were over within seconds of being answered. 1")
    assert "0 of " in one.summary  # of what the others answered
    assert one.severity == "critical"
    assert one.next_steps[0].startswith("Listen to the recordings")
    assert one.confidence > 0.6


def test_the_same_agent_on_two_days_is_one_trouble_and_another_agent_another() -> None:
    both = [cut_by("A2")(cut_by("A4")(r)) for r in quiet()]
    assert sorted(f.name for f in audited(both).findings) == ["Agent A2", "Agent A4"]
    days = [audited(floor(cut_by("A2")), at(d), at(d + 1)).findings for d in (24, 25)]
    assert [[f.cause for f in found] for found in days] == [["agent-ends-calls"]] * 2


def test_a_trunk_group_that_carries_no_sound_is_one_incident_and_no_clients_surge() -> None:
    found = audited(unheard())
    [one] = found.findings
    assert (one.cause, one.party, one.account, one.trunk_group) == ("one-way-audio", "carrier", None, "A")
    assert {h.account for h in one.also_affected} == {"1", "2", "3", "4"}
    assert TROUBLE[0] - one.start < at(0, 1) - at(0)
    assert "the account's" not in one.summary
    assert found.symptoms
    assert {s.account: s.status for s in found.standings}["5"] == "clear"


def test_the_crowd_of_who_called_again_is_told_by_nobody_who_asks_for_crowds_alone() -> None:
    alone = audit_case(records(unheard()), start=WINDOW[0], end=WINDOW[1], checks=["surge", "nuisance"])
    assert not alone.findings


def test_a_crowd_at_another_time_is_told_all_the_same() -> None:
    came = steady("1", every_min=1, days=25, hours=(10, 12), offset_min=0.5)
    crowd = [r | {"call_id": f"x{r['call_id']}", "ani": f"+1917555{i:04d}", "talk_s": 80.0, "agent": "A3"}
             for i, r in enumerate(came) if during(r, WINDOW)]
    assert sorted(f.cause for f in audited([*unheard(), *crowd]).findings) == ["one-way-audio", "own-surge"]


def test_an_ordinary_service_is_left_alone() -> None:
    assert not looked_at(floor())
    new = floor(lambda r: r | {"agent": "N9"} if r["agent"] == "A2" and during(r, WINDOW) else dict(r))
    assert not looked_at(new)
    pages = [r | {"agent": "A2", "talk_s": 4.0, "ani": f"+1917555{k:04d}"} for who in ("11", "12", "13")
             for k, r in enumerate(steady(who, every_min=30, days=26, hours=(8, 18)))]
    assert not looked_at(floor(extra=pages))
    assert not looked_at(floor(lambda r: r | {"talk_s": 5.0} if r["account"] == "1" and during(r, TROUBLE) else dict(r)))


def test_a_log_that_writes_no_length_or_neither_agents_nor_groups_is_not_clear() -> None:
    bare = [{k: v for k, v in r.items() if k not in {"agent", "trunk_group"}} for r in quiet()]
    ground = Ground(case(bare), *WINDOW, Profile())
    assert SCREEN.short(ground) == "calls.agent or calls.trunk_group"
    assert not SCREEN.run(ground, [])
    assert SCREEN.short(Ground(records(floor()), *WINDOW, Profile())) == ""
    silent = Ground(case([r | {"talk_s": None} for r in quiet()]), *WINDOW, Profile())
    assert SCREEN.short(silent) == "calls.talk_s"
    assert not SCREEN.run(silent, [])
