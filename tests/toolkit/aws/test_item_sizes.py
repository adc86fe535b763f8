"""How large DynamoDB takes an item to be."""

from __future__ import annotations

from typing import Any

import pytest

from ensemble.aws.item_sizes import item_bytes


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "ä"}, 2),
        ({"N": "5"}, 2),
        ({"N": "-1234"}, 4),
        ({"N": "1000"}, 2),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["ab", "c"]}, 3),
        ({"NS": ["5", "-1234"]}, 6),
        ({"B": "YWI="}, 2),
        ({"BS": ["YWI=", "YQ=="]}, 3),
        ({"M": {"ab": {"S": "cd"}}}, 3 + 1 + 2 + 2),
        ({"L": [{"S": "ab"}, {"S": "c"}]}, 3 + 2 * 1 + 3),
    ],
)
def test_an_item_is_as_large_as_its_names_and_values(value: dict[str, Any], size: int) -> None:
    assert item_bytes({"name": value}) == 4 + size
