"""`FIELD=VALUE`, as typed at the terminal."""

from __future__ import annotations

from typing import Any

import pytest

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.run.fields import with_fields

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "order_id": {"type": "string"},
        "total": {"type": "number"},
        "address": {"type": "object", "properties": {"postcode": {"type": "string"}}},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"sku": {"type": "string"}, "quantity": {"type": "integer"}},
            },
        },
    },
}


def changed(*assignments: str, **fields: Any) -> dict[str, Any]:
    return with_fields(fields, list(assignments), SCHEMA)


def test_a_text_is_taken_as_typed_even_when_it_looks_like_a_number() -> None:
    assert changed("order_id=42", "address.postcode=01067") == {"order_id": "42", "address": {"postcode": "01067"}}


def test_any_other_value_is_read_as_json() -> None:
    assert changed("total=12.5", 'items=[{"sku": "sku-1"}]') == {"total": 12.5, "items": [{"sku": "sku-1"}]}


def test_a_value_that_is_no_json_stays_a_text_for_the_schema_to_judge() -> None:
    assert changed("total=much", "unknown=word") == {"total": "much", "unknown": "word"}


def test_a_value_may_hold_an_equals_sign() -> None:
    assert changed("order_id=a=b") == {"order_id": "a=b"}


def test_a_path_changes_one_item_and_leaves_its_neighbours() -> None:
    items = [{"sku": "sku-1", "quantity": 1}, {"sku": "sku-2", "quantity": 1}]

    after = changed("items[1].quantity=3", items=items)

    assert after == {"items": [{"sku": "sku-1", "quantity": 1}, {"sku": "sku-2", "quantity": 3}]}
    assert items[1]["quantity"] == 1


def test_the_item_after_the_last_is_added() -> None:
    assert changed("items[0].sku=a", "items[1].sku=b") == {"items": [{"sku": "a"}, {"sku": "b"}]}


@pytest.mark.parametrize(
    ("assignment", "complaint"),
    [
        ("order_id", "'order_id' is not FIELD=VALUE"),
        ("=1", "'=1' is not FIELD=VALUE"),
        ("items[x].sku=1", "is not FIELD=VALUE"),
        ("items[2].sku=a", "leaves a gap: the next item is [1]"),
        ("items.sku=a", "does not fit: there is no 'sku' in"),
        ("order_id[0]=a", 'does not fit: "o-1" is no list'),
        ("order_id.first=a", "does not fit: there is no 'first' in \"o-1\""),
    ],
)
def test_what_does_not_fit_is_refused_by_name(assignment: str, complaint: str) -> None:
    with pytest.raises(UsageRefused) as refusal:
        changed(assignment, order_id="o-1", items=[{"sku": "sku-1"}])

    assert complaint in str(refusal.value)
    assert assignment.partition("=")[0] in str(refusal.value)
