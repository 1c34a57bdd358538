"""Every table calltrace knows, each column declared once: dtype, unit, meaning, whether it may be empty.

Frames are typed by :func:`conform`; readers of any format hand over frames of these columns, and everything
behind the intake relies on them. Instants are UTC (``datetime64[us, UTC]``), durations seconds (``Float64``),
texts ``string``; NA means the source does not say, never zero. ``source_file`` and ``source_line`` lead every
row back to where it was read (lines count from 1, the header included).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from calltrace.classes import dataclass
from calltrace.tables.later import later

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = later("pandas")


Kind = Literal["text", "instant", "seconds", "count", "number"]

DTYPES: dict[Kind, str] = {
    "text": "string",
    "instant": "datetime64[us, UTC]",
    "seconds": "Float64",
    "count": "Int64",
    "number": "Float64",
}


@dataclass(frozen=True)
class Column:
    """One column: its kind (which sets the dtype), its unit and meaning, and whether it may be empty."""

    name: str
    kind: Kind
    meaning: str
    nullable: bool = True
    unit: str = ""
    values: tuple[str, ...] = ()
    required: bool = False

    @property
    def dtype(self) -> str:
        """The pandas dtype of the column."""
        return DTYPES[self.kind]


@dataclass(frozen=True)
class Table:
    """One table of the generic layout."""

    name: str
    one_row: str
    columns: tuple[Column, ...]
    identity: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in the layout's order, the two source columns last."""
        return tuple(c.name for c in self.columns) + SOURCE_COLUMNS

    def column(self, name: str) -> Column:
        """Return the column of that name; KeyError if the table has none."""
        return next(c for c in self.columns if c.name == name)

    @property
    def required(self) -> tuple[str, ...]:
        """Columns a file must have to be this table."""
        return tuple(c.name for c in self.columns if c.required)

    @property
    def main_instant(self) -> str:
        """Column the rows are ordered and dated by: the first instant that may not be empty; '' where there is none."""
        return next((c.name for c in self.columns if c.kind == "instant" and not c.nullable), "")


SOURCE_COLUMNS = ("source_file", "source_line")

OUTCOMES = ("answered", "abandoned", "announcement", "busy", "failed", "no_answer", "voicemail")
AGENT_EVENTS = ("login", "logout", "pause", "unpause", "ring_no_answer")
DELIVERY_STATUSES = ("delivered", "acknowledged", "no_answer", "failed", "bounced")


def _text(name: str, meaning: str, **more: object) -> Column:
    return Column(name, "text", meaning, **more)  # type: ignore[arg-type]


def _instant(name: str, meaning: str, **more: object) -> Column:
    return Column(name, "instant", meaning, unit="UTC", **more)  # type: ignore[arg-type]


def _seconds(name: str, meaning: str) -> Column:
    return Column(name, "seconds", meaning, unit="s")


def _count(name: str, meaning: str, unit: str = "calls") -> Column:
    return Column(name, "count", meaning, unit=unit)


CALLS = Table(
    "calls",
    "one caller's attempt that reached the switch",
    (
        _text("call_id", "the switch's id of the call", nullable=False, required=True),
        _text("account", "the client account the call was for"),
        _text("dnis", "the number dialled, as delivered, in E.164 where it can be told"),
        _text("trunk_group", "the group of lines the call came in on"),
        _text("ani", "the caller's number, in E.164 where it can be told; NA where withheld"),
        _text("caller_name", "the caller's name as delivered; never trusted, always escaped"),
        _text("agent", "the agent who answered; NA where nobody did"),
        _instant("offered_at", "when the attempt reached the switch", nullable=False, required=True),
        _seconds("ring_s", "from arrival to the first pick-up by a person or an announcement, or to the end"),
        _seconds("queue_s", "from an automatic pick-up to the agent, or to the end"),
        _seconds("hold_s", "on hold after an agent answered"),
        _seconds("talk_s", "in conversation"),
        _text("outcome", "how the attempt ended", nullable=False, required=True, values=OUTCOMES),
        _text("ended_by", "who hung up: caller, agent or system", values=("caller", "agent", "system")),
        _text("recording", "where the recording lies"),
        _text("redirected_from", "the number the call was forwarded from: proof that a line was forwarded"),
        _text("linked_id", "what joins the legs of one call"),
        _text("hangup_cause", "the switch's own word or code for the end"),
        _text("queue", "the queue the call waited in"),
        _text("transferred_to", "where an agent transferred the call"),
    ),
    ("call_id", "account", "dnis", "offered_at"),
)

