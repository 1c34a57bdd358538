"""With ``--mask`` no caller's number or name is in anything any command puts out, in any format it knows."""

from __future__ import annotations

import html
import io
import re
import shutil
from typing import TYPE_CHECKING, Any

import click
import pandas as pd
import pytest
from click.testing import CliRunner

from calltrace.cli.main import COMMANDS, main
from calltrace.config import cases
from calltrace.diagnosis import audit as auditing
from calltrace.diagnosis import diagnose as diagnosing
from calltrace.intake import convert
from calltrace.tables.case import Case
from support import account, at, case, steady

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CALLER = "+16145550137"
LOST = "+16145550173"
"""One slip away from the other, and a caller nobody answered."""
UNREAD = "6145559876"
"""In a row that could not be read, with the name of whoever called."""

UNKNOWN = "2125558888"
"""Of which there is no call: only whoever asks names it."""

ON_CALL = "9085550100"
"""Where the person on call is reached."""

NUMBERS = (CALLER[2:], LOST[2:], UNREAD, UNKNOWN, ON_CALL)
NAMES = ("quimby", "o'hara-blum", "zelda", "dr. wu")

FEWER = {"check": ("json",), "daily": ("json",), "ticket": ("json",), "brief": ("text",)}
"""Of commands that lay out what another lays out in every format, the formats tried."""

NAMELESS = {"case"}
"""Commands that have no calls at hand: of what somebody typed they know what looks like a number, and no name."""

SILENT = {"init", "config", "explain", "formats", "simulate", "drill", "mail", "ack", "completion"}
"""Commands that show nothing of any caller: help, settings, invented services, findings' keys."""


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two weeks of one client, silent for its last day, with callers in every place they can be."""
    folder = tmp_path_factory.mktemp("masked") / "logs"
    folder.mkdir()
    calls = steady("1021", every_min=40, days=13.5, ani=CALLER, caller_name="Quimby, Zelda")
    for n, call in enumerate(calls):
        call["recording"] = f"rec/6145550137-{n}.wav"
        if n % 9 == 0:
            call.update(
                ani=LOST, caller_name="O'Hara-Blum", outcome="abandoned", agent=None, talk_s=None, hold_s=None
            )
        if n % 31 == 0:
            call.update(queue_s=200.0, hold_s=None if call["agent"] is None else 300.0)
    other = steady(
        "1022", every_min=30, days=14, offset_min=3, ani=LOST, caller_name="Zelda Quimby", trunk_group="A"
    )
    messages = [
        {"message_id": f"m{n}", "call_id": c["call_id"], "account": "1021", "taken_at": c["offered_at"], "agent": "A1",
         "priority": "urgent"} for n, c in enumerate(calls[1::7]) if c["agent"]
    ]  # fmt: skip
    dispatch = [
        {"message_id": m["message_id"], "attempted_at": pd.Timestamp(str(m["taken_at"])) + pd.Timedelta(minutes=50),
         "method": "call", "recipient": "Dr. Wu", "address": f"+1{ON_CALL}", "status": "no_answer"}
        for m in messages[::2]
    ]  # fmt: skip
    made = case(
        [*calls, *other],
        accounts=[account("1021", name="Polar Refrigeration"), account("1022", name="Canyon Outfitters")],
        messages=messages,
        dispatch=dispatch,
        agents=[{"at": at(13, 8), "agent": "A1", "event": "ring_no_answer", "call_id": calls[5]["call_id"]}],
        kpi=[{"interval_start": at(d, h), "scope": "platform", "offered": 3, "answered": 3, "abandoned": 0, "blocked": 0}
             for d in range(14) for h in range(24)],
        events=[{"starts_at": at(13, 12), "ends_at": at(14), "kind": "note", "scope": "account", "target": "1021",
                 "note": "a caller, 614-555-0137, says nobody answers"}],
    )  # fmt: skip
    convert.write(made, folder)
    with (folder / "calls.csv").open("a", encoding="utf-8") as stream:
        stream.write(
            f'x1,1021,+12125551021,A,{UNREAD},"Zelda Quimby",A1,not a time,4,0,0,60,answered,caller,\n'
        )
        stream.write(
            "x2,1021,+12125551021,A,+16145550137,Quimby,A1,2026-06-14T09:00:00Z,4,0,0,60,walked off,caller,\n"
        )
    return folder


def text_of(data: bytes, name: str, folder: Path) -> str:
    """Return what a file says, of whichever kind it is."""
    if name.endswith(".parquet"):
        file = folder / "read.parquet"
        file.write_bytes(data)
        frame = pd.read_parquet(file)
        return "\n".join(str(v) for c in frame.columns for v in frame[c].dropna())
    if data.startswith(b"%PDF"):
        pypdf = pytest.importorskip("pypdf")
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    return data.decode("utf-8", "replace")


def shown_of(text: str, *, numbers_only: bool = False) -> list[str]:
    """Return the callers a text shows, however they are written in it."""
    plain = (
        html.unescape(text).encode().decode("unicode_escape", "ignore")
        if "\\u" in text
        else html.unescape(text)
    )
    digits = re.sub(r"(?<=\d)[-. ()/]+(?=\d)", "", plain)
    folded = plain.casefold().replace("’", "'")
    names = () if numbers_only else NAMES
    return [n for n in NUMBERS if n in digits or n[3:] in digits] + [n for n in names if n in folded]


def formats_of(name: str) -> tuple[str, ...]:
    """Return the formats a command knows, '' where it has no such option."""
    if name in FEWER:
        return FEWER[name]
    command = main.get_command(click.Context(main), name)
    assert command is not None
    for param in command.params:
        if param.name == "format_name" and isinstance(param.type, click.Choice):
            return tuple(str(c) for c in param.type.choices)
    return ("",)


ASKED = ("--account", "1021", "--from", "2026-06-13", "--to", "2026-06-14")
CLAIM = (
    "--complaint",
    "caller-claim",
    "--caller",
    "(614) 555-0137",
    "--claim",
    "Zelda Quimby, 614.555.0137, called twice",
)

RECIPES: dict[str, list[tuple[str, ...]]] = {
    "investigate": [("LOGS", *ASKED, "--verbose"), ("LOGS", *ASKED, *CLAIM, "--verbose"),
                    ("LOGS", *ASKED, "--complaint", "rude-operator", "--verbose"),
                    ("LOGS", *ASKED, "--complaint", "dispatch", "--verbose")],
    "audit": [("LOGS", "--from", "2026-06-10", "--exit-zero", "--verbose")],
    "check": [("silence", "LOGS", "--from", "2026-06-10", "--exit-zero", "--verbose")],
    "daily": [("LOGS", "--day", "2026-06-14", "--exit-zero", "--verbose")],
    "letter": [("LOGS", *ASKED, *CLAIM), ("LOGS", *ASKED)],
    "ticket": [("LOGS", *ASKED)],
    "brief": [("LOGS", *ASKED, *CLAIM)],
    "inspect": [("LOGS", "--verbose"), ("LOGS/calls.csv", "--map")],
    "calls": [("LOGS",), ("LOGS", "--caller", "6145550137", "--by", "caller"), ("LOGS", "--recordings"),
              ("LOGS", "--caller", "+1 212 555 8888"),
              ("LOGS", "--caller", "nobody 614-555-0137", "--sort", "x")],
    "caller": [("614-555-0137", "LOGS", "--verbose"), ("5550137", "LOGS"), ("(212) 555-8888", "LOGS"),
               ("614-555-01370000000", "LOGS")],
    "trace": [("1021-2", "LOGS", "--verbose"), ("m0", "LOGS", "--verbose"), ("6145550137", "LOGS")],
    "account": [("1021", "LOGS")],
    "agent": [("A1", "LOGS")],
    "trunk": [("A", "LOGS")],
    "convert": [("LOGS", "--output", "OUT/calls.csv"), ("LOGS", "--output", "OUT/calls.parquet"),
                ("LOGS", "--output", "OUT/all/")],
    "import": [("LOGS", "--store", "OUT/store")],
    "store": [("status", "--store", "STORE")],
    "case": [("open", *ASKED, *CLAIM, "--ledger", "OUT/ledger.db"), ("list", "--ledger", "OUT/ledger.db"),
             ("export", "--ledger", "OUT/ledger.db"), ("show", "1", "--ledger", "OUT/ledger.db")],
    "access": [()],
    "forget": [("614-555-0137", "--dry-run", "--store", "STORE", "--ledger", "OUT/none.db")],
}  # fmt: skip


def test_every_command_is_tried_or_shows_no_caller() -> None:
    assert set(RECIPES) | SILENT >= set(COMMANDS)
    assert not set(RECIPES) & SILENT


@pytest.fixture(autouse=True)
def worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the same logs, and answer the same question of them, once for all the forms an answer is shown in."""
    for module, name in ((cases, "load"), (diagnosing, "diagnose"), (auditing, "audit_case")):
        work = getattr(module, name)

        def remembered(*args: Any, work: Any = work, name: str = name, **more: Any) -> Any:
            key = (
                name,
                *(id(a) if isinstance(a, Case) else repr(a) for a in args),
                repr(sorted(more.items(), key=str)),
            )
            if key not in DONE:
                DONE[key] = (work(*args, **more), args)  # the arguments live on, and so do their ids
            return DONE[key][0]

        monkeypatch.setattr(module, name, remembered)


