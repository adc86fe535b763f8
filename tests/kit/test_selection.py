"""What a reaction is handed of an event."""

from __future__ import annotations

from typing import Any

import pytest

from functions.kit.contracts import selection
from functions.kit.errors import UndeclaredRead
from functions.kit.model import EVERY_EVENT, Event

ORDER = {
    "total": 5,
    "secret": "x",
    "address": {"country": "DE", "street": "x"},
    "items": [{"sku": "a", "price": 1, "tags": ["t"]}, {"sku": "b", "price": 2}],
}


@pytest.mark.parametrize(
    ("reads", "handed"),
    [
        (("total",), {"total": 5}),
        (("address.country",), {"address": {"country": "DE"}}),
        (("items[].sku",), {"items": [{"sku": "a"}, {"sku": "b"}]}),
        (("items[].sku", "items[].tags"), {"items": [{"sku": "a", "tags": ["t"]}, {"sku": "b"}]}),
        (("items[].sku", "items"), {"items": ORDER["items"]}),
        (("items", "items[].sku"), {"items": ORDER["items"]}),
        (("coupon", "total"), {"total": 5}),
        ((EVERY_EVENT,), ORDER),
        ((), {}),
    ],
)
def test_only_the_declared_paths_are_handed_over(reads: tuple[str, ...], handed: dict[str, Any]) -> None:
    assert selection(reads)(ORDER) == handed


def test_asking_for_an_undeclared_field_is_an_error_that_says_what_to_do() -> None:
    event = Event("e-1", "LoanRequested", "2026-01-01T12:00:00.000Z", "c-1", {"total": 5})

    with pytest.raises(UndeclaredRead, match="without the field 'secret': add it to `reads`"):
        event["secret"]
    assert event.get("secret", "none") == "none"
