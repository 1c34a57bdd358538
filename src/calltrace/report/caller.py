"""One caller, for people, programs and spreadsheets: the answer of ``calltrace caller``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.desk.timeline import STATES
from calltrace.report import privacy, sheet
from calltrace.report.listing import COLUMNS as CALL_COLUMNS
from calltrace.report.listing import EXPORTED
from calltrace.report.render._page import Bit, Page
from calltrace.report.render._words import count, moment, plural, zone_name
from calltrace.report.sheet import Column
from calltrace.report.values import json_text, zone_named
from calltrace.version import REPORT_SCHEMA

if TYPE_CHECKING:
    from calltrace.desk.caller import Known

SHOWN = 15
"""Calls a page shows, the latest; --verbose shows all."""

Rows = tuple[dict[str, object], ...]


@dataclass(frozen=True)
class CallerPage:
    """What may be shown of a caller: plain values; see :class:`calltrace.desk.caller.Known`."""

    caller: str
    numbers: Rows
    zone: str
    searched: int
    withheld: int
    logs_unanswered: bool
    calls: Rows
    by_account: Rows
    names: Rows
    messages: Rows
    near: Rows
    perhaps: bool = False

    def to_dict(self) -> dict[str, object]:
        """Return the page as JSON values, ``calltrace.report/1``."""
        zone = zone_named(self.zone)
        return {
            "schema": REPORT_SCHEMA,
            "command": "caller",
            "caller": self.caller,
            "numbers": [n["ani"] for n in self.numbers],
            "perhaps": self.perhaps,
            "zone": self.zone,
            "searched": self.searched,
            "withheld": self.withheld,
            "logs_unanswered": self.logs_unanswered,
            "names": sheet.json_rows(self.names, zone),
            "accounts": sheet.json_rows(self.by_account, zone),
            "calls": sheet.json_rows(self.calls, zone),
            "messages": sheet.json_rows(self.messages, zone),
            "near": sheet.json_rows(self.near, zone),
        }


def page_of(known: Known) -> CallerPage:
    """Return what may be shown of a caller."""
    told = (
        "message_id",
        "call_id",
        "account",
        "taken_at",
        "agent",
        "priority",
        "state",
        "first_at",
        "reached_at",
        "recipient",
    )
    known = privacy.shield(known, known.case)
    return CallerPage(
        caller=known.callers[0] if len(known.callers) == 1 else known.caller,
        numbers=tuple({"ani": n} for n in known.callers),
        zone=known.zone,
        searched=known.searched,
        withheld=known.withheld,
        logs_unanswered=known.logs_unanswered,
        calls=tuple(sheet.rows_of(known.calls, EXPORTED)),
        by_account=tuple(sheet.rows_of(known.by_account, tuple(known.by_account.columns))),
        names=tuple(sheet.rows_of(known.names, ("caller_name", "calls"))),
        messages=tuple(sheet.rows_of(known.messages, told)),
        perhaps=known.perhaps,
        near=tuple(sheet.rows_of(known.near, tuple(known.near.columns))),
    )


def to_json(page: CallerPage) -> str:
    """Return the page as one JSON document, in ASCII."""
    return json_text(page.to_dict())


def to_csv(page: CallerPage) -> str:
    """Return the caller's calls as CSV for a spreadsheet."""
    return sheet.to_csv(EXPORTED, page.calls, zone_named(page.zone))


def to_text(
    known: CallerPage,
    *,
    width: int = 100,
    color: bool = False,
    ascii_only: bool = False,
    verbose: bool = False,
) -> str:
    """Return the page for a terminal; ``verbose`` shows every call."""
    zone = zone_named(known.zone)
    page = Page(width=max(width, 40), ascii_only=ascii_only)
    calls = known.calls
    page.text(
        (
            Bit(known.caller, "bold"),
            f" · {plural(len(calls), 'call')} of {count(known.searched)} looked through",
        )
    )
    if known.perhaps:
        page.text("perhaps theirs: these calls were logged without an area code, and the number asked for ends so", style="doubt")
    if len(known.numbers) > 1:
        page.text(
            f"{len(known.numbers)} numbers end so: {', '.join(str(n['ani']) for n in known.numbers)}",
            style="doubt",
        )
    if calls:
        first, last = calls[0]["offered_at"], calls[-1]["offered_at"]
        page.text(f"first {moment(first, zone, year=True)}, last {moment(last, zone, year=True)}")  # type: ignore[arg-type]
        outcomes: dict[str, int] = {}
        for call in calls:
            outcomes[str(call["outcome"])] = outcomes.get(str(call["outcome"]), 0) + 1
        page.text(
            ", ".join(
                f"{n} {o.replace('_', ' ')}" for o, n in sorted(outcomes.items(), key=lambda p: (-p[1], p[0]))
            )
        )
        if known.names:
            page.text("gave the name " + ", ".join(f"{n['caller_name']} ({n['calls']})" for n in known.names))
        _table(page, "On the lines of", known.by_account, _ACCOUNT, known.zone)
        shown = calls if verbose else calls[-SHOWN:]
        _table(
            page,
            "Calls" if len(shown) == len(calls) else f"The last {len(shown)} calls",
            shown,
            CALL_COLUMNS,
            known.zone,
        )
        _messages(page, known)
    else:
        _nothing(page, known)
    _table(
        page, "Numbers one slip away (other callers, unless you know better)", known.near, _NEAR, known.zone
    )
    page.blank()
    page.text(f"Times are {zone_name(known.zone)}.", style="dim")
    return page.printed(color=color)


_ACCOUNT = (
    Column("account", "account"),
    Column("name", "client", rank=2),
    Column("calls", "calls", "count"),
    Column("answered", "answered", "count", 2),
    Column("first", "first", "instant", 4),
    Column("last", "last", "instant", 3),
)
_NEAR = (
    Column("ani", "number"),
    Column("calls", "calls", "count"),
    Column("accounts", "on the lines of", rank=2),
    Column("last", "last", "instant", 3),
)
_MESSAGE = (
    Column("taken_at", "taken", "instant"),
    Column("message_id", "message"),
    Column("priority", "priority", rank=2),
    Column("call_id", "call id", rank=3),
    Column("agent", "agent", rank=4),
    Column("said", "what came of it", rank=2, most=60),
)


def _table(page: Page, title: str, rows: Rows, columns: tuple[Column, ...], zone: str) -> None:
    if rows:
        page.blank()
        page.line(Bit(title, "bold"))
        sheet.lay(page, columns, rows, zone_named(zone))


def _messages(page: Page, known: CallerPage) -> None:
    rows = tuple({**m, "said": _became(m)} for m in known.messages)
    _table(page, "Messages taken", rows, _MESSAGE, known.zone)


def _became(message: dict[str, object]) -> str | None:
    """Say what became of a message; of a routine one only what went wrong, for nobody promised when it would go."""
    state = message["state"]
    if state is None:
        return "the deliveries are not on file" if message["priority"] == "urgent" else None
    if state == "handled" and message["priority"] != "urgent":
        return None
    return STATES.get(str(state), str(state))


def _nothing(page: Page, known: CallerPage) -> None:
    """Say what no call means, and what it does not."""
    page.text("No call from this number is on record.", style="doubt")
    if known.withheld:
        page.text(
            f"{plural(known.withheld, 'call')} came without a number, and may be theirs: --caller withheld lists them."
        )
    if not known.logs_unanswered:
        page.text("This log may leave out calls nobody answered.", first=Bit("! ", "doubt"))