DONE: dict[Any, Any] = {}


@pytest.fixture(scope="module")
def store(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("store") / "store"
    result = CliRunner().invoke(main, ["import", str(logs), "--store", str(place)])
    assert result.exit_code == 0, result.output
    return place


def outputs(result: Any, out: Path) -> Iterator[tuple[str, bytes]]:
    yield "stdout", result.stdout_bytes
    yield "stderr", result.stderr_bytes
    for file in sorted(out.rglob("*")):
        if file.is_file() and "ledger" not in file.name and "store" not in str(file.relative_to(out)):
            yield file.name, file.read_bytes()


@pytest.mark.parametrize(("name", "form"), [(n, f) for n in RECIPES for f in formats_of(n)])
def test_no_caller_is_in_anything_put_out(
    name: str, form: str, logs: Path, store: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for recipe in RECIPES[name]:
        args = [
            a.replace("LOGS", str(logs)).replace("OUT", str(out)).replace("STORE", str(store)) for a in recipe
        ]
        if form:
            args += ["--format", form]
            if form in ("parquet", "pdf", "html"):
                args += ["--output", str(out / f"report.{form}")]
        result = CliRunner().invoke(
            main, [name, *args, "--mask"], env={"CALLTRACE_STATE_DIR": str(tmp_path / "state")}
        )
        assert result.exception is None or isinstance(result.exception, SystemExit), (args, result.exception)
        assert result.exit_code in (0, 1, 2, 3)
        for what, data in outputs(result, out):
            found = shown_of(text_of(data, what, tmp_path), numbers_only=name in NAMELESS)
            assert not found, (args, what, found)
        shutil.rmtree(out / "all", ignore_errors=True)


def test_without_the_option_callers_are_there_to_be_hidden(logs: Path) -> None:
    runner = CliRunner()
    for args in (
        ["investigate", str(logs), *ASKED, *CLAIM],
        ["calls", str(logs)],
        ["caller", "614-555-0137", str(logs)],
    ):
        assert shown_of(runner.invoke(main, args).output), args