KPI = Table(
    "kpi",
    "one interval of one scope (platform or a trunk group), counted by the switch itself by offered_at",
    (
        _instant("interval_start", "start of the interval", nullable=False, required=True),
        _text("scope", "platform, or the name of a trunk group", nullable=False, required=True),
        _count("offered", "calls that got a trunk, busy and failed ones too"),
        _count("answered", "calls an agent answered"),
        _count("abandoned", "calls that ended before an agent, in an announcement as well"),
        _count("blocked", "calls that got no trunk"),
        _seconds("asa_s", "average speed of answer"),
        Column("service_level_pct", "number", "share answered within the switch's threshold", unit="%"),
        _seconds("aht_s", "average handling time: talk and hold of answered calls"),
        Column("agents_staffed", "number", "average number of logged-in agents", unit="agents"),
        _seconds("all_trunks_busy_s", "time with no trunk of the group free"),
        _count("peak_trunks_in_use", "most trunks of the group in use at once", unit="trunks"),
    ),
    ("interval_start", "scope"),
)

AGENTS = Table(
    "agents",
    "one agent event",
    (
        _instant("at", "when", nullable=False, required=True),
        _text("agent", "who", nullable=False, required=True),
        _text("event", "what", nullable=False, required=True, values=AGENT_EVENTS),
        _text("call_id", "the call it was about, for ring_no_answer"),
    ),
    ("at", "agent", "event", "call_id"),
)

ACCOUNTS = Table(
    "accounts",
    "one client account",
    (
        _text("account", "the account's id", nullable=False, required=True),
        _text("name", "the client's name", required=True),
        _text("numbers", "its numbers at the switch, ';' between them, in E.164 where it can be told"),
        _text("trunk_group", "the group its calls come in on"),
        _text("timezone", "IANA name of its zone"),
        _text("coverage", "when its lines should be forwarded, OpenStreetMap opening_hours syntax"),
        _count("path_limit", "simultaneous calls allowed, as programmed at export"),
        _text("office_number", "the client's own number"),
        Column("dispatch_within_min", "number", "an urgent message's first attempt is due within", unit="min"),
    ),
    ("account",),
)

EVENTS = Table(
    "events",
    "something known from outside the switch",
    (
        _instant("starts_at", "start", nullable=False, required=True),
        _instant("ends_at", "end; NA where open"),
        _text("kind", "maintenance, outage, carrier, weather, closure, holiday, promotion, note", required=True,
              nullable=False),
        _text("scope", "platform, region, trunk_group, account or number", required=True),
        _text("target", "the account, trunk group or number it is about"),
        _text("note", "in words"),
    ),
    ("starts_at", "ends_at", "kind", "scope", "target", "note"),
)

LINE_TESTS = Table(
    "line_tests",
    "one test call to a number",
    (
        _instant("tested_at", "when", nullable=False, required=True),
        _text("number", "the number dialled", nullable=False, required=True),
        _text("trunk_group", "the group it came in on"),
        _text("result", "ok or failed", nullable=False, required=True, values=("ok", "failed")),
    ),
    ("tested_at", "number"),
)

MESSAGES = Table(
    "messages",
    "one message an agent took",
    (
        _text("message_id", "the message's id", nullable=False, required=True),
        _text("call_id", "the call it was taken on"),
        _text("account", "the client it is for"),
        _instant("taken_at", "when it was taken", nullable=False, required=True),
        _text("agent", "who took it"),
        _text("priority", "urgent or routine", values=("urgent", "routine")),
    ),
    ("message_id",),
)

