"""Stand-ins for callers: what is hidden, what stays, and that one caller keeps one stand-in."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.tables.case import Case
from calltrace.tables.masking import HIDDEN, Masker, masked_case
from support import account, at, case, steady


def masker() -> Masker:
    made = Masker()
    made.learn_callers(["+17175551234", "+442079460018", "4441234"], ["Ann Lee", "SMITH", "Zoë O'Brien"])
    made.keep(["Smith Dental"])
    made.own(["+18135550145"])
    return made


@pytest.mark.parametrize(
    "written",
    [
        "+17175551234",
        "17175551234",
        "7175551234",
        "(717) 555-1234",
        "1-717-555-1234",
        "+1 (717) 555-1234",
        "717.555.1234",
        "0017175551234",
        "sip:7175551234@carrier.example",
        "555-1234",
    ],
)
def test_a_number_is_hidden_in_every_way_of_writing(written: str) -> None:
    shown = masker().text(f"It was {written}, at 9.")
    assert "1234" not in shown
    assert "717" not in shown
    assert "caller 1" in shown
    assert shown.startswith("It was ")
    assert shown.endswith(", at 9.")


@pytest.mark.parametrize("written", ["+442079460018", "020 7946 0018", "+44 20 7946 0018", "011442079460018"])
def test_a_number_of_another_country_is_hidden_too(written: str) -> None:
    assert masker().text(written) == "caller 1"


def test_a_recordings_path_keeps_all_but_the_caller() -> None:
    path = "/rec/in-8135550145-7175551234-20261008-091502-1776369862.12.wav"
    assert masker().text(path) == "/rec/in-8135550145-caller 1-20261008-091502-1776369862.12.wav"


def test_what_is_no_callers_stays() -> None:
    made = masker()
    for text in (
        "+18135550145",
        "2026-10-08 09:15:02",
        "1776369862.123",
        "account 1021, 12 calls of 4800",
        "Smith Dental",
        "a smith forged",
    ):
        assert made.text(text) == text


def test_one_caller_keeps_one_stand_in_and_two_have_two() -> None:
    made = masker()
    assert (
        made.text("+442079460018 then (717) 555-1234 then +44 20 7946 0018")
        == "caller 1 then caller 2 then caller 1"
    )
    assert made.number("717-555-1234") == "caller 2"
    assert made.name("ann lee") == made.text("Ann Lee") == "name 1"


def test_names_are_found_as_words_and_the_longest_wins() -> None:
    made = masker()
    assert made.text("Smith Dental and Smith, SMITH") == "Smith Dental and name 1, name 1"
    assert made.text('"Zoë O\'Brien" <7175551234>') == '"name 2" <caller 1>'


def test_a_name_without_a_letter_does_not_eat_figures() -> None:
    made = Masker()
    made.learn_callers([], ["=1+1", "12"])
    assert made.text("expected <1    1    12") == "expected <1    1    12"


def test_masking_twice_is_masking_once() -> None:
    made = masker()
    once = made.value({"ani": "+17175551234", "caller_name": "Ann Lee", "says": "Ann Lee, 717-555-1234"})
    assert once == {"ani": "caller 1", "caller_name": "name 1", "says": "name 1, caller 1"}
    assert made.value(once) == once


def test_a_word_for_withheld_hides_nobody() -> None:
    assert masker().value({"ani": "anonymous", "caller_name": "Unknown Caller"}) == {
        "ani": "anonymous",
        "caller_name": "Unknown Caller",
    }


def test_what_is_quoted_from_a_file_is_hidden_even_of_callers_nobody_knows() -> None:
    made = masker()
    assert made.raw('"2026-10-08,+16145550000,Mary Poppins,busy"') == f'"{HIDDEN}"'
    assert made.raw("Mary Poppins   6145550000   aa    bb") == f"a row {HIDDEN}"
    assert made.raw('caller_name is "Mary Poppins"') == f'caller_name is "{HIDDEN}"'
    assert "6145550000" not in made.raw("the row has 6145550000 twice")
    assert made.raw('offered_at is "31/09/2026 08:15"') == 'offered_at is "31/09/2026 08:15"'


@dataclass(frozen=True)
class Shown:
    says: str
    rows: tuple[dict[str, object], ...]


def test_a_sentence_before_the_row_that_names_the_caller_is_hidden() -> None:
    shown = Shown("A call from 614-555-0000.", ({"ani": "+16145550000", "at": 3.5, "n": None},))
    hidden = masker().value(shown)
    assert hidden == Shown("A call from caller 1.", ({"ani": "caller 1", "at": 3.5, "n": None},))
    assert shown.rows[0]["ani"] == "+16145550000"


def test_a_case_is_masked_and_its_own_numbers_stay() -> None:
    calls = [
        *steady("1021", every_min=600, days=2, ani="+16145550000", caller_name="Mary Poppins"),
        # the client's own office rings its line; and one number that was dialled is a caller's as well
        *steady(
            "1021", every_min=900, days=2, ani="+12125551021", offset_min=7, recording="x/16145550000.wav"
        ),
    ]
    made = case(calls, accounts=[account("1021", office_number="+12125559999")])
    shown = masked_case(made, Masker())
    assert set(shown.calls["ani"]) == {"caller 1", "caller 2"}  # who called is hidden, whose number it is
    assert set(shown.calls["caller_name"].dropna()) == {"name 1"}
    assert set(shown.calls["recording"].dropna()) == {"x/caller 1.wav"}
    assert (shown.calls["dnis"] == "+12125551021").all()
    assert shown.calls.dtypes.equals(made.calls.dtypes)
    assert (made.calls["ani"] == "+16145550000").any()


def with_a_board() -> Case:
    """Return a service whose messages go to people: one by number, one by mail, one to the client's own office."""
    taken = [{"message_id": f"m{n}", "account": "1021", "taken_at": at(0, 9 + n), "priority": "urgent"} for n in range(4)]
    sent = [("Dr. Wu", "+19085550100"), ("wu", "jo.wu@example.org"), ("Office", "+12125559999"), ("on call", "204")]
    return case(
        steady("1021", every_min=600, days=2, ani="+19085550100", caller_name="Polar Ice", agent="Reed"),
        accounts=[account("1021", name="Polar Ice", office_number="+12125559999")],
        messages=taken,
        dispatch=[{"message_id": m["message_id"], "attempted_at": m["taken_at"], "method": "call", "recipient": who,
                   "address": where, "status": "delivered"} for m, (who, where) in zip(taken, sent, strict=True)],
        oncall=[{"account": "1021", "starts_at": at(0), "ends_at": at(1), "person": "Tanaka", "contact": "908 555 0111",
                 "updated_at": at(0), "updated_by": "client portal"}],
    )  # fmt: skip


