from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.errors import UsageError
from calltrace.tables.written import FORGOTTEN, Written, redacted_document

NUMBER = Written("+17175550143", ["Ann Lee"])
WAYS = (
    "+17175550143", "17175550143", "7175550143", "1-717-555-0143", "+1 (717) 555-0143", "(717)5550143", "717.555.0143",
    "0017175550143", "011 1 717 555 0143", "717\u00a0555\u20110143", "tel:+1-717-555-0143", "sip:17175550143@carrier",
    "rec-20260213-7175550143.wav", "1771027200.7175550143",
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_writing_is_found(way: str) -> None:
    out = NUMBER.redacted(f"she rang from {way} twice")
    assert FORGOTTEN in out
    assert "0143" not in out
    assert out.startswith("she rang from ")
    assert out.endswith(" twice")
    assert NUMBER.is_in(way)
    assert NUMBER.count_bytes(f"\x00{way}\x00".encode()) >= 1
    if way.isascii():
        assert NUMBER.count_bytes(way.encode("utf-16-le")) >= 1


@pytest.mark.parametrize(
    "way", ["+61355547067", "+61 3 5554 7067", "03 5554 7067", "(03) 5554-7067", "355547067", "0061355547067"]
)
def test_a_number_is_found_as_it_is_dialled_within_its_country(way: str) -> None:
    theirs = Written("+61355547067")
    assert theirs.redacted(f"she rang from {way} twice") in {f"she rang from {left}{FORGOTTEN} twice" for left in ("", "00")}
    assert theirs.count_bytes(way.encode()) >= 1
    assert theirs.same(way)
    assert theirs.redacted("10355547067 and 03555470671") == "10355547067 and 03555470671"


@pytest.mark.parametrize("other", ["7175550144", "717555014", "717 555 01 x 43", "555-0143", "2026-02-13 07:17:55.501"])
def test_what_only_looks_like_the_number_is_left_as_it_is(other: str) -> None:
    assert NUMBER.redacted(other) == other
    assert NUMBER.count(other) == NUMBER.count_bytes(other.encode()) == 0


@given(st.lists(st.sampled_from(["", "-", " ", ".", "(", ")", "/"]), min_size=9, max_size=9), st.text(max_size=8))
def test_whatever_is_between_the_digits(between: list[str], around: str) -> None:
    digits = "7175550143"
    text = digits[0] + "".join(b + d for b, d in zip(between, digits[1:], strict=True))
    out = NUMBER.redacted(f"{around} {text} {around}")
    assert text not in out
    assert not NUMBER.is_in(out.replace(FORGOTTEN, ""))


def test_names_are_whole_words_in_any_case() -> None:
    assert NUMBER.redacted("ANN  LEE, ann-lee; Annlee, Joann Lee, Lee") == f"{FORGOTTEN}, {FORGOTTEN}; Annlee, Joann Lee, Lee"
    assert NUMBER.count("Ann Lee rang (717) 555-0143") == 2


def test_without_its_area_where_the_text_is_known_to_be_of_the_caller() -> None:
    theirs = Written("+17175550143", local=True)
    out = theirs.redacted("ring 555-0143 or 717-555-0143, at 10 5550143")
    assert out == f"ring {FORGOTTEN} or {FORGOTTEN}, at 10 {FORGOTTEN}"
    others = "614-555-0143, (614) 555-0143, 6145550143, 555-01435"
    assert theirs.redacted(others) == others


def test_a_short_number_is_found_as_a_whole_only() -> None:
    local = Written("555-0143")
    assert local.redacted("dial 555 0143 now") == f"dial {FORGOTTEN} now"
    assert local.redacted("7175550143") == "7175550143"


@pytest.mark.parametrize("text", ["", "anonymous", "104", "Ann"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(UsageError, match="no number to look for"):
        Written(text)


def test_a_document_loses_the_number_and_what_stood_beside_it() -> None:
    document = {
        "calls": [
            {"ani": "+17175550143", "caller_name": "MORROW JANE", "recording": "a.wav", "ring_s": 4.5},
            {"ani": "+17175550199", "caller_name": "MORROW JANE", "recording": "b.wav"},
        ],
        "says": ["717-555-0143 rang 3 times"],
        "717-555-0143": None,
        "n": 7175550143,
    }
    found, changed, names = redacted_document(document, Written("7175550143"))
    assert found["calls"][0] == {"ani": FORGOTTEN, "caller_name": FORGOTTEN, "recording": FORGOTTEN, "ring_s": 4.5}
    assert found["calls"][1] == document["calls"][1]  # another caller of that name  # type: ignore[index]
    assert found["says"] == [f"{FORGOTTEN} rang 3 times"]
    assert FORGOTTEN in found
    assert names == {"MORROW JANE"}
    assert changed >= 4
