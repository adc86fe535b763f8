"""Values that only a deployment knows: they go through checks and simulator as what they are, and refuse nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Opaque(str):
    """The text of an intrinsic function that cannot be resolved here, such as `<Fn::ImportValue of other-stack>`.

    It equals no known value, so whoever looks for a name, an ARN or a number does not find it in here.
    """

    __slots__ = ()


def opaque_in(value: Any) -> Iterator[Opaque]:
    """Yield what of a resolved value is opaque."""
    if isinstance(value, Opaque):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from opaque_in(member)
    elif isinstance(value, list):
        for element in value:
            yield from opaque_in(element)


def is_known(value: Any) -> bool:
    """Return whether nothing of a resolved value is opaque."""
    return next(opaque_in(value), None) is None
