"""A small Asterisk for tests: write its CDR and queue_log row by row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from calltrace.intake import asterisk
from calltrace.intake.formats import asterisk_cdr_csv, asterisk_queue_log
from calltrace.intake.formats._base import Reading, ReadOptions
from calltrace.intake.opened import stream_of

if TYPE_CHECKING:
    import pandas as pd

T0 = 1776312000  # 2026-04-16 00:00:00 in New York
NEW_YORK = ZoneInfo("America/New_York")


class Switch:
    """A small Asterisk: write legs and queue events, then ask what the join makes of them."""

    def __init__(self, prefix: str = "") -> None:
        self.legs: list[str] = []
        self.events: list[str] = []
        self.prefix = prefix

    def leg(
        self,
        born: int,
        app: str,
        disposition: str,
        *,
        start: int | None = None,
        answer: int | None = None,
        end: int,
        dst: str = "5855550167",
        context: str = "from-trunk",
        far: str = "",
        data: str = "",
        channel: str = "PJSIP/north-00000001",
        code: str = "HA",
        src: str = "5855550137",
        clid: str | None = None,
        field: str = "",
    ) -> Switch:
        """Write one row; times are seconds after T0."""

        def wall(at: int | None) -> str:
            return (
                ""
                if at is None
                else f'"{datetime.fromtimestamp(T0 + at, UTC).astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S}"'
            )

        start = born if start is None else start
        name = f'"""Ann Lee"" <{src}>"' if clid is None else clid
        billed = 0 if answer is None else end - answer
        self.legs.append(
            ",".join(
                [
                    f'"{code}"',
                    f'"{src}"',
                    f'"{dst}"',
                    f'"{context}"',
                    name,
                    f'"{channel}"',
                    f'"{far}"',
                    f'"{app}"',
                    f'"{data}"',
                    wall(start),
                    wall(answer),
                    wall(end),
                    str(end - start),
                    str(billed),
                    f'"{disposition}"',
                    '"DOCUMENTATION"',
                    f'"{self.id(born)}"',
                    f'"{field}"',
                ]
            )
        )
        return self

    def id(self, born: int) -> str:
        return f"{self.prefix}{T0 + born}.{born}"

    def event(self, at: int, born: int | str, agent: str, *parts: object, queue: str = "desk") -> Switch:
        """Write one queue event of the call born then (or of NONE, MANAGER)."""
        call = self.id(born) if isinstance(born, int) else born
        self.events.append("|".join([str(T0 + at), call, queue, agent, *(str(part) for part in parts)]))
        return self

    def readings(self) -> list[tuple[str, Reading]]:
        made = []
        if self.legs:
            stream = stream_of("Master.csv", ("\n".join(self.legs) + "\n").encode())
            made.append(("asterisk_cdr_csv", asterisk_cdr_csv.read(stream, ReadOptions())))
        if self.events:
            stream = stream_of("queue_log", ("\n".join(self.events) + "\n").encode())
            made.append(("asterisk_queue_log", asterisk_queue_log.read(stream, ReadOptions())))
        return made

    def joined(self) -> dict[str, Reading]:
        return {reading.table: reading for _, reading in asterisk.join(self.readings(), ReadOptions())}

    def calls(self) -> pd.DataFrame:
        return self.joined()["calls"].frame

    def call(self) -> pd.Series:
        frame = self.calls()
        assert len(frame) == 1, frame[["call_id", "outcome"]]
        return frame.iloc[0]

    def agents(self) -> list[tuple[int, str, str]]:
        frame = self.joined()["agents"].frame
        return [
            (int(at.timestamp()) - T0, agent, event)
            for at, agent, event in zip(frame["at"], frame["agent"], frame["event"], strict=True)
        ]
