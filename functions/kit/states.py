"""What a state is in DynamoDB, and back: its dataclass says of what types it is, nested ones too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from functions.kit.errors import ServiceMisdeclared, StateRefused

Read = Callable[[Any], Any]

SENSITIVE = "x-sensitive"
"""The mark of a field of a state that is erased when it must be (`Sensitive` in `functions.kit.model`)."""

AS_THEY_ARE = (str, int, float, bool, NoneType)
"""What JSON has too."""

AS_TEXT: Mapping[type, Callable[[str], Any]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    Decimal: Decimal,
}
"""What is written as a text, and what reads it."""

_READERS: dict[type, Read] = {}
"""Those that were made: a service is declared first, and then runs."""

ALLOWED = (
    "str, int, float, bool, Any, dataclasses, enums, list, tuple, set, dict with texts for keys, datetime, date, "
    "Decimal, and any of them or None"
)


def plain(value: Any) -> Any:
    """Return a value of a state as JSON has it. Raises StateRefused for a type that no state can have."""
    kind = type(value)
    if kind in AS_THEY_ARE:
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {plain(name): plain(one) for name, one in value.items()}
    if isinstance(value, set | frozenset):
        return _in_order([plain(one) for one in value])
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise StateRefused(f"a {kind.__name__} cannot be stored. A state may have: {ALLOWED}")


def _in_order(values: list[Any]) -> list[Any]:
    """Return the values of a set in an order that is always the same."""
    try:
        return sorted(values)
    except TypeError:  # such as None beside texts, or dataclasses
        return sorted(values, key=repr)


def reader(state: type, service: str) -> Read:
    """Return what reads a state from its stored fields, leaving out those that another version of it has.

    Raises ServiceMisdeclared for a field of a type that cannot be read back.
    """
    if state not in _READERS:
        _READERS[state] = _of_dataclass(state, f"the state of {service}", {})
    return _READERS[state]


def _of_dataclass(kind: type, where: str, known: dict[type, Read]) -> Read:
    """`known`: the dataclasses that are being read already, since one may hold others of its own kind."""
    if kind in known:
        return lambda value: known[kind](value)
    known[kind] = lambda value: value
    try:
        types = stored_types(kind)
    except NameError as error:
        raise ServiceMisdeclared(f"{where} names {error.name}, which is not imported when the service runs") from None
    names = types.keys()
    reads = {name: _of(hint, f"{where}: {name}", known) for name, hint in types.items()}
    changed = {name: read for name, read in reads.items() if read is not _as_it_is}

    def read(stored: Mapping[str, Any]) -> Any:
        values = {name: value for name, value in stored.items() if name in names}
        for name in changed.keys() & values.keys():
            values[name] = _unless_none(changed[name], values[name])
        return kind(**values)

    known[kind] = read
    return read


def stored_types(kind: type, *, are_marked: bool = False) -> Mapping[str, Any]:
    """Return the types of the fields that a dataclass is read with, with their marks or without. Raises NameError."""
    return _stored_types(kind, are_marked)


@cache  # a class is declared once
def _stored_types(kind: Any, are_marked: bool) -> Mapping[str, Any]:
    # The module's own names: `sys.modules` may have another one of that name, where two kits run side by side.
    own = getattr(kind.__init__, "__globals__", None)
    hints = get_type_hints(kind, globalns=own, include_extras=are_marked)
    return {field.name: hints[field.name] for field in fields(kind) if field.init}


def _of(hint: Any, where: str, known: dict[type, Read]) -> Read:
    """Return what reads a value of this type, `_as_it_is` where JSON has the type too."""
    hint = meant(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:  # behind a NewType: elsewhere no mark is read
        return _of(arguments[0], where, known)
    if origin is Literal:
        return _of_values(arguments)
    if hint in (Any, *AS_THEY_ARE):
        return _as_it_is
    if hint in AS_TEXT:
        return AS_TEXT[hint]
    if origin in (Union, UnionType):
        return _of_union(arguments, where, known)
    kind = origin or hint
    if isinstance(kind, type) and is_dataclass(kind):
        return _of_dataclass(kind, where, known)
    if isinstance(kind, type) and issubclass(kind, Enum):
        is_plain = all(type(one.value) in AS_THEY_ARE for one in kind)
        return kind if is_plain else _of_values(tuple(kind))
    if kind is tuple:
        return _of_tuple(arguments, where, known)
    if kind in (list, set, frozenset, Sequence, Iterable):
        return _of_many(list if kind in (Sequence, Iterable) else kind, arguments[:1], where, known)
    if kind in (dict, Mapping) and (not arguments or arguments[0] in (str, Any)):
        return _of_mapping(arguments[1:], where, known)
    raise ServiceMisdeclared(f"{where} is of a type that cannot be read back. Fix: use {ALLOWED}")


def meant(hint: Any) -> Any:
    """Return the type behind a NewType or a `type` statement, which may be a marked one."""
    while (inner := getattr(hint, "__supertype__", None) or getattr(hint, "__value__", None)) is not None:
        hint = inner
    return hint


def is_marked(hint: Any) -> bool:
    """Whether a type is one with a mark: `Annotated[str, "x-sensitive"]`."""
    return SENSITIVE in getattr(hint, "__metadata__", ())


def _of_values(values: tuple[Any, ...]) -> Read:
    """Return what reads one of these values, which may be members of enums whose values JSON has written otherwise."""
    written = {repr(plain(value)): value for value in values}
    return _as_it_is if all(type(value) in AS_THEY_ARE for value in values) else lambda value: written[repr(value)]


def _of_union(arguments: tuple[Any, ...], where: str, known: dict[type, Read]) -> Read:
    reads = {_of(one, where, known) for one in arguments if one is not NoneType}
    if len(reads) > 1:
        raise ServiceMisdeclared(
            f"{where} may be of several types, which JSON does not tell apart. Fix: use one of them"
        )
    return reads.pop() if reads else _as_it_is


def _of_tuple(arguments: tuple[Any, ...], where: str, known: dict[type, Read]) -> Read:
    if len(arguments) == 2 and arguments[1] is ...:
        return _of_many(tuple, arguments[:1], where, known)
    reads = [_of(one, where, known) for one in arguments]
    if not reads:
        return tuple
    return lambda value: tuple(_unless_none(read, one) for read, one in zip(reads, value, strict=True))


def _of_many(kind: type, arguments: tuple[Any, ...], where: str, known: dict[type, Read]) -> Read:
    read = _of(arguments[0], where, known) if arguments else _as_it_is
    if read is _as_it_is:
        return _as_it_is if kind is list else kind
    return lambda value: kind(_unless_none(read, one) for one in value)


def _of_mapping(arguments: tuple[Any, ...], where: str, known: dict[type, Read]) -> Read:
    read = _of(arguments[0], where, known) if arguments else _as_it_is
    if read is _as_it_is:
        return _as_it_is
    return lambda value: {name: _unless_none(read, one) for name, one in value.items()}


def _as_it_is(value: Any) -> Any:
    return value


def _unless_none(read: Read, value: Any) -> Any:
    return None if value is None else read(value)
