"""Templates: what runs the sentences a client, a carrier or a supervisor reads.

Each stands in a template under ``templates/<kind>/<language>/``. A service puts its own beside them: a folder of the same
shape, whose files go before these. Templates run in Jinja's sandbox, see nothing but what they are given, and stop at a
name that does not exist. How dates and numbers are said is the language's (:mod:`calltrace.report.languages`).
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from calltrace.classes import dataclass
from calltrace.errors import InputError, Location, UsageError
from calltrace.report.languages import Blank, chain, first_up, phone, sentence, stamp
from calltrace.report.paper import literal, tidy
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from calltrace.report.languages import Language

PACKAGE = "calltrace/"
"""A template may name the one it stands in for: ``{% extends "calltrace/letter/base.j2" %}``."""

UNSAFE = ("safe", "escape", "e", "forceescape", "urlize", "xmlattr", "tojson", "pprint")
"""Filters that would write HTML, or let a value be taken for a template's own words."""


@dataclass
class Writer:
    """Templates of one kind and language, and what they left blank."""

    kind: str
    language: Language
    folder: Path | None = None
    blanks: dict[str, None] = field(default_factory=dict)

    def write(self, name: str, values: Mapping[str, object], *, otherwise: str = "") -> str:
        """Return the Markdown of a template, every value in it :func:`literal`.

        Parameters
        ----------
        name : str
            The template's name without its ending: a cause, mostly.
        values : mapping
            What it may use.
        otherwise : str
            The template taken where there is none of that name.

        Raises
        ------
        InputError
            For a template that can't be run, with its file, line and what is wrong.
        """
        env = self._environment()
        names = [f"{self.kind}/{n}.j2" for n in (name, otherwise) if n]
        page = _PAGE.set(self)
        try:
            text = env.select_template(names).render(values)
        except jinja2.TemplateSyntaxError as error:
            where = Location(error.filename or error.name or self.kind, error.lineno)
            raise InputError(f"the template can't be read: {error.message}", at=where) from error
        except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
            raise InputError(
                f"the template can't be filled in: {error}",
                fix="docs/how-to/write-to-a-client.md lists what a template may use.",
                at=_place(error, names[0]),
            ) from error
        finally:
            _PAGE.reset(page)
        return tidy(text)

    def source(self, name: str) -> str:
        """Return the text of a file that stands beside the templates (``questions.toml``)."""
        found = _load(f"{self.kind}/{name}", self.kind, self.language.code, self.folder)
        if found is None:
            raise InputError(f"there is no {name} beside the templates", at=Location(self.kind))
        return found[0]

    def _environment(self) -> jinja2.Environment:
        """Return the environment of this kind and language; calltrace's own templates are read once."""
        if self.folder is not None:
            return _environment(self.kind, self.language.code, self.folder)
        return _packed_environment(self.kind, self.language.code)


_PAGE: ContextVar[Writer] = ContextVar("calltrace_page")
"""The page that is being written: its language, and what it leaves blank."""

SPEECH = (
    *("day", "date", "clock", "moment", "on_moment", "span", "silence", "dates", "zone"),
    *("number", "count", "listed", "duration"),
)
"""What a language says, as filters."""


def _environment(kind: str, code: str, folder: Path | None) -> jinja2.Environment:
    env = ImmutableSandboxedEnvironment(
        loader=jinja2.FunctionLoader(lambda name: _load(name, kind, code, folder)),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=_finish,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name in UNSAFE:
        env.filters.pop(name, None)
    env.filters.update({name: _spoken(name) for name in SPEECH})
    env.filters.update({"stamp": stamp, "first_up": first_up, "sentence": sentence, "phone": phone})
    return env


@cache
def _packed_environment(kind: str, code: str) -> jinja2.Environment:
    return _environment(kind, code, None)


def _spoken(name: str) -> Callable[..., str]:
    def say(*values: Any, **forms: Any) -> str:
        said: str = getattr(_PAGE.get().language, name)(*values, **forms)
        return said

    return say


def _finish(value: object) -> object:
    """Make a value safe for the page: whatever is no template's own text is shown letter for letter."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, Blank):
        _PAGE.get().blanks[value.label] = None
    if value is None:
        raise jinja2.UndefinedError("a value that is not known was to be shown: ask with {% if … is not none %}")
    return Markup(literal(str(value)))  # noqa: S704 -- literal() is the escaping


def _load(
    name: str, kind: str, code: str, folder: Path | None
) -> tuple[str, str, Callable[[], bool]] | None:
    """Find a template: the service's own, in the language or the one it is a kind of, then calltrace's."""
    bare = name.removeprefix(PACKAGE)
    under, _, file = bare.partition("/")
    if under != kind or "/" in file or ".." in file or not file:
        return None
    for language_code in chain(code):
        if folder is not None and bare == name:
            own = folder / kind / language_code / file
            if own.is_file():
                return _read(own), str(own), lambda: True
        packed = resources.files("calltrace.report") / "templates" / kind / language_code / file
        if packed.is_file():
            return packed.read_text(encoding="utf-8"), f"templates/{kind}/{language_code}/{file}", lambda: True
    return None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the template can't be read: {error}", expected="UTF-8 text", at=Location(str(file))) from error


def _place(error: BaseException, name: str) -> Location:
    """Return the template and line an error came from, by the traceback Jinja writes for templates."""
    place = Location(name)
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.endswith(".j2"):
            place = Location(file, trace.tb_lineno)
        trace = trace.tb_next
    return place


def templates_folder(path: str | Path | None) -> Path | None:
    """Return the folder of a service's own templates; UsageError where it is none."""
    if path is None:
        return None
    folder = Path(path)
    if not folder.is_dir():
        raise UsageError(f"{visible(str(path))!r} is no folder of templates", expected="letter/en/*.j2 in it")
    return folder
