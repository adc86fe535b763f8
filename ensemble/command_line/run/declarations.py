"""Whether two versions of a service declare the same: if so its stack is the same, whatever its code does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from types import ModuleType
from typing import Any


def same_declaration(one: Mapping[str, ModuleType], other: Mapping[str, ModuleType], service: str) -> bool:
    """Whether a service declares the same in the modules of two of its functions."""
    found, name = [], f"functions.{service}.service"
    for modules in (one, other):
        values = vars(modules[name]).values() if name in modules else ()
        found.append([_described(value) for value in values if type(value).__name__ == "Service"])
    return found[0] == found[1] != []


def _described(value: Any) -> Any:
    """Return plain values that are equal for equal declarations. A function is its name, a class also its fields."""
    if isinstance(value, type):
        members = [(one.name, str(one.type), repr(one.default)) for one in fields(value)] if is_dataclass(value) else []
        return value.__qualname__, members
    if is_dataclass(value):
        return type(value).__name__, [_described(getattr(value, one.name)) for one in fields(value)]
    if isinstance(value, Mapping):
        return [(_described(key), _described(inner)) for key, inner in value.items()]
    if isinstance(value, tuple | list):
        return [_described(inner) for inner in value]
    if isinstance(value, Callable):  # type: ignore[arg-type]
        return f"{value.__module__}.{value.__qualname__}"
    return repr(value)
