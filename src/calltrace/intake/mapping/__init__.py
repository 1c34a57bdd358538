"""Any log with rows, by a mapping: which of its columns is what, written as TOML for people to correct.

``calltrace inspect FILE --map`` proposes one (:mod:`.propose`); ``--mapping FILE`` reads by it. It says how the
file is laid out (:mod:`.grid`), and for each column of the table where it comes from and in what form::

    table = "calls"
    layout = "delimited"
    delimiter = ";"
    columns = ["Nr", "Datum", "Uhrzeit", "Richtung", "Anrufer", "Status", "Dauer"]
    zone = "Europe/Berlin"             # only where the times have no offset

    [keep.Richtung]                    # other rows are no callers' attempts
    words = ["eingehend"]

    [fill.call_id]
    from = "Nr"

    [fill.offered_at]
    from = ["Datum", "Uhrzeit"]        # date and time of day, joined
    form = "day-month-year"
    clock = "24"
    zone = "UTC"                       # of this column, as its name or a column says; or zone_from = "Timezone"

    [fill.outcome]
    from = "Status"
    words = { "angenommen" = "answered", "verpasst" = "no_answer" }

    [fill.talk_s]
    from = "Dauer"
    form = "minutes:seconds"

Further ways to fill a column: ``value = "platform"`` (the same in every row), ``line = true`` (an id made of
what the row holds, for a log without ids), ``between = ["Start", "Answer"]`` (seconds from one time to another),
``less = ["Duration", "Billsec"]`` (one duration without another)
and, for the outcome, ``answered_if = "above-zero"`` or ``"not-empty"`` of the column it comes ``from``, with ``otherwise``.

A value that does not fit its form costs its row, with file and line: what was decided for a column holds for all
of it. A form that could not be decided stands in the file as ``""`` with the reason, a word nobody knows as ``"?"``; both
are refused until somebody fills them in. A word set to ``""`` leaves its rows out. Where a log has a column for each
outcome, ``from`` has all of them, with ``flags = true`` and in ``words`` what each column means.
"""

from __future__ import annotations

from calltrace.intake.mapping.fills import Fill, Mapping
from calltrace.intake.mapping.written import of_dict, of_file, to_toml

__all__ = ["Fill", "Mapping", "of_dict", "of_file", "to_toml"]
