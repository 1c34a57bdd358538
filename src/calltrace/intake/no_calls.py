"""Why a case has no calls: what was found instead, and what to do about it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from calltrace.errors import InputError
from calltrace.intake import formats
from calltrace.intake.resembling import UNREAD_CALLS
from calltrace.intake.torn import is_torn
from calltrace.tables import times
from calltrace.tables.case import Case, Source
from calltrace.tables.problems import Problem

LEGS = "outgoing, internal or agents' legs"
"""What a log's rows may be that are no caller's calls."""

MOST = 3
"""Files that are named one by one."""


def explained(case: Case) -> InputError:
    """Return the error for a case without calls: none at that time, none in a log of calls, no such log, or no log."""
    if case.slice_of is not None:
        begin, end = (f"{times.local(at, case.zone):%Y-%m-%d %H:%M}" for at in (case.slice_of.first, case.slice_of.last))
        return InputError(
            f"the store holds no call of that time: its calls are of {begin} to {end}",
            expected="a time of which calls are on record",
            fix="Ask about another time, or import the logs of that one.",
        )
    found = [s for s in case.sources if s.format]
    of_calls = [s for s in found if s.table == "calls"]
    if of_calls:
        return _none_in(of_calls)
    if found:
        torn = [f"Not read, or not whole: {p}" for s in case.sources for p in s.problems if is_torn(p)][:5]
        unread = [p for s in case.sources for p in s.problems if p.kind == UNREAD_CALLS]
        if unread:
            return _not_known(unread, torn)
        tables = ", ".join(sorted({s.table for s in found}))
        return InputError(
            f"there are no calls among the {len(found)} file{'s' * (len(found) > 1)} that could be read ({tables})",
            expected="the switch's call log",
            fix=" ".join(["Add the file with the calls.", *torn, *_beside(case)]),
        )
    return _nothing_read(case.sources)


def _not_known(unread: Sequence[Problem], torn: Sequence[str]) -> InputError:
    """Say of files that look like calls that they could not be read as such: the calls are there, their columns not known."""
    first, *more = unread
    told = [f"{first.at.file}: {first.saw}", *(f"and so is {p.at.file}" for p in more[:MOST])]
    if len(more) > MOST:
        told.append(f"and so are {len(more) - MOST} more files")
    fix = first.fix.replace("inspect FILE", f"inspect {shlex.quote(first.at.file)}")
    return InputError("; ".join(told), expected=first.expected, fix=" ".join([fix, *torn]))


def _beside(case: Case) -> list[str]:
    """Name the files of no known format, in a sentence: the calls may be in one of them."""
    names = [s.path for s in case.sources if not s.format and any(p.kind == "unrecognised" for p in s.problems)]
    if not names:
        return []
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    which = shlex.quote(names[0]) if len(names) == 1 else "FILE"
    return [(f"Of no known format, and not read: {', '.join(names[:MOST])}{more}. If the calls are there,"
            f" `calltrace inspect {which} --map` proposes how to read them.")]


def _none_in(of_calls: Sequence[Source]) -> InputError:
    """Say why the logs of calls gave none: empty, unreadable, other people's calls or of another time."""
    first = of_calls[0]
    told = [p for p in first.problems if p.effect == "left-out"]
    reason = f": {told[0].saw} (line {told[0].at.line})" if told and told[0].at.line else ""
    kept = sum(s.calls or 0 for s in of_calls)
    total = sum(s.rows for s in of_calls)
    if kept:  # read, and then all outside the time that was asked for
        saw, fix = f"none of the {kept} calls on record lies in that time", "Give another --from and --to."
    elif not first.rows:
        saw = f"{first.path} has no rows below its header"
        fix = "Export the log for a time in which there were calls."
    elif told and not 0 < first.left_out < first.rows:
        unread = "its one row could not" if first.rows == 1 else f"none of its {first.rows} rows could"
        saw, fix = f"{first.path}: {unread} be read{reason}", "Correct the file or export it again."
        if told[0].kind in {"bad-time", "bad-number"}:  # every row alike: that is how the export writes them
            fix = "If the export writes them so, `calltrace inspect FILE --map` proposes how to read it."
    else:
        rest = f"all {LEGS}"
        if told:
            rest = f"{first.left_out} left out{reason}, the others {LEGS}"
        held = f"{total} rows, none of them a caller's call" if total > 1 else "one row, and no caller's call"
        saw = f"{first.path} has {held}: {rest if total > 1 else f'one of the {LEGS}'}"
        fix = "Export the incoming calls as well, or a time in which there were some."
    return InputError(saw, expected="calls" if not told else told[0].expected, fix=fix)


def _nothing_read(sources: Sequence[Source]) -> InputError:
    """Say of files that none could be read as a log, and the first reasons."""
    reasons = [p for s in sources for p in s.problems]
    if len(sources) == 1 and reasons:
        why = "; ".join(p.saw for p in reasons)
        return InputError(f"{sources[0].path}: {why}", expected=reasons[-1].expected, fix=reasons[-1].fix)
    shown = "; ".join(f"{p.at.file}: {p.saw}" for p in reasons[:5])
    more = f" and {len(reasons) - 5} more" if len(reasons) > 5 else ""
    return InputError(
        f"none of the {len(sources)} files could be read as a log ({shown}{more})",
        expected="a call log: " + ", ".join(n.replace("_", "-") for n in formats.NAMES),
        fix="Give the switch's log; `calltrace inspect PATH` says how each file is understood.",
    )
