"""Numbers: one way to write each, and what is near to what."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from calltrace.tables import phones


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+17175551234", "+17175551234"),
        ("7175551234", "+17175551234"),
        ("17175551234", "+17175551234"),
        ("1-717-555-1234", "+17175551234"),
        ("(717) 555-1234", "+17175551234"),
        ("+1 717.555.1234", "+17175551234"),
        ("sip:+17175551234@carrier.example;user=phone", "+17175551234"),
        ("7175551234@carrier.example", "+17175551234"),
        ("tel:+1-717-555-1234", "+17175551234"),
        ('"DOE J" <7175551234>', "+17175551234"),
        ("011 44 20 7946 0018", "+442079460018"),
        ("442079460018", "+442079460018"),
        ("104", "104"),
        ("*97", "*97"),
        ("s", "s"),
        ("office@1046.example", "office@1046.example"),
        ("+04412", "04412"),
        ("99999999999999999999", "99999999999999999999"),
        ("12125550142.0", "+12125550142"),  # a spreadsheet or a data frame took it for a quantity
        ("+12125550142.00", "+12125550142"),
        ("2125550142.0", "+12125550142"),
        ("104.0", "104"),
        ("1.2125550142E+10", "+12125550142"),
        ("212.555.0142", "+12125550142"),
    ],
)
def test_one_number_one_way(text: str, expected: str) -> None:
    assert phones.one(text) == expected


@pytest.mark.parametrize("text", ["1.21256E+10", "1,21256E+10", "1.21256e+10", "1E+10", '"2.12555E+09"'])
def test_a_number_without_its_last_digits_is_unknown(text: str) -> None:
    assert phones.one(text) is None
    assert phones.cut_short(pa.array([text, "anonymous", "2125550142", None])).to_pylist() == [True, False, False, None]


@pytest.mark.parametrize(
    "text",
    [
        "anonymous",
        "Private",
        "WITHHELD",
        "",
        "  ",
        "<unknown>",
        "Restricted",
        "unavailable",
        "sip:anonymous@anonymous.invalid",
        None,
    ],
)
def test_withheld_is_unknown(text: str | None) -> None:
    assert phones.one(text) is None


def test_the_default_region_is_that_of_the_service() -> None:
    assert phones.one("020 7946 0018", "GB") == "+442079460018"
    assert phones.one("030 1234567", "DE") == "+49301234567"


@pytest.mark.parametrize("said", ["+49 30 5550137", "0049 30 5550137", "030 5550137", "30 5550137", "+49 (0)30 5550137"])
def test_a_number_is_one_number_in_every_form_of_its_country(said: str) -> None:
    assert phones.one(said, "DE") == "+49305550137"


def test_a_number_of_another_country_is_not_taken_for_ones_own() -> None:
    assert phones.one("2079460104", "GB") == "+442079460104"
    assert phones.one("2125550142", "GB") == "+12125550142"  # no British number begins so
    assert phones.one("0049305550137") == "+49305550137"  # as most countries dial abroad, and no American number begins


@pytest.mark.parametrize("text", ["8005550", "555-0142", "683-4123", "0115550600", "0116834123", "1234567890"])
def test_a_number_without_its_area_stays_as_it_was_dialled(text: str) -> None:
    digits = text.replace("-", "")
    assert phones.one(text) == digits  # no number of North America, of Niue (+683) or of South Africa (+27) is made of it
    assert not phones.is_toll_free(digits)
    assert not phones.is_toll_free(f"+1{digits}")


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("5550137", "DE", "5550137"),
        ("55500109", "AU", "55500109"),
        ("1 555 0137", "HU", "+3615550137"),  # no longer number has an area there
        ("55512345", "NO", "+4755512345"),  # where numbers have no area
        ("01632 960001", "GB", "+441632960001"),  # one of those kept free for plays: no number that was given out
        ("1632 960001", "GB", "+441632960001"),
        ("0044 1632 960001", "DE", "+441632960001"),
        ("011 44 1632 960001", "US", "+441632960001"),
        ("011 27 00600", "US", "0112700600"),
    ],
)
def test_a_number_is_told_in_full_where_all_of_it_is_there(text: str, country: str, expected: str) -> None:
    assert phones.one(text, country) == expected
    assert phones.one(expected, country) == expected


def test_a_column_keeps_its_index_and_its_unknowns() -> None:
    column = pd.Series(
        ["+17175551234", "717-555-1234", "Anonymous", pd.NA], dtype="string", index=[5, 6, 7, 8], name="ani"
    )
    cleaned = phones.clean(column)
    assert cleaned.tolist() == ["+17175551234", "+17175551234", pd.NA, pd.NA]
    assert cleaned.index.tolist() == [5, 6, 7, 8]
    assert cleaned.dtype == "string"
    assert column.tolist()[1] == "717-555-1234"


def test_numbers_in_order_never_load_the_number_library() -> None:
    code = (
        "import sys; import pandas as pd; from calltrace.tables import phones; "
        "phones.clean(pd.Series(['+17175551234', None], dtype='string'));"
        "print('phonenumbers' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "False\n"
    )


@given(st.text(max_size=30) | st.text("0123456789+*#,.:;-' ", max_size=20))
@example("000000:0")  # what the library takes for no number, though it takes its digits for one
@example("56759,*31*.,'")
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = phones.one(text)
    assert once is None or phones.one(once) == once


@pytest.mark.parametrize(
    ("a", "b", "slips"),
    [
        ("+17175551234", "+17175551234", 0),
        ("+17175551234", "+17175551235", 1),
        ("+17175551234", "+17175551243", 1),
        ("+17175551234", "+1717555123", 1),
        ("+17175551234", "+171755512344", 1),
        ("+17175551234", "+17175551298", 2),
        ("", "123", 3),
    ],
)
def test_distance_counts_slips_of_a_finger_either_way(a: str, b: str, slips: int) -> None:
    assert phones.distance(a, b) == slips
    assert phones.distance(b, a) == slips


@given(st.from_regex(r"\+1[0-9]{10}", fullmatch=True))
def test_every_variant_is_one_slip_away(number: str) -> None:
    found = phones.variants(number)
    assert number not in found
    assert all(phones.distance(number, v) == 1 for v in found)


def test_near_numbers_are_those_one_slip_away_each_once() -> None:
    among = ["+17175551243", "+17175551234", "+17175550000", "+1717555123", "+17175551243"]
    assert phones.near_numbers("+17175551234", among) == ["+1717555123", "+17175551243"]


@given(st.from_regex(r"\A1?[2-9][0-9]{9}\Z"))
def test_national_numbers_are_made_as_the_library_makes_them(digits: str) -> None:
    assert phones.one(digits) == phones._parsed(digits, digits, "US")
