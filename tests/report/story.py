"""The story of Polar Refrigeration: one fixed Diagnosis, for the goldens and all that is tried on them.

Its lines should have been forwarded from Friday 18:00 to Monday 08:00; nothing arrived.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from calltrace.diagnosis.diagnosis import Bearing, Diagnosis, Hit, Open, Ranked, RuledOut
from calltrace.diagnosis.evidence import Evidence, Example, Outcome
from calltrace.diagnosis.scene import AccountFacts, Question
from calltrace.diagnosis.series import Line, Series
from calltrace.errors import Location
from calltrace.tables.case import Case, Source
from calltrace.tables.problems import Problem
from calltrace.tables.schema import ACCOUNTS, conform

ZONE = "America/New_York"


def at(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz=ZONE).tz_convert("UTC")


USUAL = [1, 1, 1, 1, 1, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 3, 2, 1, 1]
"""Calls to expect by the hour of the day, in quarters; the office answers by day itself (Mo-Fr 8 to 18)."""


def chart() -> pd.DataFrame:
    start = pd.date_range(
        at("2026-06-04 17:00"), at("2026-06-09 08:00"), freq="h", inclusive="left", unit="us"
    )
    rows = []
    for number, moment in enumerate(start):
        local = moment.tz_convert(ZONE)
        weekend = local.day_of_week >= 5
        expected = (USUAL[local.hour] or (3 if weekend else 0)) / 4
        silent = at("2026-06-05 18:00") <= moment < at("2026-06-08 08:00")
        arrived = 0 if silent else round(expected + (number * 7 % 5 - 2) / 4)
        rows.append(
            (moment, expected, 0.0, float(round(expected + 2 * expected**0.5 + 0.4)), float(max(arrived, 0)))
        )
    return pd.DataFrame(rows, columns=["start", "expected", "low", "high", "arrived"])


def series() -> tuple[Series, ...]:
    """Two days about the window, in intervals of six hours; the last one is not on record."""
    start, size = at("2026-06-05 12:00"), 10

    def made(name: str, scope: str, unit: str, says: str, *lines: Line) -> Series:
        return Series(name, scope, unit, start, 360, lines, says)

    return (
        made(
            "waits", "account", "s", "The longest mean wait of all callers was 21 s, Sat 6 Jun 18:00.",
            Line("this client's callers", "seen", (6.0, *[None] * (size - 1))),
            Line("all callers", "usual", (9.0, 12.0, 8.0, 7.5, 14.0, 21.0, 9.0, 8.0, 10.0, None)),
        ),
        made(
            "ends", "account", "calls", "2 calls answered, 1 left before an agent, 0 refused or cut.",
            Line("answered", "part", (2.0, *[0.0] * (size - 2), None)),
            Line("left before an agent", "part", (1.0, *[0.0] * (size - 2), None)),
        ),
        made(
            "agents", "platform", "agents", "Between 5 and 14 agents were logged in (from the agents' logins).",
            Line("logged in", "seen", (14.0, 9.0, 5.0, 11.0, 12.0, 8.0, 5.0, 10.0, 12.0, None)),
            Line("needed", "needed", (12.0, 8.0, 4.0, 10.0, 12.0, 9.0, 4.0, 9.0, 11.0, None)),
            Line("usual", "usual", (14.0, 9.0, 5.0, 11.0, 12.0, 9.0, 5.0, 11.0, 12.0, None)),
        ),
        made(
            "trunks", "TF-A", "trunks", "TF-A had at most 9 trunks in use at once; the most on record is 23.",
            Line("in use at once, at most", "seen", (9.0, 7.0, 3.0, 8.0, 9.0, 6.0, 3.0, 8.0, 9.0, None)),
            Line("most ever on record", "limit", (23.0,) * size),
        ),
    )


def ranked() -> tuple[Ranked, ...]:
    supports = (
        Bearing(
            "account-silent",
            "no call Fri 5 Jun 17:52 to Mon 8 Jun 08:11, where 38 calls usually come (1 in 40 million)",
            "a line that is not forwarded brings no call at all",
            4.1,
        ),
        Bearing(
            "silent-whole-coverage",
            "the silence starts and ends with the coverage hours, to within 11 minutes",
            "forwarding is switched on and off with the coverage hours, and so is this silence",
            2.6,
        ),
        Bearing(
            "number-tests-failed",
            "7 of 7 test calls to its two toll-free numbers came through that weekend",
            "the number itself works: only the forwarding is missing",
            1.9,
        ),
    )
    refutes = (
        Bearing(
            "closure-announced",
            "an events note says “office closed Mon 8 Jun” from 12:00",
            "a closed office brings no calls",
            -0.2,
        ),
    )
    return (
        Ranked(
            "lines-not-forwarded",
            "the client did not forward its lines",
            "client",
            0.9712,
            supports,
            refutes,
            (),
        ),
        Ranked(
            "number-down",
            "one number was down at the carrier",
            "carrier",
            0.0141,
            (),
            against(supports[2]),
            ("redirected_from",),
        ),
        Ranked(
            "expected-quiet",
            "so few calls were to be expected",
            "nobody",
            0.0093,
            (),
            against(supports[0]),
            (),
        ),
        Ranked("carrier-outage", "the trunk group was down", "carrier", 0.0031, (), (), ("kpi",)),
        Ranked("platform-outage", "the platform was down", "service", 0.0012, (), (), ("kpi",)),
        Ranked("within-normal", "the records don't bear it out", "nobody", 0.0011, (), (), ()),
    )


def against(bearing: Bearing) -> tuple[Bearing, ...]:
    return (replace(bearing, weight=-bearing.weight),)


def evidence() -> tuple[Evidence, ...]:
    edges = (
        Example("20260605-004417", Location("calls.csv.gz", 184417)),
        Example("20260608-000391", Location("calls.csv.gz", 190391)),
    )
    start, end = at("2026-06-05 17:52"), at("2026-06-08 08:11")
    return (
        Evidence(
            "account-silent",
            Outcome.FOUND,
            ranked()[0].supports[0].says,
            observed=0.0,
            expected=38.25,
            unit="calls",
            start=start,
            end=end,
            examples=edges,
            data={"score": 7.6, "asked": start},
        ),
        Evidence(
            "platform-silent",
            Outcome.CLEAR,
            "the 79 other accounts had 5,214 calls; 5,190 usually come",
            observed=5214.0,
            expected=5190.4,
            unit="calls",
            start=start,
            end=end,
        ),
        Evidence(
            "trunk-blocked",
            Outcome.NOT_RUN,
            "no intervals of the trunk group",
            strength=0.0,
            missing=("kpi.all_trunks_busy_s",),
        ),
    )


def case() -> Case:
    accounts = conform(
        pd.DataFrame({"account": ["1021"], "name": ["Polar Refrigeration"], "timezone": [ZONE]}), ACCOUNTS
    )
    bad = Problem(
        Location("calls.csv.gz", 218),
        'offered_at is "31/09/2026 08:15"',
        "a real date as DD/MM/YYYY HH:MM",
        "Row left out; correct the line, or name the right format.",
        table="calls",
        kind="bad-time",
    )
    twice = Problem(
        Location("calls.csv.gz", 9120),
        "call_id 20260519-000871 again",
        "each call once",
        "",
        table="calls",
        kind="duplicate",
        effect="left-out",
    )
    mended = Problem(
        Location("agents.csv", 77),
        'event is "log-in"',
        "login",
        "Read as login.",
        table="agents",
        kind="bad-value",
        effect="repaired",
    )

    def source(path: str, table: str, rows: int, *, left_out: int = 0, first: str, last: str) -> Source:
        return Source(
            path,
            "generic",
            table,
            "header",
            rows,
            left_out,
            first=at(first),
            last=at(last),
            zone=ZONE,
            zone_from="offset",
        )

    sources = (
        replace(
            source(
                "june/calls.csv.gz",
                "calls",
                243_807,
                left_out=2,
                first="2026-04-20 00:00",
                last="2026-06-09 08:59",
            ),
            calls=243_805,
            answered=231_920,
        ),
        Source("june/accounts.csv", "generic", "accounts", "header", 80, zone=ZONE),
        source(
            "june/agents.csv", "agents", 18_411, left_out=0, first="2026-04-20 00:00", last="2026-06-09 08:55"
        ),
        source(
            "june/events.csv", "events", 12, left_out=0, first="2026-05-01 00:00", last="2026-06-08 12:00"
        ),
        source(
            "june/line_tests.csv",
            "line_tests",
            1_204,
            left_out=0,
            first="2026-04-20 00:10",
            last="2026-06-09 08:10",
        ),
    )
    return Case({"accounts": accounts}, sources, (bad, twice, mended), zone=ZONE, zone_from="offset")


def diagnosis() -> Diagnosis:
    return Diagnosis(
        question=Question(
            "1021",
            "missed-calls",
            at("2026-06-05 17:00"),
            at("2026-06-08 09:00"),
            claim="our customers rang all weekend and nobody answered",
            now=at("2026-06-09 09:00"),
        ),
        account=AccountFacts(
            "1021",
            "Polar Refrigeration",
            ("+18005550121", "+18885550121"),
            ("TF-A",),
            ZONE,
            "Mo-Fr 00:00-08:00,18:00-24:00; Sa-Su 00:00-24:00",
            3,
            "+12155550121",
            15,
            known=True,
        ),
        case=case(),
        ranked=ranked(),
        wording="confirmed",
        summary="Polar Refrigeration: the client did not forward its lines. No call reached us from Fri 5 Jun"
        " 18:00 to Mon 8 Jun 08:00, all the time its lines should have been forwarded, where 38 calls usually"
        " come; everybody else was served as usual.",
        start=at("2026-06-05 18:00"),
        end=at("2026-06-08 08:00"),
        evidence=evidence(),
        ruled_out=(
            RuledOut(
                "Did calls of this account arrive at all?",
                "0 arrived, 38 usually do",
                "none reached the switch",
                "calls-arrived",
            ),
            RuledOut(
                "Was the whole platform silent?",
                "the 79 other accounts had 5,214 calls; 5,190 usually come",
                "platform up",
                "platform-silent",
            ),
            RuledOut(
                "Was its trunk group silent?",
                "11 other accounts on TF-A had 402 calls; 390 usually come",
                "trunk group up",
                "trunk-silent",
            ),
            RuledOut(
                "Did test calls to its numbers fail?",
                "7 of 7 came through, the last Sun 7 Jun 22:10",
                "toll-free numbers up",
                "number-tests-failed",
            ),
            RuledOut(
                "Were calls lost from the records?",
                "no gap in the call ids; the last record is Tue 9 Jun 08:59",
                "records whole",
                "records-end-early",
            ),
            RuledOut(
                "Were the calls refused as busy?",
                "no busy call all weekend; its limit is 3 at once",
                "limit not reached",
                "path-limit",
            ),
            RuledOut(
                "Was maintenance announced for that time?",
                "no such event among 12",
                "none planned",
                "maintenance-announced",
            ),
        ),
        open=(
            Open(
                "Were all trunks of its group busy for part of the time?",
                ("kpi (trunk-group intervals)",),
                "trunk-blocked",
            ),
            Open("Were the calls forwarded to another number?", ("calls.redirected_from",), "redirected"),
        ),
        also_affected=(),
        next_steps=(
            "Ask who was to forward the lines on Friday at 18:00, and how they do it (star code, key).",
            "Ask them to dial their own number from a mobile phone now, and watch whether the call arrives.",
            "Agree on a test call at the start of every coverage period, or on forwarding by schedule.",
        ),
        chart=chart(),
        provable="Chance leaves 38 expected calls out once in 40 million weekends; after Sat 6 Jun 01:00 (7"
        " calls missed) it was already less than one in 1,000.",
        thresholds=("chance is ruled out at 0.001 (one false alarm in 1,000 account-days)",),
        notes=(),
        series=series(),
    )


def others() -> tuple[Hit, ...]:
    return (
        Hit("1033", "Lakeside Plumbing", 12.4, 0.0, "silent as well"),
        Hit("1045", "1045", None, None, "3 callers refused"),
    )
