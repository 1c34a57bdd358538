"""An audit for the goldens, and one of as many accounts as one likes, for what is tried on them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from calltrace.diagnosis.diagnosis import Hit
from calltrace.report.audit import AccountRow, AuditReport, HeatRow, Trouble
from calltrace.report.making import report_of
from calltrace.report.report import Report, Window
from report import story

START = story.at("2026-06-06 00:00").to_pydatetime()


def detail() -> Report:
    return report_of(story.diagnosis(), command="audit")


def trouble(**changes: object) -> Trouble:
    """The weekend of the story, as an audit tells it."""
    made = Trouble(
        key="1021/lines-not-forwarded/2026-06-05",
        account="1021",
        name="Polar Refrigeration",
        trunk_group=None,
        cause="lines-not-forwarded",
        title="the client did not forward its lines",
        party="client",
        confidence=0.9712,
        wording="confirmed",
        severity="high",
        check="silence",
        window=Window(START - timedelta(hours=6), START + timedelta(hours=56)),
        zone=story.ZONE,
        lost=38.0,
        harmed=0.0,
        score=7.6,
        summary="Polar Refrigeration: the client did not forward its lines. No call reached us, where 38 usually come.",
        next_steps=story.diagnosis().next_steps,
        also_affected=(),
        ongoing=False,
        detail=detail(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def hours(account: str, expected: float, arrived: list[float | None], harmed: float = 0.0) -> HeatRow:
    size = len(arrived)
    return HeatRow(account, START, (expected,) * size, tuple(arrived), tuple(arrived), (harmed,) * size)


def small() -> AuditReport:
    """Three accounts and two findings: one's own, one of a trunk group."""
    base = detail()
    group = trouble(
        key="TF-A/carrier-outage/2026-06-06",
        account=None,
        name="",
        trunk_group="TF-A",
        cause="carrier-outage",
        title="the trunk group was down",
        party="carrier",
        severity="critical",
        check="outage",
        wording="likely",
        confidence=0.83,
        lost=112.4,
        summary="trunk group TF-A: most likely the trunk group was down",
        also_affected=story.others(),
        detail=None,
        ongoing=True,
    )
    return AuditReport(
        command="audit",
        checks=("outage", "silence"),
        window=Window(START, START + timedelta(hours=24)),
        zone=story.ZONE,
        fdr=0.1,
        account_days=3.0,
        feed=(),
        findings=(group, trouble()),
        accounts=(
            AccountRow("1021", "Polar Refrigeration", "finding", "the client did not forward its lines", 0, 0, 0, 14.2),
            AccountRow("1033", "Lakeside Plumbing", "incident", "the trunk group was down", 3, 3, 0, 12.4),
            AccountRow("1044", "Zoë's Bakery", "clear", "", 240, 236, 4, 232.8),
            AccountRow("1045", "1045", "absent", "in the accounts table, in no call on record", 0, 0, 0, None),
        ),
        symptoms=2,
        heat=(
            hours("1021", 0.6, [0.0] * 24),
            hours("1033", 9.0, [0.0] * 6 + [9.0] * 18),
            hours("1044", 10.0, [10.0] * 10 + [40.0] + [10.0] * 12 + [None], harmed=0.0),
        ),
        thresholds=base.thresholds,
        notes=("Only 20 days of records lie outside the window: what is usual is rough",),
        inputs=base.inputs,
        data_quality=base.data_quality,
        series=base.series,
    )


def large(accounts: int, findings: int) -> AuditReport:
    """A bad day of a large service: every fourth account hit by one incident, many with findings of their own."""
    base, chance = small(), random.Random(7)
    ids = [f"{1000 + n}" for n in range(accounts)]
    names = {a: f"Client of some length {a}" for a in ids}
    incident = replace(
        base.findings[0], also_affected=tuple(Hit(a, names[a], 20.0, 3.0, "3 of 20 calls came") for a in ids[::4])
    )
    own = tuple(
        trouble(key=f"{a}/x", account=a, name=names[a], severity=chance.choice(("low", "medium", "high")))
        for a in ids[:findings]
    )
    rows = tuple(
        AccountRow(a, names[a], "finding" if n < findings else "clear" if n % 4 else "incident",
                   "a reason of some length, as they are" if n < findings else "", chance.randrange(400),
                   chance.randrange(400), chance.randrange(40), chance.random() * 400)
        for n, a in enumerate(ids)
    )
    heat = tuple(
        hours(a, 8.0, [float(chance.choice((0, 3, 8, 8, 9, 7, 8, 25))) for _ in range(24)], harmed=chance.choice((0.0, 4.0)))
        for a in ids
    )
    return replace(base, findings=(incident, *own), accounts=rows, heat=heat)
