"""Records of JSON however they are wrapped, and what damage costs."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.intake.formats import _json
from calltrace.intake.opened import stream_of

ONE = {"sid": "CA1", "from": {"n": "+1"}}
TWO = {"sid": "CA2", "from": {"n": "{"}}


def read(text: str) -> _json.Records:
    return _json.records(stream_of("a.json", text.encode()))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (json.dumps([ONE, TWO]), [1, 1]),
        (json.dumps([ONE, TWO], indent=1), [2, 8]),
        (json.dumps({"page": 1, "records": [ONE, TWO], "next": None}), [1, 1]),
        (json.dumps(ONE) + "\n" + json.dumps(TWO) + "\n", [1, 2]),
        (json.dumps(ONE) + json.dumps(TWO), [1, 1]),
        (json.dumps({"calls": [ONE]}) + "\n" + json.dumps({"calls": [TWO]}), [1, 2]),
        (json.dumps(ONE, indent=1) + "\n\n" + json.dumps(TWO, indent=1), [1, 8]),
    ],
)
def test_every_wrapping_holds_the_same_records(text: str, lines: list[int]) -> None:
    found = read(text)
    assert found.values == [ONE, TWO]
    assert found.lines == lines
    assert found.rows == 2
    assert not found.problems


@pytest.mark.parametrize("glue", ["\n", "", ",\n"])
def test_a_damaged_record_costs_itself_alone(glue: str) -> None:
    found = read(glue.join([json.dumps(ONE), '{"sid": "CA9", "from": {"n": oops}}', json.dumps(TWO)]))
    assert found.values == [ONE, TWO]
    assert found.rows == 3
    assert [(p.kind, p.at.line) for p in found.problems] == [("bad-record", 2 if "\n" in glue else 1)]


@pytest.mark.parametrize("wrap", ['{"records": [%s, %s', "[%s, %s", "%s\n%s"])
def test_a_file_cut_off_keeps_what_is_whole(wrap: str) -> None:
    found = read(wrap % (json.dumps(ONE), json.dumps(TWO)[:-4]))
    assert found.values == [ONE]
    assert found.rows == 2
    assert [p.kind for p in found.problems] == ["truncated"]


def test_a_wrapper_with_a_damaged_record_is_read_to_its_end() -> None:
    text = f'{{"calls": [{json.dumps(ONE)}, {{"sid": nope}}, {json.dumps(TWO)}], "page": {{"n": 1}}}}'
    found = read(text)
    assert found.values == [ONE, TWO]
    assert found.rows == 3


def test_a_bare_number_is_no_record() -> None:
    found = read("[1, {}]")
    assert found.values == [{}]
    assert found.rows == 2
    assert len(found.problems) == 1


def test_many_damaged_records_are_told_as_a_number() -> None:
    found = read('{"sid": x}\n' * 1000)
    assert found.rows == 1000
    assert sum(p.rows for p in found.problems) == 1000
    assert len(found.problems) <= _json.LISTED + 1


def test_the_first_record_is_seen_though_cut_off() -> None:
    head = stream_of("a.json", b'{"paging": {"page": 1}, "records": [{"sid": "CA1", "legs": [1, 2').head
    assert _json.opening(head) == {"sid": "CA1"}
    assert _json.opening(stream_of("a.csv", b"a,b\n1,2\n").head) is None
    assert _json.opening(stream_of("a.json", b"[]").head) is None


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=8), min_size=1), min_size=1, max_size=8))
def test_what_is_written_is_read(values: list[dict[str, str]]) -> None:
    values = [{"id": str(n)} | v for n, v in enumerate(values)]
    for text in (json.dumps(values), "\n".join(map(json.dumps, values)), "".join(map(json.dumps, values))):
        found = read(text)
        assert found.rows == len(values)
        if not any(isinstance(v.get(w), list) for v in values for w in _json.WRAPPERS):
            assert found.values == values
