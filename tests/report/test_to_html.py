from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from calltrace.report.making import report_of
from calltrace.report.render import _charts, _drawing, to_html
from calltrace.report.report import Report
from report import audits, browser, story

MOST_BYTES = 500_000


def linked(report: Report) -> Report:
    """The report with a row of the ruled-out table that leads to an answer."""
    row = replace(report.ruled_out[0], facet=report.evidence[0].facet)
    return replace(report, ruled_out=(row, *report.ruled_out[1:]))


@pytest.fixture(scope="module")
def report() -> Report:
    # calls behind one of the figures, so that it opens into them and not into their lines alone
    made = linked(report_of(story.diagnosis(), command="investigate"))
    rows = next(e.rows for e in made.evidence if e.rows)
    calls = tuple(
        {"call_id": r.id, "offered_at": story.at("2026-06-05 17:40").to_pydatetime(), "ani": "+12155550199",
         "outcome": "answered", "talk_s": 61.0, "file": r.file, "line": r.line}
        for r in rows
    )
    return replace(made, calls=calls)


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return to_html.render(report)


class Tags(HTMLParser):
    """Every tag of a page with its attributes, and the text of each id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_verdict_comes_first(page: str) -> None:
    order = ["The client did not forward its lines.", "confirmed, 97", "the client", "Next", "Ask who was to forward",
             "What the records show", "Ruled out", "Every question that was asked"]
    places = [page.index(said) for said in order]
    assert places == sorted(places)


def test_it_names_nothing_to_load_and_allows_only_what_it_carries(page: str) -> None:
    for tag, attributes in Tags(page).tags:
        assert tag not in {"iframe", "object", "embed", "form", "img", "base"}
        assert not {a for a in attributes if a.startswith("on") or a == "style"}, (tag, attributes)
        assert attributes.get("href", "#")[:1] == "#" or attributes["href"] == "data:,"
        assert "src" not in attributes
    policy = next(a["content"] for t, a in Tags(page).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for kind, tag in (("style", "style"), ("script", "script")):
        held = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert len(held) == 1
        digest = base64.b64encode(hashlib.sha256(held[0].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_ids_are_one_each_and_every_link_leads_to_one(page: str) -> None:
    for text in (page, to_html.render(audits.large(12, 5))):
        tags = Tags(text).tags
        ids = [a["id"] for _, a in tags if "id" in a]
        assert len(ids) == len(set(ids))
        linked = {a["href"][1:] for t, a in tags if t == "a" and a.get("href")}
        assert linked
        assert linked <= set(ids)
        for _, attributes in tags:
            assert set((attributes.get("aria-labelledby") or "").split()) <= set(ids)


def test_every_picture_has_its_words_and_its_figures(page: str, report: Report) -> None:
    charts = _charts.charts_of(report)
    assert [c.name for c in charts] == ["arrivals", "waits-account", "ends-account", "agents-platform", "trunks-tf-a"]
    pictures = [a for t, a in Tags(page).tags if t == "svg"]
    assert len(pictures) == 2 * len(charts)  # for a desk and for a phone
    assert all(a["role"] == "img" for a in pictures)
    for chart in charts:
        assert chart.alt.replace("'", "&#39;") in page
        assert chart.rows
    assert page.count("The figures") == len(charts)


def test_a_figure_opens_into_the_calls_behind_it(page: str, report: Report) -> None:
    answer = next(e for e in report.evidence if e.rows)
    part = page[page.index(f'id="e-{answer.facet}"') :].partition("</details>")[0]
    assert "Calls behind it" in part
    assert "+12155550199" in part
    assert "Fri 5 Jun 17:40" in part
    without = to_html.render(replace(report, calls=()))
    part = without[without.index(f'id="e-{answer.facet}"') :].partition("</details>")[0]
    assert f"{answer.rows[0].file}:{answer.rows[0].line}" in part


def test_without_the_extra_it_is_whole_and_says_what_is_missing(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_drawing, "available", lambda: False)
    text = to_html.render(report)
    assert "<svg" not in text
    assert "pip install" in text
    assert "<details open>" in text
    assert "Calls expected and arrived" in text


def test_without_the_extra_a_week_of_figures_does_not_hide_the_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_drawing, "available", lambda: False)
    real = to_html.values_of_audit
    day, *others = (c for c in real(audits.small())["charts"] if c.rows)
    week = replace(day, rows=day.rows * 7)
    monkeypatch.setattr(to_html, "values_of_audit", lambda report: {**real(report), "charts": (day, week, *others)})
    figures = re.findall(r"<details( open)?><summary class=\"small\">The figures", to_html.render(audits.small()))
    assert figures == [" open", "", *(" open" for _ in others)]


def test_the_same_report_is_the_same_page(report: Report, page: str) -> None:
    assert to_html.render(report) == page
    assert to_html.render(audits.small()) == to_html.render(audits.small())


def test_an_audit_of_a_thousand_accounts_can_be_mailed() -> None:
    text = to_html.render(audits.large(1000, 60))
    assert len(text.encode()) < MOST_BYTES
    assert "61\u00a0findings: 1 critical" in text
    assert text.count("Client of some length 1999") >= 1
    assert text.count('<article class="trouble') == to_html.MOST_FINDINGS


def test_an_audit_of_a_thousand_troubles_can_be_mailed_too() -> None:
    text = to_html.render(audits.large(1000, 999))
    assert len(text.encode()) < MOST_BYTES
    assert "1,000\u00a0findings" in text
    assert "more, none of them graver" in text


def test_a_day_of_much_evidence_is_told_with_less_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = to_html.render(audits.large(20, 12))
    monkeypatch.setattr(to_html, "MOST_BYTES", len(whole.encode()) - 1)
    text = to_html.render(audits.large(20, 12))
    behind = "the calls behind it"
    assert 0 < text.count(behind) < whole.count(behind)
    assert text.count('<article class="trouble') == whole.count('<article class="trouble')


def test_an_audit_that_found_nothing_and_one_of_torn_records_say_so() -> None:
    calm = replace(audits.small(), findings=())
    assert "Nothing found." in to_html.render(calm)
    torn = replace(calm, feed=(audits.trouble(account=None, title="the records end early", detail=None),))
    assert "The records themselves are not whole" in to_html.render(torn)


def test_what_nobody_is_to_blame_for_looks_calm(report: Report) -> None:
    calm = replace(report, verdict=replace(report.verdict, cause="within-normal", party="nobody"))
    assert 'class="verdict calm"' in to_html.render(calm)
    assert 'class="verdict confirmed"' in to_html.render(report)
    assert 'class="verdict calm"' in to_html.render(replace(audits.small(), findings=()))


def test_without_a_cause_the_calls_are_the_answer(report: Report) -> None:
    listed = replace(
        report, complaint="rude-operator", causes=(), verdict=replace(report.verdict, cause="", title="", confidence=None)
    )
    text = to_html.render(listed)
    assert "<svg" not in text  # calls by the hour say nothing of an operator
    assert re.search(r"<details open><summary>\d+\W*calls?", text)


PAGES = {
    "investigation": lambda: report_of(story.diagnosis(), command="investigate"),
    "audit": audits.small,
    "larger audit": lambda: audits.large(60, 5),
}


def test_every_page_opens_in_a_browser_without_a_fault(tmp_path: Path) -> None:
    """Opens every page as people do: nothing asked for, nothing complained of, nothing axe finds fault with."""
    with browser.browser() as started:
        for name, made in PAGES.items():
            file = tmp_path / f"{name}.html"
            file.write_text(to_html.render(made()), encoding="utf-8")
            for dark, width, paper in ((False, 1000, False), (True, 390, False), (False, 800, True)):
                if (name == "larger audit" and (dark or paper)) or (name == "audit" and paper):
                    continue
                told = browser.opened(started, file, dark=dark, width=width, paper=paper)
                wide = told.page.evaluate("document.documentElement.scrollWidth")
                assert browser.faults(told.page) == [], (name, dark, width, paper)
                assert told.said == []
                assert told.asked == [file.as_uri()]
                assert paper or wide <= width, "the page is wider than the screen"
                told.page.close()


def test_a_page_of_a_thousand_accounts_is_shown_at_once(tmp_path: Path) -> None:
    file = tmp_path / "large.html"
    file.write_text(to_html.render(audits.large(1000, 60)), encoding="utf-8")
    with browser.browser() as started:
        told = browser.opened(started, file)
        assert told.said == []
        assert told.asked == [file.as_uri()]
        took = told.page.evaluate("performance.getEntriesByType('navigation')[0].domComplete")
        assert took < 10_000  # milliseconds, on a machine that is busy with other tests


def test_a_table_is_sorted_and_searched_in_a_browser(tmp_path: Path) -> None:
    file = tmp_path / "audit.html"
    file.write_text(to_html.render(audits.large(60, 8)), encoding="utf-8")
    with browser.browser() as started:
        page = browser.opened(started, file).page
        table = page.locator("table.sort").first
        first = table.locator("tbody tr").first.locator("td").first
        table.locator("th button").first.click()
        assert first.inner_text() == "low"
        assert table.locator("th").first.get_attribute("aria-sort") == "ascending"
        table.locator("th button").first.click()
        assert first.inner_text() == "critical"
        accounts = page.locator("section", has=page.get_by_role("heading", name="Every account"))
        accounts.get_by_role("searchbox").fill("length 1044")
        shown = accounts.locator("tbody tr:not([hidden])")
        assert shown.count() == 1
        assert "1044" in shown.first.inner_text()


def test_a_link_opens_what_it_leads_to(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(to_html.render(linked(report_of(story.diagnosis(), command="investigate"))), encoding="utf-8")
    with browser.browser() as started:
        page = browser.opened(started, file).page
        link = page.locator('a[href^="#e-"]').first
        target = page.locator(f"details{link.get_attribute('href')}")
        assert target.get_attribute("open") is None
        link.click()
        page.wait_for_function("document.querySelector(location.hash).open")


def test_no_column_of_the_findings_is_cut_off_on_a_phone_or_a_small_screen(tmp_path: Path) -> None:
    file = tmp_path / "audit.html"
    file.write_text(to_html.render(audits.large(60, 8)), encoding="utf-8")
    with browser.browser() as started:
        for width in (390, 1000):
            page = browser.opened(started, file, width=width).page
            table = page.locator(".scroll", has=page.locator("table.sort")).first
            room = table.evaluate("one => [one.scrollWidth, one.clientWidth]")
            assert room[0] <= room[1], width
            last = page.locator("table.sort tbody tr").first.locator("td").last
            assert last.inner_text().strip() == "83\N{NO-BREAK SPACE}%"
            assert last.get_attribute("data-label") == "how sure"
            box = last.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= width


def test_legends_stay_within_their_charts(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(to_html.render(report_of(story.diagnosis(), command="investigate")), encoding="utf-8")
    with browser.browser() as started:
        page = browser.opened(started, file, width=390).page
        # in the wider type some machines have instead
        page.evaluate(
            "document.querySelectorAll('svg text').forEach((text) => { text.style.fontFamily = 'DejaVu Sans, Verdana'; })"
        )
        cut = page.evaluate(
            "[...document.querySelectorAll('svg.n')].flatMap((svg) => [...svg.querySelectorAll('text')].filter((text) =>"
            " text.getBoundingClientRect().right > svg.getBoundingClientRect().right).map((text) => text.textContent))"
        )
        assert cut == []


def test_cells_without_a_value_are_last_whichever_way_a_table_is_sorted(tmp_path: Path) -> None:
    base = audits.small()
    rows = [replace(a, expected=None if n == 1 else 10.0 + n) for n, a in enumerate(base.accounts)]
    file = tmp_path / "audit.html"
    file.write_text(to_html.render(replace(base, accounts=tuple(rows))), encoding="utf-8")
    with browser.browser() as started:
        page = browser.opened(started, file).page
        accounts = page.locator("section", has=page.get_by_role("heading", name="Every account"))
        cells = accounts.locator("tbody tr td:nth-child(5)")
        for _ in ("up", "down"):
            accounts.get_by_role("button", name="expected").click()
            assert cells.last.inner_text() == "?"
        shown = cells.all_inner_texts()[:-1]
        assert shown == sorted(shown, reverse=True)