DISPATCH = Table(
    "dispatch",
    "one attempt to deliver a message",
    (
        _text("message_id", "the message", nullable=False, required=True),
        _instant("attempted_at", "when", nullable=False, required=True),
        _text("method", "call, page, sms, email, fax, …", required=True),
        _text("recipient", "who it was sent to"),
        _text("address", "the number or address used"),
        _text("status", "what became of it", values=DELIVERY_STATUSES, required=True),
    ),
    ("message_id", "attempted_at", "method", "recipient", "address", "status"),
)

ONCALL = Table(
    "oncall",
    "one shift of one account's roster, as it stands at export",
    (
        _text("account", "the account", nullable=False, required=True),
        _instant("starts_at", "start of the shift", nullable=False, required=True),
        _instant("ends_at", "end of the shift", nullable=False, required=True),
        _text("person", "who is on call", nullable=False, required=True),
        _text("contact", "how to reach them"),
        _instant("updated_at", "when the row was last changed"),
        _text("updated_by", "by whom"),
    ),
    ("account", "starts_at", "ends_at", "person", "updated_at"),
)

TABLES: dict[str, Table] = {
    t.name: t for t in (CALLS, KPI, AGENTS, ACCOUNTS, EVENTS, LINE_TESTS, MESSAGES, DISPATCH, ONCALL)
}


def empty(table: Table) -> pd.DataFrame:
    """Return a frame of the table's columns and dtypes with no rows."""
    if TABLES.get(table.name) is not table:
        return conform(pd.DataFrame(), table)
    if table.name not in _EMPTY:  # what conform makes of no rows, in a quarter of the time
        columns: dict[str, Any] = {c.name: pd.Series([], dtype=c.dtype).array for c in table.columns}
        columns |= {"source_file": pd.Categorical([]), "source_line": pd.array([], dtype="Int64")}
        _EMPTY[table.name] = pd.DataFrame(columns)
    return _EMPTY[table.name].copy(deep=False)  # who writes into it writes into a copy: pandas sees to that


_EMPTY: dict[str, pd.DataFrame] = {}


def _typed(values: pd.Series[Any], column: Column) -> bool:
    """Say whether values already have the column's dtype; a text dtype whose missing value is NaN has not."""
    if isinstance(values.dtype, pd.StringDtype):
        return column.kind == "text" and values.dtype.na_value is pd.NA
    return bool(values.dtype == column.dtype)


def conform(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the frame with the table's columns, in order, typed; columns it lacks are NA throughout.

    Parameters
    ----------
    frame : DataFrame
        Values already parsed: instants tz-aware in UTC, durations numeric. Columns the table does not know
        are left out.
    table : Table
        One of :data:`TABLES`.

    Returns
    -------
    DataFrame
        New frame with a plain 0..n-1 index; ``source_file`` is ``category``, ``source_line`` is ``Int64``.

    Raises
    ------
    ValueError, TypeError
        Where a value can't be of the column's dtype: the reader should have set the row aside.
    """
    size = len(frame)
    columns: dict[str, object] = {}
    for column in table.columns:
        if column.name in frame.columns:
            values = frame[column.name]
            columns[column.name] = values if _typed(values, column) else values.astype(column.dtype)  # type: ignore[call-overload]
        else:
            columns[column.name] = pd.Series(pd.NA, index=frame.index, dtype=column.dtype) if size else pd.Series(
                [], index=frame.index, dtype=column.dtype)
    files = frame["source_file"] if "source_file" in frame.columns else pd.Series([pd.NA] * size, index=frame.index)
    lines = frame["source_line"] if "source_line" in frame.columns else pd.Series([pd.NA] * size, index=frame.index)
    columns["source_file"] = files.astype("category")
    columns["source_line"] = lines.astype("Int64")
    return pd.DataFrame(columns, index=frame.index).reset_index(drop=True)
