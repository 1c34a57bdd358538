from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from calltrace.diagnosis.audit.standing import unexplained
from calltrace.diagnosis.diagnosis import Bearing, Open, Ranked, RuledOut
from calltrace.report import render
from calltrace.report.audit import AccountRow
from calltrace.report.making import report_of
from calltrace.report.render import to_json, to_terminal
from calltrace.report.render._said import harm_said
from calltrace.report.render._words import NBSP, chance, closed, count, span, zone_label, zone_name, zone_told
from calltrace.report.report import Report, Window
from calltrace.report.values import zone_named
from calltrace.tables.text import HIDDEN
from report import audits, story

GOLDEN = Path(__file__).parent / "golden"
FORMATS = {"terminal": "txt", "json": "json", "html": "html", "markdown": "md", "csv": "csv"}
"""Forms with a golden, and what it ends with; the bytes of the others are read back where they are tried."""

WIDTHS = (60, 80, 100, 120)


def the_report() -> Report:
    return report_of(story.diagnosis(), command="investigate")


@pytest.fixture(scope="module")
def report() -> Report:
    return the_report()


@pytest.mark.parametrize("kind", ["report", "audit"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_form_of_the_fixed_report_is_its_golden_file(
    name: str, kind: str, report: Report, update_golden: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a drawing is as the library draws it, which another release may do otherwise
    monkeypatch.setattr("calltrace.report.render._drawing.available", lambda: False)
    golden = GOLDEN / f"{kind}.{FORMATS[name]}"
    text = render.get(name)(report if kind == "report" else audits.small())
    assert isinstance(text, str)
    if update_golden:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "options", [{"width": 60}, {"ascii_only": True}, {"verbose": True}, {"color": True}], ids=str
)
def test_golden_of_the_terminal_s_options(
    options: dict[str, object], report: Report, update_golden: bool
) -> None:
    golden = GOLDEN / f"terminal-{'-'.join(map(str, next(iter(options.items()))))}.txt"
    text = to_terminal.render(report, **options)
    if update_golden:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_no_golden_is_a_stray() -> None:
    options = {
        "terminal-width-60",
        "terminal-ascii_only-True",
        "terminal-verbose-True",
        "terminal-color-True",
    }
    kinds = {f"{kind}.{e}" for e in FORMATS.values() for kind in ("report", "audit")}
    assert {p.name for p in GOLDEN.iterdir() if p.is_file()} == kinds | {f"{o}.txt" for o in options}


def test_every_renderer_is_a_module_and_every_module_a_renderer() -> None:
    folder = Path(render.__file__).parent
    assert {p.stem.removeprefix("to_") for p in folder.glob("to_*.py")} == set(render.NAMES)
    with pytest.raises(KeyError):
        render.get("smoke-signals")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_is_wider_than_the_screen(width: int, verbose: bool, report: Report) -> None:
    crowded = replace(report, also_affected=story.others() * 9)
    for line in to_terminal.render(crowded, width=width, verbose=verbose).splitlines():
        assert cell_len(line) <= width, line


@pytest.mark.parametrize("width", [100, 120])
def test_the_story_fits_one_screen(width: int, report: Report) -> None:
    assert len(to_terminal.render(report, width=width).splitlines()) <= 50


@pytest.mark.parametrize(("height", "most"), [(24, 45), (49, 47), (60, 58), (200, 70)])
def test_a_low_or_high_screen_is_filled_as_far_as_is_sensible(height: int, most: int, report: Report) -> None:
    crowded = replace(
        report, ruled_out=tuple(replace(r, says=f"{n} {r.says}") for n in range(9) for r in report.ruled_out)
    )
    lines = len(to_terminal.render(crowded, height=height).splitlines())
    assert most - 6 <= lines <= most


def test_a_crowded_report_fits_one_screen_and_says_what_it_left_out(report: Report) -> None:
    crowded = replace(
        report,
        also_affected=story.others() * 20,
        ruled_out=report.ruled_out * 4,
        next_steps=report.next_steps * 4,
        provable=report.provable * 6,
    )
    text = to_terminal.render(crowded, width=100)
    assert len(text.splitlines()) <= 50
    assert "more: --verbose" in text


def test_the_answer_comes_first_with_who_what_and_how_sure(report: Report) -> None:
    lines = to_terminal.render(report).splitlines()
    assert lines[0].startswith("Polar Refrigeration (1021)")
    assert lines[3] == "The client did not forward its lines. (confirmed, 97 %)"
    assert "the client" in lines[4]


def test_the_silence_is_to_be_seen_without_colour(report: Report) -> None:
    lines = to_terminal.render(report).splitlines()
    arrived = next(line for line in lines if line.startswith("arrived")).split()[1:]
    trouble = next(line for line in lines if line.startswith("trouble"))
    assert "0 0 0 0 0 0 0 0 0 0 0" in " ".join(arrived)
    assert "━" * 20 in trouble


def test_plain_without_colour_and_the_same_words_with(report: Report) -> None:
    plain = to_terminal.render(report)
    colored = to_terminal.render(report, color=True)
    assert "\x1b" not in plain
    assert "\x1b[" in colored
    stripped = colored
    for code in set(to_terminal_codes(colored)):
        stripped = stripped.replace(code, "")
    assert stripped == plain


def to_terminal_codes(text: str) -> list[str]:
    return ["\x1b" + part.partition("m")[0] + "m" for part in text.split("\x1b")[1:]]


def test_ascii_is_ascii(report: Report) -> None:
    named = replace(report, account=replace(report.account, name="Zoë 冷蔵"))
    text = to_terminal.render(named, ascii_only=True, verbose=True)
    assert text.isascii()
    assert "Zo\\xeb" in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_a_report_without_cause_chart_or_answer_is_still_a_report() -> None:
    bare = report_of(
        replace(
            story.diagnosis(),
            ranked=(),
            ruled_out=(),
            open=(),
            evidence=(),
            next_steps=(),
            chart=story.chart().head(0),
            provable="",
            summary="",
        ),
        command="investigate",
    )
    assert "No cause is named" in to_terminal.render(bare)
    assert json.loads(to_json.render(bare))["verdict"]["cause"] is None


def test_a_log_that_hides_unanswered_calls_is_said_to(report: Report) -> None:
    text = to_terminal.render(replace(report, logs_unanswered=False, not_ruled_out=()))
    assert "it can't prove that nobody called" in text


def test_what_could_settle_it_is_named_once_for_several_questions(report: Report) -> None:
    missing = ("line_tests",)
    text = to_terminal.render(
        replace(report, not_ruled_out=(Open("Was it dead?", missing, "a"), Open("And before?", missing, "b")))
    )
    assert text.count("line_tests 1,204") == 1
    assert "Was it dead? And before? → would settle it: line_tests" in text


def test_an_assumed_zone_is_said_to_be_assumed(report: Report) -> None:
    assert "ASSUMED" in to_terminal.render(replace(report, zone_from="machine"))


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (1.0, ">99 %"),
        (0.9951, ">99 %"),
        (0.99, "99 %"),
        (0.5, "50 %"),
        (0.004, "<1 %"),
        (0.0, "<1 %"),
        (None, "? %"),
    ],
)
def test_no_probability_is_ever_certain(probability: float | None, said: str) -> None:
    assert chance(probability).replace("\u00a0", " ") == said


