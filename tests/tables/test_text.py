from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.tables.text import HIDDEN, visible


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Polar Refrigeration", "Polar Refrigeration"),
        ("Zoë 冷蔵", "Zoë 冷蔵"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x9b2J", "\\x9b2J"),
        ("abc\u202edef", "abc\\u202edef"),
        ("\u200b\ufeff", "\\u200b\\ufeff"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("a\u00a0b", "a\u00a0b"),
        ("[red]x[/red]", "[red]x[/red]"),
    ],
)
def test_what_steers_a_terminal_is_written_out(raw: str, shown: str) -> None:
    assert visible(raw) == shown


@given(st.text())
def test_nothing_hidden_is_left_and_nothing_seen_is_lost(text: str) -> None:
    shown = visible(text)
    assert not [c for c in shown if unicodedata.category(c) in HIDDEN]
    assert [c for c in text if unicodedata.category(c) not in HIDDEN and ord(c) > 0x7F] == [
        c for c in shown if ord(c) > 0x7F
    ]
    assert visible(shown) == shown
