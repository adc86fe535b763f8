"""Outcomes of effects, drawn by their declared types: for systems outside that nobody has described."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ensemble.contracts.outcomes import Choice, Either, Leaf, OutcomeUnknown, Record, Several, Shape, shape_of
from ensemble.simulator.chance import Chance
from functions.kit.errors import Unavailable

SIMPLE: Mapping[Any, Callable[[Chance, str], Any]] = {
    None: lambda chance, name: None,
    bool: lambda chance, name: chance.draw(name) < 0.7,
    int: lambda chance, name: chance.between(name, 1, 100),
    float: lambda chance, name: float(chance.between(name, 1, 100)),
    Decimal: lambda chance, name: Decimal(chance.between(name, 1, 100)),
    str: lambda chance, name: f"drawn-{chance.between(name, 1, 10**6)}",
}
"""How a value of a type with no parts is drawn; what is yes or no is mostly yes, so that workflows go far."""


class ProviderUnavailable(Unavailable):
    """Raised by a drawn effect when no answer comes, as an adapter raises its own error for that."""


def is_drawable(outcome: Any, whose: str) -> None:
    """Raise OutcomeUnknown, saying whose the outcome is, when a value of its type cannot be drawn."""
    try:
        shape_of(outcome)
    except OutcomeUnknown as error:
        raise OutcomeUnknown(
            f"{whose}: {error}; or give the effect an adapter in scenarios/<name>/simulation.py"
        ) from None


def drawn_outcome(outcome: Any, chance: Chance, name: str) -> Any:
    """Return a value of the type: the same one whenever the name is the same."""
    return _drawn(shape_of(outcome), chance, name)


def _drawn(shape: Shape, chance: Chance, name: str) -> Any:
    match shape:
        case Leaf(kind):
            return SIMPLE[kind](chance, name)
        case Choice(values):
            return chance.one_of(name, values)
        case Either(shapes):
            return _drawn(chance.one_of(f"which of {name}", shapes), chance, name)
        case Several(one, make):
            number = chance.between(f"length of {name}", 0, 2)
            return make([_drawn(one, chance, f"{name}[{index}]") for index in range(number)])
        case Record(kind, fields):
            return kind(**{field: _drawn(one, chance, f"{name}.{field}") for field, one in fields.items()})
