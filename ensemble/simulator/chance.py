"""Draws that depend on the seed and on what is drawn, never on how many draws came before."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

Thing = TypeVar("Thing")

_SCALE = 1 / 2**32
_FIRST, _FOUR = struct.Struct(">I"), struct.Struct(">4I")


class Chance:
    """The draws of one seed. Leaving a fault out changes no other draw: so a failing schedule can be shrunk."""

    def __init__(self, seed: int) -> None:
        self._begun = blake2b(digest_size=16, key=seed.to_bytes(16, "big"))

    def draw(self, what: str) -> float:
        """Return a number from 0 to below 1."""
        return float(_FIRST.unpack_from(self._digest(what))[0] * _SCALE)

    def draws(self, what: str) -> tuple[float, float, float, float]:
        """Return four independent numbers from 0 to below 1."""
        first, second, third, fourth = _FOUR.unpack(self._digest(what))
        return first * _SCALE, second * _SCALE, third * _SCALE, fourth * _SCALE

    def _digest(self, what: str) -> bytes:
        digest = self._begun.copy()  # so that the seed is hashed once
        digest.update(what.encode())
        return digest.digest()

    def between(self, what: str, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self.draw(what) * (high - low + 1))

    def one_of(self, what: str, things: Sequence[Thing]) -> Thing:
        """Return one of the things."""
        return things[int(self.draw(what) * len(things))]

    def spread(self, what: str, shortest: float, longest: float) -> float:
        """Return a span between the two, short ones and long ones in equal orders of magnitude."""
        return spread(self.draw(what), shortest, longest)


def spread(draw: float, shortest: float, longest: float) -> float:
    """Return the span between the two that a draw means: evenly over the orders of magnitude."""
    return float(shortest * (longest / shortest) ** draw)