def test_numbers_are_rounded_for_people() -> None:
    assert [count(n) for n in (0, 0.3, 0.5, 1.5, 1234.4, None)] == ["0", "<1", "0", "2", "1,234", "?"]


def test_spans_say_the_day_once_and_midnight_as_people_do() -> None:
    zone = zone_named(story.ZONE)
    assert span(story.at("2026-06-05 09:00"), story.at("2026-06-05 17:00"), zone) == "Fri 5 Jun 09:00 – 17:00"
    assert span(story.at("2026-06-05 00:00"), story.at("2026-06-06 00:00"), zone) == "Fri 5 Jun 00:00 – 24:00"
    assert span(story.at("2026-06-05 22:00"), story.at("2026-06-08 00:00"), zone) == (
        "Fri 5 Jun 22:00 – Sun 7 Jun 24:00"
    )


def test_a_window_of_one_minute_is_a_moment() -> None:
    zone = zone_named(story.ZONE)
    start = story.at("2026-06-05 10:23:10").to_pydatetime()
    assert span(start, start.replace(second=50), zone) == "Fri 5 Jun 10:23"
    assert span(start, start.replace(minute=24, second=5), zone) == "Fri 5 Jun 10:23 – 10:24"


@pytest.mark.parametrize(
    ("text", "said"),
    [("done", "Done."), ("done..", "Done."), ("Done.", "Done."), ("what?", "What?"), ("", "")],
)
def test_a_sentence_ends_once(text: str, said: str) -> None:
    assert closed(text) == said


