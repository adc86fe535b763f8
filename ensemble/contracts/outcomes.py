"""What an effect can come to, by the type of outcome that its reaction declares: the one reader of such types."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from itertools import product
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from functions.kit.errors import EnsembleError

MANY = 64
"""Values of one type; of more only those are made that differ in one part from the first."""


class OutcomeUnknown(EnsembleError):
    """Raised when an outcome is declared by a type of which no value can be made."""


@dataclasses.dataclass(frozen=True, slots=True)
class Leaf:
    """A type without parts: bool, int, float, Decimal, str, or None."""

    kind: type | None


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """One of several: the values of a Literal or an enum."""

    values: tuple[Any, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Either:
    """A value of one of several shapes: an optional one, or a union."""

    shapes: tuple[Shape, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Several:
    """A number of values of one shape, gathered by `make`."""

    shape: Shape
    make: Callable[[Iterable[Any]], Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """A dataclass, made from a value for each of its fields."""

    kind: Any
    fields: Mapping[str, Shape]


Shape = Leaf | Choice | Either | Several | Record

_SAMPLES: Mapping[Any, tuple[Any, ...]] = {
    None: (None,),
    bool: (True, False),
    int: (1,),
    float: (1.5,),
    Decimal: (Decimal("1.5"),),
    str: ("some",),
}


def shape_of(kind: Any) -> Shape:
    """Return what the values of a type are made of. Raises OutcomeUnknown when the type is none that is read here."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind in (None, type(None)):
        return Leaf(None)
    if kind in _SAMPLES:
        return Leaf(kind)
    if origin is Annotated:
        return shape_of(inner[0])
    if origin is Literal:
        return Choice(inner)
    if origin in (Union, types.UnionType):
        return Either(tuple(shape_of(one) for one in inner))
    if origin in (list, tuple, Sequence, Iterable) and (len(inner) == 1 or inner[1:] == (...,)):
        return Several(shape_of(inner[0]), tuple if origin is tuple else list)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return Choice(tuple(kind))
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return Record(kind, {name: shape_of(hint) for name, hint in _fields(kind).items()})
    raise OutcomeUnknown(
        f"no value of {getattr(kind, '__qualname__', kind)} can be made: declare an outcome that is None, bool, int, "
        "float, Decimal, str, a Literal, an enum, a list, an optional, or a dataclass of these"
    )


def _fields(kind: Any) -> dict[str, Any]:
    """Return the types of the fields that a dataclass is made with."""
    try:
        hints = get_type_hints(kind)
    except NameError as error:
        raise OutcomeUnknown(
            f"no value of {kind.__qualname__} can be made: {error.name} is not known where it is read; "
            "import it at run time, not for the types alone"
        ) from None
    return {one.name: hints[one.name] for one in dataclasses.fields(kind) if one.init}


def values(kind: Any) -> list[Any]:
    """Return typical values of a type, always the same ones. Raises OutcomeUnknown.

    Yes and no, each value of an enum, with and without what is optional, empty and filled lists; of a number or a
    text one is enough.
    """
    return _values(shape_of(kind))


def _values(shape: Shape) -> list[Any]:
    match shape:
        case Leaf(kind):
            return list(_SAMPLES[kind])
        case Choice(found):
            return list(found)
        case Either(shapes):
            return [value for one in shapes for value in _values(one)]
        case Several(one, make):
            inner = _values(one)
            return [make(()), *(make((value,)) for value in inner), *([make(inner)] if len(inner) > 1 else [])]
        case Record(kind, fields):
            names, parts = list(fields), [_values(one) for one in fields.values()]
            return [kind(**dict(zip(names, chosen, strict=True))) for chosen in _combined(parts)]


def _combined(parts: Sequence[list[Any]]) -> list[tuple[Any, ...]]:
    """Return all combinations of a value of each part; where they are many, the first one and its neighbours."""
    number = 1
    for values in parts:
        number *= len(values)
    if number <= MANY:
        return list(product(*parts))
    first = tuple(values[0] for values in parts)
    return [first, *((*first[:at], one, *first[at + 1 :]) for at, values in enumerate(parts) for one in values[1:])]
