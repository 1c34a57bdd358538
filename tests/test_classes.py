"""Our dataclasses: as the standard library's in all that is asked of them, and hardly any time at import."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from dataclasses import field

import pytest

from calltrace.classes import dataclass


@dataclass(frozen=True)
class Call:
    """Frozen, with every kind of field."""

    account: str
    seconds: float | None = None
    tags: list[str] = field(default_factory=list, compare=False)
    origin: str = field(default="switch", repr=False)


@dataclass(frozen=True)
class Held(Call):
    """One that has the fields of another."""

    held: int = 0


@dataclass
class Sum:
    """Open, and finishes itself."""

    calls: int
    twice: int = field(init=False)
    seen: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self.twice = 2 * self.calls


@dataclass(frozen=True, eq=False)
class Itself:
    """Equal to nothing else."""

    name: str


@dataclasses.dataclass(frozen=True)
class Plain:
    """Call, as the standard library makes it."""

    account: str
    seconds: float | None = None
    tags: list[str] = field(default_factory=list, compare=False)
    origin: str = field(default="switch", repr=False)


def test_an_instance_has_its_fields_and_their_defaults() -> None:
    one, other = Call("1001"), Call("1001")
    assert (one.account, one.seconds, one.tags, one.origin) == ("1001", None, [], "switch")
    assert one.tags is not other.tags
    assert Held("1001", 3.0, held=2) == Held(account="1001", seconds=3.0, held=2)
    made = Sum(4)
    assert (made.calls, made.twice, made.seen) == (4, 8, set())


@pytest.mark.parametrize(("values", "named"), [
    ((), {}), (("1", 2.0, [], "x", "y"), {}), (("1",), {"account": "2"}), (("1",), {"no": 1}),
])
def test_wrong_arguments_are_refused_as_those_of_a_function(values: tuple[object, ...], named: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="__init__"):
        Call(*values, **named)  # type: ignore[arg-type]


def test_instances_are_equal_by_the_fields_that_count_and_of_one_class() -> None:
    assert Call("1", 2.0, ["a"]) == Call("1", 2.0, ["b"]) != Call("1", 3.0)
    assert Call("1") != Held("1")
    assert len({Call("1"), Call("1"), Call("2")}) == 2
    assert Itself("a") != Itself("a")
    lone = float("nan")
    assert Call("1", lone) == Call("1", lone), "the same object is equal to itself in a tuple"
    with pytest.raises(TypeError, match="unhashable"):
        hash(Sum(1))


def test_it_prints_as_it_is_written() -> None:
    assert repr(Call("1", 2.0, ["a"])) == repr(Plain("1", 2.0, ["a"])).replace("Plain", "Call")
    round_and_round = Call("1")
    round_and_round.tags.append(round_and_round)  # type: ignore[arg-type]
    assert "..." in repr(round_and_round)


def test_what_is_frozen_stays_as_it_is() -> None:
    one = Call("1")
    with pytest.raises(dataclasses.FrozenInstanceError, match="account"):
        one.account = "2"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError, match="account"):
        del one.account
    opened = Sum(1)
    opened.calls = 2
    assert opened.calls == 2


def test_the_library_s_own_functions_know_them() -> None:
    assert dataclasses.replace(Call("1", 2.0), account="2") == Call("2", 2.0)
    assert dataclasses.asdict(Held("1")) == {"account": "1", "seconds": None, "tags": [], "origin": "switch", "held": 0}
    assert dataclasses.is_dataclass(Itself)
    match Call("1", 2.0):
        case Call(account, seconds):
            assert (account, seconds) == ("1", 2.0)
    assert str(inspect.signature(Call)) == str(inspect.signature(Plain))


@dataclass(frozen=True)
class Late:
    """One that no other test has made an instance of."""

    name: str


def test_one_that_came_from_another_process_is_whole_before_any_was_made_here() -> None:
    arrived = object.__new__(Late)
    object.__setattr__(arrived, "__dict__", {"name": "a"})
    with pytest.raises(dataclasses.FrozenInstanceError):
        arrived.name = "b"  # type: ignore[misc]
    assert (arrived, hash(arrived), repr(arrived)) == (Late("a"), hash(Late("a")), "Late(name='a')")
    assert pickle.loads(pickle.dumps(arrived)) == copy.deepcopy(arrived) == arrived  # noqa: S301 -- our own