def test_a_window_across_a_clock_change_names_both_zones() -> None:
    zone = zone_named(story.ZONE)
    assert zone_label([story.at("2026-10-31 18:00"), story.at("2026-11-02 08:00")], zone) == "EDT/EST"
    assert zone_label([story.at("2026-10-31 18:00")], zone_named("America/Sao_Paulo")) == "UTC-03"


def test_a_zone_of_bare_hours_is_named_as_its_clock_shows_it() -> None:
    # POSIX has the sign the other way round: five hours behind UTC is Etc/GMT+5
    assert [zone_name(z) for z in ("Etc/GMT+5", "Etc/GMT-1", "UTC", "Europe/Berlin")] == [
        "UTC-05", "UTC+01", "UTC", "Europe/Berlin"
    ]
    there = zone_label([story.at("2026-10-31 18:00")], zone_named("Etc/GMT+5"))
    assert zone_told("Etc/GMT+5", there) == "UTC-05"
    assert zone_told("America/New_York", "EDT") == "America/New_York (EDT)"


hostile = st.text(
    st.one_of(
        st.sampled_from(
            ["\x1b", "\x9b", "\u202e", "\u2066", "\u200b", "\r", "\n", "\x00", "[", "]", "/", "\ud800", "冷"]
        ),
        st.characters(),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(hostile, st.sampled_from(WIDTHS), st.booleans())
def test_what_a_file_says_can_not_steer_the_terminal(text: str, width: int, verbose: bool) -> None:
    base = the_report()
    nasty = replace(
        base,
        account=replace(base.account, name=text, account=text),
        claim=text,
        caller=text,
        verdict=replace(base.verdict, summary=text),
        causes=(
            replace(base.causes[0], supports=(replace(base.causes[0].supports[0], says=text),)),
            *base.causes[1:],
        ),
        ruled_out=(replace(base.ruled_out[0], says=text, so=text), *base.ruled_out),
        also_affected=tuple(replace(h, name=text) for h in story.others()),
        inputs=(replace(base.inputs[0], path=text), *base.inputs),
        data_quality=tuple(replace(q, file=text) for q in base.data_quality),
        evidence=tuple(
            replace(e, says=text, rows=tuple(replace(r, id=text) for r in e.rows)) for e in base.evidence
        ),
        calls=({"call_id": text, "ani": text, "agent": text},),
        notes=(text,),
    )
    for shown in (nasty, replace(nasty, verdict=replace(nasty.verdict, cause=""))):
        out = to_terminal.render(shown, width=width, verbose=verbose)
        steering = {c for c in out if unicodedata.category(c) in HIDDEN} - {"\n"}
        assert not steering
        assert max(cell_len(line) for line in out.splitlines()) <= width
    assert json.loads(to_json.render(nasty))["claim"] == text


def test_markup_is_shown_as_it_is(report: Report) -> None:
    named = replace(report, account=replace(report.account, name="[bold red]Polar[/] :smile:"))
    assert "[bold red]Polar[/] :smile:" in to_terminal.render(named)


def test_the_first_rows_rule_out_what_the_others_did_not(report: Report) -> None:
    def rival(cause: str, *facets: str) -> Ranked:
        refutes = tuple(Bearing(f, "", "", -2.0) for f in facets)
        return Ranked(cause, cause, "carrier", 0.001, (), refutes, ())

    rows = tuple(RuledOut(f"Asked {f}?", f"says {f}", "so", f) for f in ("one", "same", "both", "other"))
    shown = replace(
        report,
        causes=(report.causes[0], rival("x", "one", "same", "both"), rival("y", "both"), rival("z", "other")),
        ruled_out=(*rows, replace(rows[0], facet="again")),
    )
    text = to_terminal.render(shown)
    places = [text.index(f"Asked {f}?") for f in ("both", "other", "one", "same")]
    assert places == sorted(places)
    assert text.count("Says one") == 1


@pytest.mark.parametrize(
    ("hours", "ongoing", "said"),
    [
        (None, True, "38 calls lost"),
        ((-10, 56), False, "38 calls lost since Fri 5 Jun 14:00"),
        ((-10, 60), True, "38 calls lost since Fri 5 Jun 14:00"),
        ((-6, 60), False, "38 calls lost until Mon 8 Jun 12:00"),
        ((-10, 60), False, "38 calls lost in all (Fri 5 Jun 14:00 – Mon 8 Jun 12:00)"),
    ],
)
def test_what_was_lost_beyond_the_window_is_said_with_its_time(
    hours: tuple[int, int] | None, ongoing: bool, said: str
) -> None:
    counted = Window(*(audits.START + timedelta(hours=h) for h in hours)) if hours else None
    assert harm_said(audits.trouble(ongoing=ongoing, counted=counted)).replace(NBSP, " ") == said


def test_a_bills_rise_that_began_before_the_window_is_said_with_its_time() -> None:
    counted = Window(audits.START - timedelta(days=7), audits.START + timedelta(hours=56))
    rise = audits.trouble(check="bill", lost=0.0, harmed=146.0, counted=counted)
    assert harm_said(rise).replace(NBSP, " ") == "146 calls concerned since Sat 30 May 00:00"


def test_who_could_not_be_judged_is_listed_by_why() -> None:
    why = {
        "A": "the call records of east.csv stop",
        "B": "the call records of east.csv have a hole",
        "C": "only 1.0 calls",
        "D": unexplained(12.0),
    }
    rows = tuple(AccountRow(name, name, "unjudged", said, 0, 0, 0, None) for name, said in why.items())
    text = to_terminal.render(replace(audits.small(), accounts=rows))
    assert "Not to be judged, for their records are not whole: A, B.\n" in text
    assert "Too few calls or too little history to judge: C.\n" in text
    assert "Without a call where calls are usual, by chance or closed as far as the records tell: D.\n" in text


def test_a_finding_about_the_records_alone_ends_without_a_harm() -> None:
    told = audits.trouble(account=None, name="", check="feed", cause="log-hides-unanswered", lost=0.0, ongoing=True)
    text = to_terminal.render(replace(audits.small(), findings=(told,)))
    [line] = [one for one in text.splitlines() if "still going on" in one]
    assert line.endswith("still going on")


def test_a_file_beside_the_logs_is_no_problem_in_the_records() -> None:
    audit = audits.small()
    strange = tuple(
        replace(audit.data_quality[0], file=f"logs/{name}", table="", kind="unrecognised", effect="left-out", rows=0)
        for name in ("README", "a.json", "b.json", "c.json"))
    shown = render.get("terminal")(replace(audit, data_quality=strange))
    assert "Not read, of no known format: README, a.json, b.json and 1 more." in shown
    assert "problem in the records" not in shown
    both = render.get("terminal")(replace(audit, data_quality=(*audit.data_quality, strange[0])))
    assert "3 kinds of problem in the records, 3 rows left out" in both
    assert "Not read, of no known format: README.\n" in both
