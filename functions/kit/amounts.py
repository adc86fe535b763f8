"""What decisions move: whole numbers, and their names, which are bounded and plain whatever an event says."""

from __future__ import annotations

import re
from collections.abc import Mapping

from functions.kit.errors import AmountRefused

LONGEST_NAME = 64
"""Characters of a total's name, and of its item's."""

LONGEST_COUNTER = 2_000
"""Characters of a counter's name, which is in an item's key: 2,048 bytes at most (Amazon DynamoDB Developer Guide,
"Constraints")."""

SEPARATOR = "#"
"""Ends what a service calls a kind of counter, as in `stock#<sku>`."""

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._:-]")


def amounts(moves: Mapping[str, int] | None, what: str) -> Mapping[str, int]:
    """Return amounts by name. Raises AmountRefused when one is no whole number, or negative."""
    for amount in (moves or {}).values():
        if type(amount) is not int or amount < 0:
            found = "a negative number" if type(amount) is int else f"a {type(amount).__name__}"
            raise AmountRefused(f"a decision {what} {found}. Fix: a whole number from 0 on")
    return moves or {}


def counters(moves: Mapping[str, int] | None, what: str) -> Mapping[str, int]:
    """Return amounts by counter. Of a name all that follows its first `#` may be what a sender wrote, and is made
    plain: so it names no counter of another kind. Raises AmountRefused, also when a name is too long."""
    found: dict[str, int] = {}
    for name, amount in amounts(moves, what).items():
        kind, separator, of = name.partition(SEPARATOR)
        plain = _escaped(kind) + separator + _escaped(of)
        if not 0 < len(plain) <= LONGEST_COUNTER:
            raise AmountRefused(f"a counter is named by {len(plain)} characters. Fix: take 1 to {LONGEST_COUNTER}")
        found[plain] = found.get(plain, 0) + amount
    return found


def totals_of(totals: Mapping[str, Mapping[str, int]] | None) -> Mapping[str, Mapping[str, int]]:
    """Return totals by item and name, with names that are plain. Raises AmountRefused, also when a name is too long."""
    return {
        _plain(item): {_plain(name): amount for name, amount in amounts(of, "adds to a total").items()}
        for item, of in (totals or {}).items()
    }


def _plain(name: str) -> str:
    """Return a name with everything but letters, digits and `._:-` written as %XX, as in a URL."""
    plain = _escaped(name)
    if not 0 < len(plain) <= LONGEST_NAME:
        raise AmountRefused(f"a total is named by {len(plain)} characters: take 1 to {LONGEST_NAME}, of known words")
    return plain


def _escaped(name: str) -> str:
    return _NOT_PLAIN.sub(lambda found: "".join(f"%{byte:02X}" for byte in _bytes(found[0])), name)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
