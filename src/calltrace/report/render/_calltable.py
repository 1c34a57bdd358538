"""Tables of a terminal report that must not lose what they are for: calls to listen to, and a bill's rise.

A call's row says when, who rang, who answered, how long they talked, who ended it and where the recording lies; what
else is known of it is added as far as there is room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.report.render._page import Bit, Page, width_of
from calltrace.report.render._said import CALL_COLUMNS, digits, value_said
from calltrace.report.render._words import count
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from calltrace.report.report import Report

NEEDED = ("offered_at", "ani", "agent", "talk_s", "ended_by")
"""Columns that stay however narrow the screen is, but the last ones below sixty cells."""

ORDER = ("offered_at", "ani", "agent", "outcome", "talk_s", "ended_by", "hold_s", "ring_s", "queue_s")
"""In which order columns stand; the others come behind these."""

INLINE = 18
"""Cells a recording's path needs to be told from the next when its middle is left out; else it has its own line."""

WIDEST = 24
"""Cells of a name beyond which it is wrapped."""


def middle(text: str, width: int) -> str:
    """Return the text, or its beginning and its end around an ellipsis: a path is known by its end.

    Examples
    --------
    >>> middle("monitor/2026/04/17/q-4025550167-0858.wav", 20)
    'monitor…167-0858.wav'
    """
    shown = visible(text)
    if width_of(shown) <= width:
        return shown
    head = tail = ""
    room = max(width - 1, 0)
    for char in reversed(shown):
        if width_of(char + tail) > room - room // 3 - (room % 3 > 0):
            break
        tail = char + tail
    for char in shown:
        if width_of(head + char) > room - width_of(tail):
            break
        head += char
    return f"{head}…{tail}"


def calls(
    page: Page, rows: Sequence[Mapping[str, object]], zone: ZoneInfo, caller: str, *, full: bool = False
) -> None:
    """Add calls, one a row; those of the caller in question are marked.

    ``full`` leaves nothing of a recording's path out: where it has no room beside its call, it is on the next line.
    """
    known = [n for n in CALL_COLUMNS if any(r.get(n) is not None for r in rows)]
    names = [n for n in NEEDED if n in known]
    widths = {n: _width(n, rows, zone) for n in known}
    while len(names) > 1 and _taken(names, widths) > page.width:
        names.pop()
    longest = widths.get("recording", 0)
    room = page.width - _taken(names, widths) - 2
    beside = bool(longest) and room >= (longest if full else min(longest, INLINE))
    room -= min(longest, INLINE) + 2 if beside and not full else longest + 2 if beside else 0
    for name in (*(n for n in ORDER if n in known), *known):
        if name not in {*names, "recording"} and widths[name] + 2 <= room:
            names.append(name)
            room -= widths[name] + 2
    names.sort(key=lambda n: ORDER.index(n) if n in ORDER else len(ORDER) + known.index(n))
    if beside:
        widths["recording"] = min(longest, page.width - _taken(names, widths) - 2)
        names.append("recording")
    asked = digits(caller)
    page.table([("", *(Bit(CALL_COLUMNS[n], "dim") for n in names))], [1, *(widths[n] for n in names)])
    for row in rows:
        mark = "→" if asked and digits(str(row.get("ani", ""))) == asked else ""
        cells = [
            middle(value_said(n, row.get(n), zone), widths[n]) if n == "recording" else value_said(n, row.get(n), zone)
            for n in names
        ]
        page.table([(mark, *cells)], [1, *(widths[n] for n in names)])
        path = row.get("recording")
        if longest and not beside and path is not None:
            said = str(path) if full else middle(str(path), page.width - 4)
            page.text(said, first="    ", style="dim")


def _width(name: str, rows: Sequence[Mapping[str, object]], zone: ZoneInfo) -> int:
    widest = max(width_of(value_said(name, r.get(name), zone)) for r in rows)
    cap = widest if name in {"recording", "offered_at"} else WIDEST
    return max(width_of(CALL_COLUMNS[name]), min(widest, cap))


def _taken(names: Sequence[str], widths: Mapping[str, int]) -> int:
    return 2 + sum(widths[n] for n in names) + 2 * (len(names) - 1)


def _money(amount: float) -> str:
    return f"{amount:+.2f}" if round(amount, 2) else "0.00"


def rise(page: Page, report: Report) -> None:
    """Add a bill's rise line by line, where a rate table was given."""
    data = next((a.data for a in report.evidence if a.facet == "bill-rose"), {})
    lines = data.get("rise")
    if not isinstance(lines, list | tuple) or not lines:
        return
    more = float(str(data["amount"])) - float(str(data["amount_usual"]))
    page.line(Bit("What the rise is made of", "bold"), f" ({more:+.2f} {data['currency']} at the rates given)")
    cells = [("", "this period", "usual", "minutes", "money")]
    for line in lines:
        seen, usual = (f"{float(line[k]):.1f}" if line["what"] == "minutes a call" else count(line[k]) for k in ("seen", "usual"))
        minutes = "" if line["minutes"] is None else f"{float(line['minutes']):+.0f}"
        if not line["unit"]:
            seen = usual = ""
        cells.append((str(line["what"]), seen, usual, minutes, _money(float(line["amount"]))))
    widths = [max(width_of(row[i]) for row in cells) for i in range(5)]
    for place, row in enumerate(cells):
        shown = [row[0], *(" " * (w - width_of(c)) + c for c, w in zip(row[1:], widths[1:], strict=True))]
        text = "  " + "  ".join([shown[0] + " " * (widths[0] - width_of(shown[0])), *shown[1:]])
        page.line(Bit(text, "" if place else "dim"))
