"""Outcomes of effects, drawn by their declared types: for systems outside that nobody has described."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ensemble.simulator.chance import Chance
from functions.kit.errors import EnsembleError

Draw = Callable[[Chance, str], Any]

SIMPLE: Mapping[Any, Draw] = {
    None: lambda chance, name: None,
    type(None): lambda chance, name: None,
    bool: lambda chance, name: chance.draw(name) < 0.7,
    int: lambda chance, name: chance.between(name, 1, 100),
    float: lambda chance, name: float(chance.between(name, 1, 100)),
    Decimal: lambda chance, name: Decimal(chance.between(name, 1, 100)),
    str: lambda chance, name: f"drawn-{chance.between(name, 1, 10**6)}",
}
"""How a value of a type with no parts is drawn; what is yes or no is mostly yes, so that workflows go far."""


class ProviderUnavailable(Exception):
    """Raised by a drawn effect when no answer comes, as an adapter raises its own error for that."""


class OutcomeNotDrawable(EnsembleError):
    """Raised when an outcome's type is none that can be drawn."""


def is_drawable(outcome: Any, whose: str) -> None:
    """Raise OutcomeNotDrawable, saying whose the outcome is, when a value of its type cannot be drawn."""
    try:
        _drawing(outcome)
    except OutcomeNotDrawable as error:
        raise OutcomeNotDrawable(
            f"{whose} is {error}, which cannot be drawn: give the effect an adapter in scenarios/<name>/simulation.py"
        ) from None


def drawn_outcome(outcome: Any, chance: Chance, name: str) -> Any:
    """Return a value of the type: the same one whenever the name is the same."""
    return _drawing(outcome)(chance, name)


def _drawing(kind: Any) -> Draw:
    """Return what draws a value of the type. Raises OutcomeNotDrawable."""
    if kind in SIMPLE:
        return SIMPLE[kind]
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return lambda chance, name: chance.one_of(name, inner)
    if origin in (Union, types.UnionType):
        return _one_of([_drawing(one) for one in inner])
    if origin in (list, tuple, Sequence) and len([one for one in inner if one is not ...]) == 1:
        return _several(_drawing(inner[0]), tuple if origin is tuple else list)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda chance, name: chance.one_of(name, list(kind))
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _fields(kind)
    raise OutcomeNotDrawable(getattr(kind, "__name__", str(kind)))


def _one_of(draws: Sequence[Draw]) -> Draw:
    return lambda chance, name: chance.one_of(f"which of {name}", draws)(chance, name)


def _several(draw: Draw, make: Callable[[list[Any]], Any]) -> Draw:
    return lambda chance, name: make(
        [draw(chance, f"{name}[{index}]") for index in range(chance.between(f"length of {name}", 0, 2))]
    )


def _fields(kind: Any) -> Draw:
    hints = get_type_hints(kind)
    draws = {field.name: _drawing(hints[field.name]) for field in dataclasses.fields(kind) if field.init}
    return lambda chance, name: kind(**{field: draw(chance, f"{name}.{field}") for field, draw in draws.items()})
