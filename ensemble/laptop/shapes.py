"""Whether a request, read from JSON, surely has its shape in botocore's model: in a tenth of its validator's time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, cast

from botocore.model import ListShape, MapShape, Shape, StructureShape

Fits = Callable[[Any], bool]


def surely_fits(value: Any, shape: Shape) -> bool:
    """Return whether botocore's validator would find no fault; also False where only it knows."""
    return _judge(shape)(value)


@cache
def _judge(shape: Shape) -> Fits:
    """Return what decides of a shape. Those below it are made when a value first needs them: some hold themselves."""
    if shape.serialization.get("jsonvalue") or shape.serialization.get("hostLabel"):
        return _never
    make = _JUDGES.get(shape.type_name)
    return _never if make is None else make(shape)


def _never(_: Any) -> bool:
    return False


def _of_structure(shape: Shape) -> Fits:
    structure = cast("StructureShape", shape)
    if structure.is_tagged_union or structure.is_document_type:
        return _never
    members, required = structure.members, frozenset(structure.required_members)
    judges: dict[str, Fits] = {}

    def fits(value: Any) -> bool:
        if type(value) is not dict or not required <= value.keys():
            return False
        for name, member in value.items():
            judge = judges.get(name)
            if judge is None:
                if name not in members:
                    return False
                judges[name] = judge = _judge(members[name])
            if not judge(member):
                return False
        return True

    return fits


def _of_list(shape: Shape) -> Fits:
    least, judge = _least(shape), _judge(cast("ListShape", shape).member)
    return lambda value: type(value) is list and len(value) >= least and all(map(judge, value))


def _of_map(shape: Shape) -> Fits:
    least, of_map = _least(shape), cast("MapShape", shape)
    of_key, of_value = _judge(of_map.key), _judge(of_map.value)

    def fits(value: Any) -> bool:
        return (
            type(value) is dict
            and len(value) >= least
            and all(map(of_key, value))
            and all(map(of_value, value.values()))
        )

    return fits


def _of_string(shape: Shape) -> Fits:
    least = _least(shape)
    return (lambda value: type(value) is str and len(value) >= least) if least else _is_text


def _is_text(value: Any) -> bool:
    return type(value) is str


def _of_integer(shape: Shape) -> Fits:
    least = _least(shape, float("-inf"))
    return lambda value: type(value) is int and value >= least


def _least(shape: Shape, otherwise: float = 0) -> float:
    return float(shape.metadata.get("min", otherwise))


_JUDGES: dict[str, Callable[[Shape], Fits]] = {
    "blob": lambda _: lambda value: type(value) is str,
    "boolean": lambda _: lambda value: type(value) is bool,
    "integer": _of_integer,
    "list": _of_list,
    "long": _of_integer,
    "map": _of_map,
    "string": _of_string,
    "structure": _of_structure,
}
"""Who decides, by type; the others are left to botocore."""
