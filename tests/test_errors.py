"""What is raised to a Python program: never a bare error of the language, and in words of arguments, not of options."""

from __future__ import annotations

import pytest

import calltrace
from calltrace.errors import CalltraceError, ManyError, UsageError, of_python
from support import account, at, case, steady

RECORDS = case(steady("1", every_min=30, days=14), accounts=[account("1")])


@pytest.mark.parametrize(("asked", "said"), [
    ({"start": "blah"}, "start is 'blah'"),
    ({"start": "2026-06-10", "end": "2026-06-01"}, "is not after start"),
    ({"complaint": "caller-claim"}, "Give it with caller."),
])
def test_what_is_wrong_with_a_question_is_said_in_the_names_of_its_arguments(asked: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError) as wrong:
        calltrace.investigate(RECORDS, account="1", **asked)
    assert said in str(wrong.value)
    assert "--" not in str(wrong.value)


def test_an_audit_and_a_morning_say_it_so_as_well() -> None:
    with pytest.raises(UsageError, match="start earlier than end"):
        calltrace.audit(RECORDS, start="2026-06-10", end="2026-06-01")
    with pytest.raises(UsageError, match=r"^day is 'soon'"):
        calltrace.daily(RECORDS, day="soon", now=at(14))


def test_a_morning_is_made_of_what_was_loaded_as_an_audit_is() -> None:
    assert calltrace.daily(RECORDS, now=at(14, 6)).told == 0


def test_a_table_nobody_knows_is_a_question_that_is_wrong() -> None:
    assert RECORDS.table("kpi").empty
    with pytest.raises(CalltraceError, match="no table is called 'foo'; expected calls, kpi"):
        RECORDS.table("foo")


def test_of_many_errors_each_is_said_so_and_a_command_to_run_stays_one() -> None:
    @of_python
    def verb() -> None:
        named = UsageError("wrong", fix="Run calltrace audit --from T.")
        raise ManyError((UsageError("--from is 'x'", fix="Say --tz-name."), named))

    with pytest.raises(ManyError) as wrong:
        verb()
    assert str(wrong.value) == "start is 'x'. Say --tz-name.\nwrong. Run calltrace audit --from T."
