"""The units of DynamoDB, as its Developer Guide has them."""

from __future__ import annotations

from typing import Any

from ensemble.meter.items import Index, Table, read_units, size_of

TABLE = Table(("pk",), (Index(("partition", "position"), frozenset()),))


def item(size: int, **attributes: Any) -> dict[str, Any]:
    """Return an item of so many bytes in all."""
    made = {"pk": {"S": "1"}, **attributes}
    return {**made, "f": {"S": "x" * (size - size_of(made) - 1)}}


def test_a_write_counts_a_unit_for_each_kilobyte_begun() -> None:
    assert TABLE.write_units(None, item(1024)) == 1
    assert TABLE.write_units(None, item(1025)) == 2


def test_a_write_counts_the_larger_of_the_item_before_and_after() -> None:
    assert TABLE.write_units(item(3000), item(100)) == 3


def test_a_delete_of_nothing_counts_one_unit() -> None:
    assert TABLE.write_units(None, None) == 1


def test_a_read_counts_a_unit_for_each_four_kilobytes_begun_and_half_where_it_need_not_be_consistent() -> None:
    assert read_units(4096, is_consistent=True) == 1
    assert read_units(4097, is_consistent=True) == 2
    assert read_units(0, is_consistent=False) == 0.5


def listed(position: str) -> dict[str, Any]:
    return item(100, partition={"S": "due"}, position={"S": position})


def test_an_item_without_the_indexs_key_costs_nothing_in_the_index() -> None:
    assert TABLE.index_units(None, item(100)) == 0


def test_an_entry_that_comes_or_goes_is_one_write_and_one_that_moves_is_two() -> None:
    assert TABLE.index_units(None, listed("1")) == 1
    assert TABLE.index_units(listed("1"), None) == 1
    assert TABLE.index_units(listed("1"), listed("2")) == 2


def test_a_change_that_an_index_of_keys_does_not_show_costs_nothing_there() -> None:
    assert TABLE.index_units(listed("1"), {**listed("1"), "f": {"S": "other"}}) == 0


def test_what_is_stored_has_an_overhead_in_the_table_and_in_each_index_that_lists_it() -> None:
    assert TABLE.stored_bytes(item(500), 100) == 600
    entry = size_of({name: listed("1")[name] for name in ("pk", "partition", "position")})
    assert TABLE.stored_bytes(listed("1"), 100) == 200 + entry + 100