def test_people_on_call_are_hidden_by_name_and_by_the_number_they_are_reached_at() -> None:
    made = Masker().learn(with_a_board())
    assert (
        made.text("It went to Dr. Wu (+19085550100), then wu (jo.wu@example.org); Tanaka (908-555-0111) was on call.")
        == "It went to person 1 (contact 2), then person 2 (contact 1); person 3 (contact 3) was on call."
    )
    # an agent, a client and its office, a part somebody plays
    for text in ("Reed sent it to Polar Ice, Office (+12125559999)", "on call, by the client portal", "204 of them"):
        assert made.text(text) == text


def test_several_ways_to_reach_somebody_are_all_hidden_and_a_month_is_nobodys_name_in_a_date() -> None:
    made = Masker()
    made.learn_people(["May"])
    made.learn_contacts(["jo.wu@example.org; +1 908 555 0111"])
    assert made.text("Sun 3 May 09:00 to May (908-555-0111)") == "Sun 3 May 09:00 to person 1 (contact 1)"
    assert made.text("at 10:43 May had it") == "at 10:43 person 1 had it"
    assert made.contact("jo.wu@example.org; +1 908 555 0111") == "contact 2; contact 1"


def test_whoever_is_on_call_is_hidden_in_the_columns_of_the_tables_too() -> None:
    shown = masked_case(with_a_board(), Masker())
    assert set(shown.calls["ani"]) == {"contact 1"}  # the doctor rings the line: one number, one stand-in
    dispatch = shown.table("dispatch")
    assert list(dispatch["recipient"]) == ["person 1", "person 2", "Office", "on call"]
    assert list(dispatch["address"])[::2] == ["contact 1", "+12125559999"]
    assert all(re.fullmatch(r"contact \d", a) for a in dispatch["address"][[1, 3]])
    roster = shown.table("oncall").iloc[0]
    assert roster["person"] == "person 3"
    assert roster["updated_by"] == "client portal"
    assert roster["contact"].startswith("contact ")


def test_a_kept_report_names_the_people_on_call_in_fields_of_their_own() -> None:
    says = "It went to Dr. Wu (+19085550100); Tanaka, Lee was on call."
    row = {"recipient": "Dr. Wu", "address": "+19085550100", "on_call": "Tanaka, Lee"}
    shown = Masker().value({"says": says, "data": [row]})
    assert shown["says"] == "It went to person 1 (contact 1); person 2, person 3 was on call."
    assert shown["data"] == [{"recipient": "person 1", "address": "contact 1", "on_call": "person 2, person 3"}]


@given(
    st.lists(st.from_regex(r"\+1[2-9][0-9]{9}", fullmatch=True), min_size=1, max_size=4, unique=True),
    st.lists(
        st.sampled_from(["{n}", "({a}) {b}-{c}", "{a}-{b}-{c}", "1{a}{b}{c}", "{a}{b}{c}.wav", "<{n}>"]),
        max_size=6,
    ),
    st.text(alphabet="abc ,;:/-=()\n", max_size=6),
)
def test_no_known_number_survives_in_any_text(numbers: list[str], forms: list[str], glue: str) -> None:
    made = Masker()
    made.learn_callers(numbers)
    parts = [
        f.format(n=n, a=n[2:5], b=n[5:8], c=n[8:])
        for i, f in enumerate(forms)
        for n in [numbers[i % len(numbers)]]
    ]
    shown = made.text(f"{glue} x ".join(parts))
    for number in numbers:
        assert number[2:] not in re.sub(r"[^\d|]", "", re.sub(r"caller \d+", "|", shown))
