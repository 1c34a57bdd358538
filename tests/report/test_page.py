from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from calltrace.report.render._page import Bit, Page, height, shorten, wrap
from calltrace.tables.text import visible


def flat(lines: list[list[Bit]]) -> list[str]:
    return ["".join(b.text for b in line) for line in lines]


def test_words_wrap_at_spaces_and_long_ones_anywhere() -> None:
    assert flat(wrap("one two three", 7)) == ["one two", "three"]
    assert flat(wrap("abcdefghij k", 4)) == ["abcd", "efgh", "ij k"]
    assert flat(wrap("", 4)) == [""]


def test_what_is_to_stay_together_parts_between_words_where_no_line_has_room() -> None:
    assert flat(wrap("one (two\u00a0three)", 11)) == ["one", "(two\u00a0three)"]
    assert flat(wrap("one (two\u00a0three)", 9)) == ["one", "(two\u00a0", "three)"]


def test_wide_characters_take_two_cells() -> None:
    assert flat(wrap("冷蔵冷蔵", 5)) == ["冷蔵", "冷蔵"]
    assert shorten("冷蔵冷蔵", 5) == "冷蔵…"


def test_styles_survive_wrapping() -> None:
    (first, second) = wrap((Bit("bold words", "bold"), " plain"), 11)
    assert first == [Bit("bold", "bold"), Bit(" ", "bold"), Bit("words", "bold")]
    assert second == [Bit("plain")]


def test_a_paragraph_cut_short_says_so() -> None:
    page = Page(20)
    page.text("one two three four five six seven eight nine ten", most=2)
    assert len(page.lines) == 2
    assert page.printed().rstrip().endswith("…")


@given(st.text(st.characters(codec="utf-8"), max_size=80), st.integers(2, 40))
def test_wrapping_keeps_to_the_width_and_loses_no_word(text: str, width: int) -> None:
    lines = flat(wrap(text, width))
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split(" ")) == "".join(visible(text).split(" "))


@given(st.text(st.sampled_from("ab cd"), max_size=60), st.integers(1, 30))
def test_a_text_is_as_high_as_it_wraps(text: str, width: int) -> None:
    words = " ".join(w[:width] for w in text.split())
    assert height(words, width) == len(wrap(words, width))
