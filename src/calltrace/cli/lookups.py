"""What lookups share: of a store only the rows they are about, who looked up which caller written down first, one output."""

from __future__ import annotations

from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from calltrace.classes import dataclass
from calltrace.cli import options, results

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from calltrace.desk.find import Wanted
    from calltrace.intake.store import Store
    from calltrace.tables.case import Case

reason = click.option(
    "--reason",
    metavar="TEXT",
    default="",
    help="Why this caller is looked up: it goes to the access log with who looked and when.",
)


Found_contra = TypeVar("Found_contra", contravariant=True)
"""What a lookup found, as ``report`` has it: a page, a timeline, a listing."""


class Drawn(Protocol[Found_contra]):
    """A module of ``report`` that draws what a lookup found."""

    def to_text(self, page: Found_contra, /, *, width: int, color: bool, ascii_only: bool, verbose: bool) -> str:
        """Return it for a terminal."""
        ...

    def to_json(self, page: Found_contra, /) -> str:
        """Return it as one JSON document."""
        ...

    def to_csv(self, page: Found_contra, /) -> str:
        """Return its rows for a spreadsheet."""
        ...


@dataclass(frozen=True)
class Shown:
    """How the answer of a lookup is to be put out, as the command line has it."""

    format_name: str
    output: str | None
    verbose: bool
    color: str

    def put_out(self, page: Found_contra, by: Drawn[Found_contra]) -> None:
        """Put out what was found, drawn by a module, to the screen or the file that was named."""
        if self.format_name == "terminal":
            laid_out = results.layout(self.color, self.output, verbose=self.verbose)
            results.emit(by.to_text(page, **laid_out), self.output)
        else:
            made = by.to_json(page) if self.format_name == "json" else by.to_csv(page)
            results.emit_as(self.format_name, made, self.output)


def shown(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options on how an answer is put out; the command gets them as one :class:`Shown`, ``shown``."""

    @wraps(command)
    def run(*, format_name: str, output: str | None, verbose: bool, color: str, **given: Any) -> Any:
        return command(shown=Shown(format_name, output, verbose, color), **given)

    made: Callable[..., Any] = run
    forms = options.format_option(("terminal", "json", "csv"))
    for option in (options.color, options.verbose, options.output, forms):
        made = option(made)
    return made


def store_of(paths: Sequence[str]) -> Store | None:
    """Return the store that is meant: the one PATH that is one, or the configured one where no PATH is given."""
    from calltrace.config.inputs import stored
    from calltrace.intake import store

    if len(paths) == 1 and store.is_store(paths[0]):
        return store.Store.open(paths[0])
    place = "" if paths else stored(options.settings())
    return store.Store.open(place) if place else None


def from_store(kept: Store, read: Callable[..., Case], *args: Any, **more: Any) -> Case:
    """Read of a store, with what the configuration knows added."""
    from calltrace.config.cases import apply
    from calltrace.report import privacy

    return privacy.learn(read(kept, *args, known=partial(apply, config=options.settings()), **more))


def case_for(
    paths: Sequence[str],
    wanted: Wanted,
    *,
    tz: str | None = None,
    mapping: str | None = None,
    year: int | None = None,
) -> Case:
    """Read what a lookup of calls needs."""
    if kept := store_of(paths):
        from calltrace.desk.of_store import case_of

        return from_store(kept, case_of, wanted)
    return options.case(
        paths, tz=tz, mapping=mapping, year=year, start=wanted.start or None, end=wanted.end or None,
        now=wanted.now or None,
    )  # fmt: skip


def case_of_call(
    paths: Sequence[str],
    call_id: str,
    *,
    tz: str | None = None,
    mapping: str | None = None,
    year: int | None = None,
    start: str | None = None,
    end: str | None = None,
) -> Case:
    """Read what is needed to follow one call."""
    if kept := store_of(paths):
        from calltrace.desk import trace

        return from_store(kept, trace.case_of_call, call_id)
    return options.case(paths, tz=tz, mapping=mapping, year=year, start=start, end=end)


def where(paths: Sequence[str]) -> tuple[str, ...]:
    """Return the PATHs whose files can be gone back to: those given, or none, where the case's sources say it."""
    from calltrace.intake import store

    return tuple(p for p in paths if not store.is_store(p))


def record_call(command: str, call: Mapping[str, object], why: str) -> None:
    """Write down that the caller of a call is looked at: by the number, or as nobody's where only a name is known."""
    number, name = (str(call.get(key) or "") for key in ("ani", "caller_name"))
    if number or name:
        from calltrace.cli.access import recorded

        recorded(command, number, why)


def record(command: str, caller: str, why: str) -> None:
    """Write down who looks up a caller and why, before anything is shown; see :func:`calltrace.cli.access.recorded`."""
    if caller:
        from calltrace.cli.access import recorded
        from calltrace.report import privacy

        if masker := privacy.masker():
            masker.learn_callers([caller])
        recorded(command, caller, why)
