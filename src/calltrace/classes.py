"""Dataclasses that cost next to nothing until they are used.

The standard library writes half a dozen methods for every dataclass, and compiles each of them, as soon as the module
that has it is imported. Most of our classes get no instance in most commands, and a command waits for all of them. Here
only the fields are looked up at once; what such classes can share they share, and ``__init__`` is compiled when the
first instance is made.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from inspect import Signature, signature
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass  # what a type checker is told of; below, what is run
else:

    def dataclass(cls: Any = None, /, *, frozen: bool = False, eq: bool = True) -> Any:
        """Make a class a dataclass, as :func:`dataclasses.dataclass` does: fields, replace, asdict and match know it.

        Instances print by their fields, and compare by them if ``eq``. Those of a ``frozen`` one can't be changed; they
        can be keys.
        """
        if cls is None:
            return lambda made: dataclass(made, frozen=frozen, eq=eq)
        dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
        methods = {
            "__init__": _first(cls, frozen), "__signature__": _Signed(frozen), "__repr__": _repr,
            "_compared": staticmethod(_together([one.name for one in dataclasses.fields(cls) if one.compare])),
        }
        if eq and "__eq__" not in cls.__dict__:
            methods |= {"__eq__": _eq, "__hash__": _hash if frozen else None}
        if frozen:
            methods |= {"__setattr__": _refused, "__delattr__": _refused}
        for name, method in methods.items():
            if cls.__dict__.get(name) is None:
                setattr(cls, name, method)
        return cls


def _first(cls: type, frozen: bool) -> Callable[..., None]:
    """Return an ``__init__`` that is there for the first instance only: it puts the one of the fields in its place."""

    def init(self: Any, *values: Any, **named: Any) -> None:
        cls.__init__ = _init_of(cls, frozen)  # type: ignore[misc]
        cls.__init__(self, *values, **named)  # type: ignore[misc]

    return init


def _init_of(cls: type, frozen: bool) -> Callable[..., None]:
    """Return ``__init__(self, first, second=its default, ...)``, made of the fields in their order."""
    known: dict[str, Any] = {"_put_": object.__setattr__, "_unset_": _UNSET}
    takes, does = ["self"], []
    for one in dataclasses.fields(cls):
        name, value, own = one.name, one.name, f"_default_{one.name}"
        if one.default_factory is not dataclasses.MISSING:
            known[own] = one.default_factory
            value = f"{own}() if {name} is _unset_ else {name}" if one.init else f"{own}()"
        elif one.default is not dataclasses.MISSING:
            known[own] = one.default
        if one.init:
            default = "_unset_" if one.default_factory is not dataclasses.MISSING else own if own in known else ""
            takes.append(f"{name}={default}" if default else name)
        if one.init or value != name:
            does.append(f" _put_(self, {name!r}, {value})" if frozen else f" self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        does.append(" self.__post_init__()")
    exec("\n".join((f"def __init__({', '.join(takes)}):", *does, " return")), known)  # noqa: S102 -- the names of fields, no more
    made: Callable[..., None] = known["__init__"]
    made.__annotations__ = {one.name: one.type for one in dataclasses.fields(cls) if one.init} | {"return": None}
    made.__module__, made.__qualname__ = cls.__module__, f"{cls.__qualname__}.__init__"
    return made


class _Unset:
    """What a field has whose value is made anew for each instance, until it is made."""

    def __repr__(self) -> str:
        return "<factory>"  # as signatures of the standard library's have it


_UNSET = _Unset()


class _Signed:
    """What a class takes, for ``help`` and the like, which ask before there is an instance."""

    def __init__(self, frozen: bool) -> None:
        self.frozen = frozen

    def __get__(self, instance: object, cls: type) -> Signature:
        if instance is not None or "__signature__" not in cls.__dict__:
            raise AttributeError("__signature__")  # an instance is called otherwise, and so may be a class made of this one
        whole = signature(_init_of(cls, self.frozen))
        return whole.replace(parameters=list(whole.parameters.values())[1:])


def _together(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Return what gives those attributes of an instance, always as a tuple: in one, what is the same object is equal."""
    return attrgetter(*names) if len(names) > 1 else lambda of: tuple(getattr(of, name) for name in names)


def _eq(self: Any, other: Any) -> Any:
    return self._compared(self) == self._compared(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(self._compared(self))


@recursive_repr()
def _repr(self: Any) -> str:
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in dataclasses.fields(self) if one.repr)
    return f"{type(self).__qualname__}({shown})"


def _refused(self: Any, name: str, *_value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"{name!r} of {type(self).__qualname__} can't be changed")
