"""What the customers' commands come to, computed from the commands alone: no service is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from ensemble.scenario import Command

CURRENCY = "EUR"


@dataclass(frozen=True, slots=True)
class Expected:
    """An order as its customer gave it: `pieces` by article, `cents` for all of them."""

    pieces: Mapping[str, int]
    cents: int
    address: Mapping[str, str]
    email: str
    token: str
    channel: str | None


def expected_orders(commands: Iterable[Command]) -> dict[str, Expected]:
    """Return what each order is to be, by its id: a repeated command asks for the same."""
    return {
        command.fields["order_id"]: _expected(command.fields) for command in commands if command.type == "PlaceOrder"
    }


def _expected(fields: Mapping[str, Any]) -> Expected:
    return Expected(
        pieces(fields["items"]),
        _cents(fields["items"]),
        fields["address"],
        fields["email"],
        fields["payment_token"],
        fields.get("channel"),
    )


def pieces(lines: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """Return the pieces that the lines name, by article."""
    counted: Counter[str] = Counter()
    for line in lines:
        counted[line["sku"]] += line["quantity"]
    return counted


def _cents(lines: Sequence[Mapping[str, Any]]) -> int:
    """Return the price of all lines, as their prices are written, rounded once."""
    euros = Decimal(0)
    for line in lines:
        euros += Decimal(repr(line["unit_price"])) * line["quantity"]
    return int(euros.scaleb(2).quantize(Decimal(1), ROUND_HALF_EVEN))
