"""National numbers: what people say of their own, held against the numbers on record."""

from __future__ import annotations

import pytest

from calltrace.tables import national


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("03 5554 7067", "+61355547067"),
        ("+61 (0)3 5554 7067", "+61355547067"),
        ("0011 61 3 5554 7067", "+61355547067"),
        ("01 42 68 53 00", "+33142685300"),
        ("044 555 01 23", "+41445550123"),
        ("020 555 0123", "+31205550123"),
        ("09 555 0123", "+6495550123"),
        ("02 555 01 23", "+3225550123"),
        ("030 55501", "+493055501"),
        ("06 1 234 5678", "+3612345678"),  # Hungary dials 06 before its numbers, Italy has its 0 in them
        ("06 1234 5678", "+390612345678"),
        ("8 (495) 123-45-67", "+74951234567"),
        ("912 345 678", "+34912345678"),
        ("020 7946 0104", "+442079460104"),
        ("2079460104", "+442079460104"),
        ("(212) 555-0142", "+12125550142"),
    ],
)
def test_a_number_is_found_as_it_is_written_in_its_country(said: str, number: str) -> None:
    stranger = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert national.meant(said, [stranger, number, number[-4:]]) == [number]
    assert number in national.written(said)


def test_the_same_digits_in_another_place_are_another_number() -> None:
    assert national.meant("03 5554 7067", ["+12355547067", "+613555470670", "5547067"]) == []
    assert national.meant("+61 3 5554 7067", ["+49355547067"]) == []
    assert national.meant("2125550142", ["+12125550142", "+442125550142"]) == ["+12125550142"]


def test_a_record_without_the_countrys_code_is_found_by_the_whole_number() -> None:
    assert national.meant("+61 3 5554 7067", ["0355547067"]) == ["0355547067"]
    assert national.meant("+61 3 5554 7067", ["355547067"]) == ["355547067"]
    assert "0355547067" in national.written("+61 3 5554 7067")


def test_an_extension_or_a_word_means_no_number() -> None:
    assert national.meant("0142", ["+12125550142"]) == national.meant("anonymous", ["+12125550142"]) == []
    assert national.written("0142") == frozenset()
    assert national.completed("+61 3 5554 7067", ["+49355547067"]) == {}
