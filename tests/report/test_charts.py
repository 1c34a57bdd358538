from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from calltrace.errors import UsageError
from calltrace.report.making import report_of
from calltrace.report.render import _charts, _drawing, _heatmap
from calltrace.report.render._charts import clock_ticks, series_chart
from calltrace.report.render._drawing import Chart
from calltrace.report.report import Line, Report, Series
from calltrace.report.values import zone_named
from report import audits, story
from report.test_every_form import NASTY, steering

NEW_YORK = zone_named(story.ZONE)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def report() -> Report:
    return report_of(story.diagnosis(), command="investigate")


@pytest.fixture(scope="module")
def charts(report: Report) -> dict[str, Chart]:
    return {c.name: c for c in _charts.charts_of(report)}


class Marks(HTMLParser):
    """The tags of a drawing, its texts, and the colours of its marks."""

    def __init__(self, drawn: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.colors: set[str] = set()
        self.feed(drawn)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.colors |= {v for n, v in attrs if n in {"fill", "stroke"} and v and v != "none"}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_drawing_takes_its_colours_from_the_page(charts: dict[str, Chart]) -> None:
    for chart in charts.values():
        marks = Marks(_drawing.svg(chart))
        assert marks.colors
        assert all(c.startswith("var(--") for c in marks.colors), marks.colors
        assert {c[6:-1] for c in marks.colors} <= set(_drawing.LIGHT)
    assert set(_drawing.LIGHT) == set(_drawing.DARK)


def test_a_drawing_is_named_and_carries_no_style_of_its_own(charts: dict[str, Chart]) -> None:
    drawn = _drawing.svg(charts["arrivals"], label="a b")
    assert 'role="img" aria-labelledby="a b"' in drawn
    assert "style=" not in drawn
    alone = _drawing.svg(replace(charts["arrivals"], alt='38 "calls" <b>'))
    assert 'aria-label="38 &quot;calls&quot; &lt;b>"' in alone


def test_a_picture_has_its_colours_in_it_light_and_dark(charts: dict[str, Chart]) -> None:
    light, dark = (_drawing.png(charts["agents-platform"], scale=1, dark=dark) for dark in (False, True))
    assert light[:8] == dark[:8] == PNG
    assert light != dark
    assert int.from_bytes(light[16:20]) == _drawing.WIDE
    assert _drawing.png(charts["agents-platform"], scale=1) == light


def test_the_arrivals_are_those_of_the_report(report: Report, charts: dict[str, Chart]) -> None:
    chart = charts["arrivals"]
    spec = chart.spec["data"]["values"]
    assert sum(row["arrived"] for row in spec) == sum(h.arrived or 0 for h in report.chart)
    assert len(chart.rows) == len(spec) <= _charts.MOST_BINS
    assert sum(int(row[1]) for row in chart.rows) == sum(h.arrived or 0 for h in report.chart)
    assert "0; expected: 34." in chart.alt


def test_the_trouble_is_drawn_above_everything(charts: dict[str, Chart]) -> None:
    tint, bar = charts["arrivals"].spec["layer"][:2]
    assert (tint["mark"]["fill"], bar["mark"]["fill"]) == ("@trouble", "@limit")
    span = bar["data"]["values"][0]
    assert span["to"] - span["from"] == 62  # Friday 18:00 to Monday 08:00


def test_a_window_that_is_only_asked_about_is_not_drawn_as_trouble(report: Report) -> None:
    drawn = [json.dumps(chart.spec["layer"]) for chart in _charts.charts_of(replace(report, window=report.asked))]
    assert drawn
    assert [layer for layer in drawn if "@trouble" in layer] == []


def test_an_interval_that_is_not_known_is_a_gap_not_a_zero() -> None:
    start = story.at("2026-06-05 12:00").to_pydatetime()
    series = Series("waits", "platform", "s", start, 60, (Line("all callers", "seen", (5.0, None, 7.0)),), "Said.")
    chart = series_chart(series, NEW_YORK)
    assert chart is not None
    values = chart.spec["layer"][0]["data"]["values"]
    assert [(v["at"], v["value"]) for v in values] == [(0, 5.0), (1, 5.0), (1, None), (2, 7.0), (3, 7.0)]
    assert [row[1] for row in chart.rows] == ["5", "?", "7"]
    assert series_chart(replace(series, lines=(Line("x", "seen", (None,)),)), NEW_YORK) is None


def test_long_waits_are_drawn_in_minutes_and_told_in_seconds() -> None:
    start = story.at("2026-06-05 12:00").to_pydatetime()
    series = Series("waits", "platform", "s", start, 60, (Line("all callers", "seen", (600.0, 60.0)),), "Said.")
    chart = series_chart(series, NEW_YORK)
    assert chart is not None
    assert "minutes" in chart.title
    assert [v["value"] for v in chart.spec["layer"][0]["data"]["values"]] == [10, 1, 1]
    assert chart.heads == ("from", "all callers (s)")
    assert chart.rows[0][1] == "600"


def test_the_axis_tells_the_local_clock_and_keeps_real_time_across_a_clock_change() -> None:
    start = story.at("2026-10-31 12:00").to_pydatetime()
    wide, narrow = clock_ticks(start, start + timedelta(hours=48), NEW_YORK)
    assert wide[0] == (0.0, "12:00|Sat 31 Oct")
    assert (12.0, "00:00|Sun 1 Nov") in wide
    assert (19.0, "06:00") in wide  # one hour came twice
    assert len(narrow) < len(wide)


@pytest.mark.parametrize("left", [16, 48, 150])  # what stands beside a plot: nothing, figures, clients' names
@pytest.mark.parametrize("days", [1, 2, 4, 7, 10, 28])
def test_no_label_of_the_axis_is_printed_over_the_next(days: int, left: int) -> None:
    start = story.at("2026-05-25 00:00").to_pydatetime()
    for width, labels in zip(
        (_drawing.WIDE, _drawing.NARROW), clock_ticks(start, start + timedelta(days=days), NEW_YORK, left), strict=True
    ):
        places = [at / (24 * days) * (width - left - 16) for at, _ in labels]
        letters = [max(map(len, text.split("|"))) for _, text in labels]
        assert all(b - a > 6 * long for a, b, long in zip(places, places[1:], letters, strict=False))
    assert labels  # the narrow ones


def test_the_legend_wraps_where_it_has_no_room() -> None:
    keys = ("in use at once, at most", "most ever on record", "a third one of some length")
    assert _drawing._columns(keys, _drawing.WIDE) == 3
    assert _drawing._columns(keys, _drawing.NARROW) < 3


def test_without_the_extra_a_picture_is_refused_with_what_to_do(
    charts: dict[str, Chart], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", None)
    with pytest.raises(UsageError, match=r"pip install 'calltrace-cli\[html\]'"):
        _drawing.png(replace(charts["arrivals"], height=123))


def test_the_map_has_a_row_an_account_the_worst_on_top() -> None:
    chart = _heatmap.charts_of_audit(audits.small())[0]
    drawn = Marks(_drawing.svg(chart))
    words = [t for t in drawn.texts if t.strip()]
    assert {"Lakeside Plumbing", "Polar Refrigerati…", "Zoë's Bakery"} <= set(words)
    assert {"fewer", "far more", "as usual", "in a finding"} <= set(words)
    assert "3 accounts" in chart.alt


def test_of_many_accounts_those_out_of_the_usual_are_named_first() -> None:
    few, whole = _heatmap.charts_of_audit(audits.large(60, 5))[:2]
    assert (few.name, whole.name) == ("accounts-unusual", "accounts-map")
    assert few.keys
    assert "40 accounts most out of the usual" in few.alt
    names = [t for t in Marks(_drawing.svg(few)).texts if t.startswith("Client of")]
    assert len(names) == 40
    assert not [t for t in Marks(_drawing.svg(whole)).texts if t.startswith("Client of")]
    assert "<svg" in _drawing.svg(whole, width=whole.only)


def test_figures_are_shortened_in_tags_and_never_in_texts() -> None:
    named = replace(
        audits.small(),
        accounts=tuple(replace(a, name="Unit 1.2345, 6.0") for a in audits.small().accounts),
    )
    drawn = _drawing.svg(_heatmap.charts_of_audit(named)[0])
    assert "Unit 1.2345, 6.0" in drawn
    assert not re.search(r"<[^>]*\d\.\d\d[^>]*>", drawn)


def test_no_text_makes_a_tag_of_a_drawing() -> None:
    base = audits.large(len(NASTY), 0)
    named = replace(base, accounts=tuple(replace(a, name=n) for a, n in zip(base.accounts, NASTY, strict=True)))
    drawn, plain = (_drawing.svg(_heatmap.charts_of_audit(report)[0]) for report in (named, base))
    assert Marks(drawn).tags == Marks(plain).tags
    assert not steering(drawn)
    assert any("<script>alert" in text for text in Marks(drawn).texts)


@pytest.mark.parametrize("text", NASTY)
def test_no_text_steers_a_chart_s_title_or_its_name(text: str) -> None:
    chart = series_chart(replace(audits.small().series[-1], scope=text), NEW_YORK)
    assert chart is not None
    assert json.dumps(chart.spec)
    assert not steering(chart.title)
    assert re.fullmatch(r"trunks-[a-z0-9-]+", chart.name)
