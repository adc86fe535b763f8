"""The status of a row is what its service declares, and nothing else of it."""

from __future__ import annotations

import pytest

from tests.toolkit.front_door.parcels import Post


def test_the_declared_fields_are_told_as_their_types(post: Post) -> None:
    post.has("p-1", status="on its way", sender="ada", grams=1200, is_insured=True)

    assert post.counter.get("status/parcel/p-1") == (
        200,
        {"parcel_id": "p-1", "workflow": "w-1", "status": "on its way", "grams": 1200, "is_insured": True},
    )


def test_zero_and_false_are_told_and_what_is_empty_is_left_out(post: Post) -> None:
    post.has("p-1", status="", sender="ada", grams=0, is_insured=False)

    told = post.counter.get("status/parcel/p-1").content

    assert told == {"parcel_id": "p-1", "workflow": "w-1", "grams": 0, "is_insured": False}


@pytest.mark.parametrize("status", ["O'Neill's \"best\"", "a\\b", "ü😀", "$state.sender", "a/b\n"])
def test_a_text_is_told_as_it_is_stored(post: Post, status: str) -> None:
    post.has("p-1", status=status, sender="ada", grams=1, is_insured=False)

    assert post.counter.get("status/parcel/p-1").content["status"] == status


def test_a_row_without_a_state_is_nothing_that_is_told(post: Post) -> None:
    post.has("p-1")

    assert post.counter.get("status/parcel/p-1").status == 404
